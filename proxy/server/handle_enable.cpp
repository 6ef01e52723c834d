// ENABLE, RFC 5161: what is not known is passed over.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_enable(Session& session, imap::Enable command) {
  std::vector<std::string> enabled;
  for (const std::string& capability : command.capabilities) {
    if (capability != "CONDSTORE" || !enabled.empty()) continue;
    session.enable_condstore();
    enabled.push_back(capability);
  }
  imap::write_enabled(session.out(), enabled);
  co_return ok("Done.");
}

}  // namespace satchel::server
