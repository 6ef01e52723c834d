#include "proxy/server/openings.hpp"

#include <algorithm>

namespace satchel::server {
namespace {

Opening count(const store::View& view, const store::Mailbox& mailbox) {
  Opening opening;
  opening.uids.reserve(mailbox.exists);
  store::FlagSetId last;  // neighbours mostly have the same flags
  bool any = false;
  mailbox.messages.for_each([&](const store::Message& message) {
    if (!message.visible()) return;
    opening.uids.push_back(message.uid);
    if (any && message.effective == last) return;
    any = true;
    last = message.effective;
    if (std::ranges::find(opening.flag_sets, last) == opening.flag_sets.end()) opening.flag_sets.push_back(last);
    if (!opening.first_unseen && !(*view.flags)[last].has(store::SystemFlag::seen)) opening.first_unseen = message.uid;
  });
  return opening;
}

}  // namespace

std::shared_ptr<const Opening> Openings::of(const store::View& view, const store::Mailbox& mailbox) {
  const auto known =
      std::ranges::find_if(kept_, [&](const Kept& one) { return one.account == view.id && one.mailbox == mailbox.id; });
  if (known != kept_.end()) {
    kept_.splice(kept_.begin(), kept_, known);
    if (known->highest_modseq == mailbox.highest_modseq) return known->opening;
    kept_.pop_front();
  }
  kept_.push_front(
      {view.id, mailbox.id, mailbox.highest_modseq, std::make_shared<const Opening>(count(view, mailbox))});
  if (kept_.size() > most) kept_.pop_back();
  return kept_.front().opening;
}

}  // namespace satchel::server
