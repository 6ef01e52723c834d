#include "proxy/server/mailbox_view.hpp"

#include <algorithm>

namespace satchel::server {

MailboxView::MailboxView(store::MailboxPtr mailbox, Access access, Uid recent_from)
    : mailbox_(std::move(mailbox)),
      access_(access),
      recent_from_(recent_from),
      told_changes_(mailbox_->highest_modseq),
      told_vanished_(mailbox_->highest_modseq) {
  uids_.reserve(mailbox_->exists);
  mailbox_->messages.for_each([this](const store::Message& message) {
    if (message.visible()) uids_.push_back(message.uid);
  });
  if (!uids_.empty()) highest_told_ = uids_.back();
}

std::uint32_t MailboxView::recent() const {
  return std::uint32_t(uids_.end() - std::lower_bound(uids_.begin(), uids_.end(), recent_from_));
}

std::uint32_t MailboxView::first_unseen(const store::FlagTable& flags) const {
  if (mailbox_->unseen == 0) return 0;
  std::uint32_t number = 0;
  bool found = false;
  mailbox_->messages.for_each([&](const store::Message& message) {
    if (!message.visible()) return true;
    ++number;
    found = !flags[message.effective].has(store::SystemFlag::seen);
    return !found;
  });
  return found ? number : 0;
}

std::uint32_t MailboxView::number_of(Uid uid) const {
  const auto at = std::lower_bound(uids_.begin(), uids_.end(), uid);
  return at != uids_.end() && *at == uid ? std::uint32_t(at - uids_.begin()) + 1 : 0;
}

const store::Message* MailboxView::find(Uid uid) const {
  const store::Message* message = mailbox_->messages.find(uid);
  return message != nullptr && message->visible() ? message : nullptr;
}

std::optional<std::vector<Uid>> MailboxView::resolve_numbers(const imap::SequenceSet& set) const {
  std::vector<Uid> found;
  if (uids_.empty()) return set.has_star() ? std::optional(found) : std::nullopt;
  for (const imap::NumberRange& range : set.resolve(exists())) {
    if (range.first > exists() || range.last > exists()) return std::nullopt;
    found.insert(found.end(), uids_.begin() + range.first - 1, uids_.begin() + range.last);
  }
  return found;
}

std::vector<Uid> MailboxView::resolve_uids(const imap::SequenceSet& set) const {
  std::vector<Uid> found;
  if (uids_.empty()) return found;
  for (const imap::NumberRange& range : set.resolve(uids_.back().value)) {
    const auto first = std::lower_bound(uids_.begin(), uids_.end(), Uid{range.first});
    const auto last = std::upper_bound(first, uids_.end(), Uid{range.last});
    found.insert(found.end(), first, last);
  }
  return found;
}

MailboxView::Update MailboxView::refresh(store::MailboxPtr newer, Expunges expunges) {
  Update update;
  if (!newer || !newer->live()) {
    update.gone = true;
    return update;
  }
  mailbox_ = std::move(newer);
  if (expunges == Expunges::tell && told_vanished_ < mailbox_->highest_modseq) {
    std::vector<Uid> gone;
    mailbox_->vanished.for_each_since(told_vanished_, [&](const store::Vanished& vanished) {
      gone.insert(gone.end(), vanished.uids.begin(), vanished.uids.end());
    });
    std::sort(gone.begin(), gone.end());
    std::uint32_t told = 0;
    for (std::uint32_t i = 0; i < uids_.size() && !gone.empty(); ++i)
      if (std::binary_search(gone.begin(), gone.end(), uids_[i])) update.expunged.push_back(i + 1 - told++);
    if (!update.expunged.empty())
      std::erase_if(uids_, [&](Uid uid) { return std::binary_search(gone.begin(), gone.end(), uid); });
    told_vanished_ = mailbox_->highest_modseq;
  }
  const Uid last = uids_.empty() ? Uid{} : uids_.back();
  const Uid last_told = std::max(last, highest_told_);
  mailbox_->messages.for_each_changed(told_changes_, [&](const store::Message& message) {
    if (!message.visible()) return;
    if (message.uid > last_told) {
      uids_.push_back(message.uid);
      update.grew = true;
    } else if (number_of(message.uid) != 0) {
      update.changed.push_back(message.uid);
    }
  });
  if (!uids_.empty()) highest_told_ = std::max(highest_told_, uids_.back());
  told_changes_ = mailbox_->highest_modseq;
  return update;
}

}  // namespace satchel::server
