// NAMESPACE, RFC 2342: all mailboxes of the account in one personal namespace.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"

namespace satchel::server {

awaitable<Answer> handle_namespace(Session& session, imap::Namespace) {
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  imap::NamespaceData data;
  data.personal.push_back({"", session.view().delimiter});
  imap::write_namespace(session.out(), data);
  co_return ok("Done.");
}

}  // namespace satchel::server
