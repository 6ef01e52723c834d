// RENAME, RFC 3501 section 6.3.5.
#include "proxy/server/mailboxes.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {

awaitable<Answer> handle_rename(Session& session, imap::Rename command) {
  const auto from = name_from_wire(command.from);
  const auto to = name_from_wire(command.to);
  if (!from) co_return answer_for(from.error());
  if (!to) co_return answer_for(to.error());
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  store::Store::Change change = [&from, &to](store::Transaction& tx) { return store::rename_mailbox(tx, *from, *to); };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return answer_for(done.error(), About::new_mailbox);
  co_return ok("The mailbox has its new name.");
}

}  // namespace satchel::server
