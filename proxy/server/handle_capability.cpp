// CAPABILITY, RFC 3501 section 6.1.1.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/capabilities.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_capability(Session& session, imap::Capability) {
  imap::write_capabilities(session.out(), capabilities(session));
  co_return ok("That is all.");
}

}  // namespace satchel::server
