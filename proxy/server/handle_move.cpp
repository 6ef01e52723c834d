// MOVE, RFC 6851: COPYUID comes untagged, before the EXPUNGE of each.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/targets.hpp"
#include "proxy/server/transfer.hpp"

namespace satchel::server {

awaitable<Answer> handle_move(Session& session, imap::Move command) {
  if (session.selected().access() == Access::read_only) co_return no("CANNOT", "The mailbox is open for reading only.");
  const Numbering numbering = numbering_of(command);
  Transferred result =
      co_await transfer(session, std::move(command.set), numbering, std::move(command.mailbox), store::move);
  if (!result.done) co_return std::move(result.trouble);
  if (!result.copy_uid.empty()) {
    imap::StatusResponse moved;
    moved.code.name = result.copy_uid.substr(0, result.copy_uid.find(' '));
    moved.code.argument = result.copy_uid.substr(moved.code.name.size() + 1);
    moved.text = "Moved.";
    imap::write_status(session.out(), moved);
  }
  co_return ok("Done.");
}

}  // namespace satchel::server
