// SUBSCRIBE, RFC 3501 section 6.3.6: of a name, mailbox or not.
#include "proxy/server/mailboxes.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {

awaitable<Answer> handle_subscribe(Session& session, imap::Subscribe command) {
  const auto name = name_from_wire(command.mailbox);
  if (!name) co_return answer_for(name.error());
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  store::Store::Change change = [&name](store::Transaction& tx) { return store::subscribe(tx, *name); };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return answer_for(done.error());
  co_return ok("Subscribed.");
}

}  // namespace satchel::server
