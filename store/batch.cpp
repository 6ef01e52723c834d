#include "store/batch.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

// What LIST, and the page that shows mailboxes, tell of it.
bool listed_alike(const Mailbox& a, const Mailbox& b) {
  return a.name == b.name && a.live() == b.live() && a.special_use == b.special_use && a.listed == b.listed &&
         a.upstream.exists == b.upstream.exists && a.upstream.selectable == b.upstream.selectable;
}

}  // namespace

void Batch::finish() {
  for (auto& [slot, account] : edited_) {
    const AccountId id = slot->state.id;
    for (auto& [mailbox_id, edited] : account.mailboxes) {
      finish_mailbox(id, edited);
      if (!edited.before || !listed_alike(*edited.before, *edited.mailbox)) account.list_changed = true;
    }
    forget_missing(*slot, account.let_go);
    if (account.own_fields) rows_.put(rows::state(id), rows::encode_state(slot->state));
  }
  if (counters_changed_) rows_.put(rows::counters(), rows::encode(state_.counters));
}

void Batch::finish_mailbox(AccountId account, EditedMailbox& edited) {
  Mailbox& mailbox = *edited.mailbox;
  Vanished& vanished = edited.vanished;
  if (!vanished.uids.empty() || !vanished.skipped.empty()) {
    std::sort(vanished.uids.begin(), vanished.uids.end());
    vanished.uids.erase(std::unique(vanished.uids.begin(), vanished.uids.end()), vanished.uids.end());
    vanished.modseq = mailbox.highest_modseq;
    rows_.put(rows::vanished(account, mailbox.id, vanished.modseq), rows::encode(vanished));
    const std::vector<ModSeq> folded = mailbox.vanished.add(std::move(vanished));
    for (const ModSeq modseq : folded) rows_.erase(rows::vanished(account, mailbox.id, modseq));
    if (!folded.empty())
      rows_.put(rows::vanished(account, mailbox.id, folded.back()), rows::encode(mailbox.vanished.first()));
  }
  rows_.put(rows::mailbox(account, mailbox.id), rows::encode(mailbox));
}

// Nobody asks any more for bytes that no message mentions.
void Batch::forget_missing(AccountSlot& slot, const std::vector<ContentNumber>& contents) {
  for (const ContentNumber content : contents) {
    if (!slot.state.missing.contains(content) || slot.holders.of(content).all != 0) continue;
    slot.state.missing.erase(content);
    rows_.erase(rows::missing(slot.state.id, content));
    rows::erase_summary(rows_, content);
  }
}

std::vector<AccountSlot*> Batch::publish() {
  std::vector<AccountSlot*> touched;
  for (auto& [slot, account] : edited_) {
    ++slot->version;
    if (account.list_changed) ++slot->list_version;
    slot->view = make_view(*slot);
    touched.push_back(slot);
  }
  state_.places.recent.clear();
  return touched;
}

std::shared_ptr<const View> make_view(const AccountSlot& slot) {
  auto view = std::make_shared<View>();
  view->id = slot.state.id;
  view->mailboxes.reserve(slot.state.mailboxes.size());
  for (const auto& [id, mailbox] : slot.state.mailboxes)
    if (!mailbox->retired) view->mailboxes.push_back(mailbox);
  const bool same_list = slot.view && slot.view->list_version == slot.list_version;
  view->subscriptions = same_list ? slot.view->subscriptions : SharedSubscriptions(slot.state.subscriptions);
  view->delimiter = slot.state.delimiter;
  view->listed = slot.state.listed;
  view->version = slot.version;
  view->list_version = slot.list_version;
  view->flags = slot.state.flags;
  view->missing = slot.state.missing;
  return view;
}

}  // namespace satchel::store
