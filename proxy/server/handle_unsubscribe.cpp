// UNSUBSCRIBE, RFC 3501 section 6.3.7.
#include "proxy/server/mailboxes.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {

awaitable<Answer> handle_unsubscribe(Session& session, imap::Unsubscribe command) {
  const auto name = name_from_wire(command.mailbox);
  if (!name) co_return answer_for(name.error());
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  store::Store::Change change = [&name](store::Transaction& tx) { return store::unsubscribe(tx, *name); };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return answer_for(done.error());
  co_return ok("Unsubscribed.");
}

}  // namespace satchel::server
