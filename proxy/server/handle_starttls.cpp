// STARTTLS, RFC 3501 section 6.2.1. What came before the handshake is not believed: bytes behind the
// command end the connection, they are not dropped in silence.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_starttls(Session& session, imap::StartTls) {
  if (session.secure()) co_return bad("The connection is encrypted already.");
  if (!session.context().tls_offered) co_return bad("STARTTLS is not offered here.");
  if (!session.reader().drained()) {
    session.say("A client sent bytes behind STARTTLS: the connection was closed.");
    co_return Answer{Answer::Kind::bye, {}, "Nothing may follow STARTTLS before the handshake."};
  }
  imap::StatusResponse begin;
  begin.tag = session.tag();
  begin.text = "Begin TLS now.";
  imap::write_status(session.out(), begin);
  if (co_await session.flush()) co_await session.start_tls();
  co_return Answer{Answer::Kind::said, {}, {}};
}

}  // namespace satchel::server
