// NOOP, RFC 3501 section 6.1.2: what is new is told with every answer.
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_noop(Session&, imap::Noop) {
  co_return ok("Done.");
}

}  // namespace satchel::server
