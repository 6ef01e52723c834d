// UNSELECT, RFC 3691.
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_unselect(Session& session, imap::Unselect) {
  session.unselect();
  co_return ok("The mailbox is closed.");
}

}  // namespace satchel::server
