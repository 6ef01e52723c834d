// Whether both sides are equal, and what is to be read until then.
#include "proxy/sync/edit.hpp"
#include "proxy/sync/plan.hpp"

namespace satchel::sync {

using store::AccountState;
using store::MailboxId;
using store::Message;

bool Plan::in_sync(const AccountState& state) const {
  if (!state.listed || need_list_ || pull_all_ || !held_.empty()) return false;
  if (!state.journal.empty() || !state.missing.empty()) return false;
  for (MailboxId id : need_pull_)  // those that are gone upstream meanwhile need none
    if (exists_upstream(state, id)) return false;
  for (const auto& [id, mailbox] : state.mailboxes) {
    if (mailbox->retired) continue;
    const bool pulled = mailbox->upstream.exists && mailbox->upstream.selectable;
    if (pulled && !mailbox->upstream.pull_started) return false;
    bool settled = true;
    mailbox->messages.for_each([&](const Message& row) {
      settled = !row.held && (row.metadata || !row.upstream || !pulled);
      return settled;
    });
    if (!settled) return false;
  }
  return true;
}

std::size_t Plan::to_pull(const AccountState& state) const {
  std::size_t count = 0;
  for (MailboxId id : need_pull_) count += exists_upstream(state, id) ? 1 : 0;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->upstream.exists && !mailbox->retired && !mailbox->upstream.pull_started && !need_pull_.contains(id))
      ++count;
  return count;
}

}  // namespace satchel::sync
