// CHECK, RFC 3501 section 6.4.1: all that was acknowledged is durable already.
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_check(Session&, imap::Check) {
  co_return ok("Done.");
}

}  // namespace satchel::server
