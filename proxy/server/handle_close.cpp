// CLOSE, RFC 3501 section 6.4.2: expunges, and tells nothing of it.
#include "proxy/server/expunge.hpp"

namespace satchel::server {

awaitable<Answer> handle_close(Session& session, imap::Close) {
  if (session.selected().access() == Access::read_write) {
    const auto done = co_await expunge_deleted(session, std::nullopt);
    if (!done) co_return answer_for(done.error());
  }
  session.unselect();
  co_return ok("The mailbox is closed.");
}

}  // namespace satchel::server
