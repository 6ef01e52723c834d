// LOGIN, RFC 3501 section 6.2.3. In clear on loopback: some clients know nothing else.
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_login(Session& session, imap::Login command) {
  co_return co_await session.log_in(std::move(command.user), std::move(command.password));
}

}  // namespace satchel::server
