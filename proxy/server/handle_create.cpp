// CREATE, RFC 3501 section 6.3.3; USE, RFC 6154.
#include "proxy/server/mailboxes.hpp"
#include "proxy/server/special_use.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {

namespace {

store::SpecialUse use_of(const std::vector<std::string>& attributes) {
  return attributes.empty() ? store::SpecialUse::none : special_use_of(attributes.front());
}

}  // namespace

awaitable<Answer> handle_create(Session& session, imap::Create command) {
  const auto name = name_from_wire(command.mailbox);
  if (!name) co_return answer_for(name.error());
  const store::SpecialUse use = use_of(command.special_use);
  if (!command.special_use.empty() && use == store::SpecialUse::none)
    co_return no("USEATTR", "There is no such use of a mailbox here.");
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  store::Store::Change change = [&name, use](store::Transaction& tx) -> Result<> {
    const auto made = store::create_mailbox(tx, *name, use);
    if (!made) return made.error();
    return {};
  };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return answer_for(done.error(), About::new_mailbox);
  co_return ok("The mailbox is made.");
}

}  // namespace satchel::server
