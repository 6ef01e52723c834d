// LOGOUT, RFC 3501 section 6.1.3.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_logout(Session& session, imap::Logout) {
  imap::StatusResponse bye;
  bye.kind = imap::StatusResponse::Kind::bye;
  bye.text = "Good-bye.";
  session.unselect();
  imap::write_status(session.out(), bye);
  session.end();
  co_return ok("You are logged out.");
}

}  // namespace satchel::server
