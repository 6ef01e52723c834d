// ID, RFC 2971. What the client says of itself is not kept.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<Answer> handle_id(Session& session, imap::Id) {
  imap::IdData data;
  data.fields.emplace_back("name", "Satchel");
  if (!session.context().version.empty()) data.fields.emplace_back("version", session.context().version);
  imap::write_id(session.out(), data);
  co_return ok("Done.");
}

}  // namespace satchel::server
