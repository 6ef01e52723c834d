// CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE.
#include "proxy/imap/scanner.hpp"
#include "proxy/server/handlers.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

store::SpecialUse special_use(const std::vector<std::string>& names) {
  static constexpr std::pair<const char*, store::SpecialUse> known[] = {
      {"\\All", store::SpecialUse::all},       {"\\Archive", store::SpecialUse::archive},
      {"\\Drafts", store::SpecialUse::drafts}, {"\\Flagged", store::SpecialUse::flagged},
      {"\\Junk", store::SpecialUse::junk},     {"\\Sent", store::SpecialUse::sent},
      {"\\Trash", store::SpecialUse::trash}};
  for (const std::string& name : names)
    for (const auto& [word, use] : known)
      if (imap::equal_without_case(name, word)) return use;
  return store::SpecialUse::none;
}

// Runs the change, pushes soon, answers.
awaitable<void> change_and_answer(Session& session, std::function<Result<>(store::Transaction&)> change) {
  const auto have_list = co_await session.backfill().wait_list(session.account());
  if (!have_list && !session.view()->listed) {
    session.no(have_list.error());
    co_return;
  }
  const auto changed = co_await session.store().change(session.account(), std::move(change));
  if (!changed) {
    session.no(changed.error());
    co_return;
  }
  session.backfill().changed(session.account());
  session.tell_updates(Expunges::tell);
  session.ok("Done.");
}

}  // namespace

awaitable<void> handle(Session& session, imap::Create command) {
  const std::string name = local_name(command.mailbox);
  const store::SpecialUse use = special_use(command.special_use);
  co_await change_and_answer(session, [name, use](store::Transaction& tx) -> Result<> {
    const auto made = store::create_mailbox(tx, name, use);
    if (!made) return made.error();
    return {};
  });
}

awaitable<void> handle(Session& session, imap::Delete command) {
  const std::string name = local_name(command.mailbox);
  if (session.mailbox() != nullptr && session.mailbox()->mailbox().name == name) session.unselect();
  co_await change_and_answer(session, [name](store::Transaction& tx) { return store::delete_mailbox(tx, name); });
}

awaitable<void> handle(Session& session, imap::Rename command) {
  const std::string from = local_name(command.from);
  const std::string to = local_name(command.to);
  co_await change_and_answer(session,
                             [from, to](store::Transaction& tx) { return store::rename_mailbox(tx, from, to); });
}

awaitable<void> handle(Session& session, imap::Subscribe command) {
  const std::string name = local_name(command.mailbox);
  co_await change_and_answer(session, [name](store::Transaction& tx) { return store::subscribe(tx, name); });
}

awaitable<void> handle(Session& session, imap::Unsubscribe command) {
  const std::string name = local_name(command.mailbox);
  co_await change_and_answer(session, [name](store::Transaction& tx) { return store::unsubscribe(tx, name); });
}

}  // namespace satchel::server
