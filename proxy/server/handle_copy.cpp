// COPY, RFC 3501 section 6.4.7; COPYUID, RFC 4315.
#include "proxy/server/targets.hpp"
#include "proxy/server/transfer.hpp"

namespace satchel::server {

awaitable<Answer> handle_copy(Session& session, imap::Copy command) {
  const Numbering numbering = numbering_of(command);
  Transferred result =
      co_await transfer(session, std::move(command.set), numbering, std::move(command.mailbox), store::copy);
  if (!result.done) co_return std::move(result.trouble);
  co_return ok(std::move(result.copy_uid), "Copied.");
}

}  // namespace satchel::server
