// EXPUNGE, RFC 3501 section 6.4.3; UID EXPUNGE, RFC 4315.
#include "proxy/server/expunge.hpp"

namespace satchel::server {

awaitable<Answer> handle_expunge(Session& session, imap::Expunge command) {
  if (session.selected().access() == Access::read_only) co_return no("CANNOT", "The mailbox is open for reading only.");
  const auto done = co_await expunge_deleted(session, std::move(command.uids));
  if (!done) co_return answer_for(done.error());
  co_return ok("They are gone.");
}

}  // namespace satchel::server
