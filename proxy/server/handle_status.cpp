// STATUS, RFC 3501 section 6.3.10; HIGHESTMODSEQ, RFC 7162; SIZE, RFC 8438; DELETED, RFC 9051.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"
#include "proxy/server/status_data.hpp"

namespace satchel::server {

awaitable<Answer> handle_status(Session& session, imap::Status command) {
  if (unknown_item(command.items)) co_return bad("MAILBOXID is not offered here.");
  const auto mailbox = co_await find_listed_mailbox(session, std::move(command.mailbox));
  if (!mailbox) co_return answer_for(mailbox.error());
  imap::write_status_data(session.out(), status_data(session, **mailbox, command.items));
  co_return ok("Done.");
}

}  // namespace satchel::server
