#include "proxy/server/expunge.hpp"

#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

std::vector<Uid> deleted_ones(MailboxView& view, const std::optional<imap::SequenceSet>& set) {
  std::vector<Uid> found;
  if (view.mailbox().deleted == 0) return found;
  const auto take = [&](Uid uid) {
    const store::Message* row = view.message(uid);
    if (row != nullptr && !view.gone(uid) && view.flag_texts().set(row->effective).has(store::SystemFlag::deleted))
      found.push_back(uid);
  };
  if (set) {
    for (const std::uint32_t index : view.indexes(*set, Numbering::uid)) take(view.uid_at(index));
  } else {
    for (std::uint32_t index = 0; index < view.size(); ++index) take(view.uid_at(index));
  }
  return found;
}

}  // namespace

awaitable<Result<>> expunge_deleted(Session& session, std::optional<imap::SequenceSet> uids) {
  const std::vector<Uid> found = deleted_ones(session.selected(), uids);
  if (found.empty()) co_return Result<>{};
  const store::MailboxId mailbox = session.selected().mailbox().id;
  store::Store::Change change = [&found, mailbox](store::Transaction& tx) -> Result<> {
    const auto removed = store::expunge(tx, mailbox, found);
    if (!removed) return removed.error();
    return {};
  };
  co_return co_await session.change(std::move(change));
}

}  // namespace satchel::server
