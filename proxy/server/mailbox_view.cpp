#include "proxy/server/mailbox_view.hpp"

#include <algorithm>
#include <iterator>

namespace satchel::server {
namespace {

bool row_below(const store::Message& message, Uid uid) {
  return message.uid < uid;
}

bool holds(const std::vector<Uid>& ascending, Uid uid) {
  return std::binary_search(ascending.begin(), ascending.end(), uid);
}

void merge_into(std::vector<Uid>& ascending, std::vector<Uid> more) {
  if (more.empty()) return;
  std::vector<Uid> merged;
  merged.reserve(ascending.size() + more.size());
  std::set_union(ascending.begin(), ascending.end(), more.begin(), more.end(), std::back_inserter(merged));
  ascending = std::move(merged);
}

}  // namespace

store::MailboxPtr live_mailbox(const store::View& view, store::MailboxId mailbox) {
  const auto at = std::lower_bound(view.mailboxes.begin(), view.mailboxes.end(), mailbox,
                                   [](const store::MailboxPtr& one, store::MailboxId id) { return one->id < id; });
  return at != view.mailboxes.end() && (*at)->id == mailbox && (*at)->live() ? *at : nullptr;
}

MailboxView::MailboxView(const store::View& view, store::MailboxPtr mailbox, Access access,
                         std::shared_ptr<SharedMarks> shared)
    : account_(view.id),
      current_(std::move(mailbox)),
      access_(access),
      shared_(std::move(shared)),
      flags_(view.flags),
      next_uid_(current_->uid_next) {
  opening_ = shared_->openings.of(view, *current_);
  first_unseen_ = opening_->first_unseen;
  for (const store::FlagSetId set : opening_->flag_sets) flags_.note(set);
  claim_recent(Uid{1});
}

// Those of the told UIDs from `from` on that nobody else was told of.
void MailboxView::claim_recent(Uid from) {
  const Uid first = std::max(from, shared_->recent.first(account_, current_->id, current_->uid_next));
  std::copy(std::lower_bound(uids().begin(), uids().end(), first), uids().end(), std::back_inserter(recent_));
  if (access_ == Access::read_write) shared_->recent.claim(account_, current_->id, current_->uid_next);
}

SequenceNumber MailboxView::number_of(Uid uid) const {
  const auto at = std::lower_bound(uids().begin(), uids().end(), uid);
  if (at == uids().end() || *at != uid) return {};
  return SequenceNumber{std::uint32_t(at - uids().begin()) + 1};
}

std::vector<imap::NumberRange> MailboxView::resolve(const imap::SequenceSet& set, Numbering numbering) const {
  const std::uint32_t largest = uids().empty() ? 0 : numbering == Numbering::uid ? uids().back().value : size();
  if (largest == 0) return {};
  return set.resolve(largest);
}

std::vector<std::uint32_t> MailboxView::indexes(const imap::SequenceSet& set, Numbering numbering) const {
  std::vector<std::uint32_t> found;
  const auto ranges = resolve(set, numbering);
  if (numbering == Numbering::uid) {
    imap::for_each_in(
        ranges, uids(), [](Uid uid) { return uid.value; },
        [&found](std::size_t index) { found.push_back(std::uint32_t(index)); });
    return found;
  }
  for (const imap::NumberRange& range : ranges)
    for (std::uint32_t number = std::max(range.first, 1u); number <= std::min(range.last, size()); ++number)
      found.push_back(number - 1);
  return found;
}

bool MailboxView::in_range(const imap::SequenceSet& set) const {
  return std::all_of(set.ranges().begin(), set.ranges().end(), [this](const imap::NumberRange& range) {
    const bool open = range.first == imap::SequenceSet::star || range.last == imap::SequenceSet::star;
    return open || (range.first <= size() && range.last <= size());
  });
}

const store::Message* MailboxView::gone_row(Uid uid) const {
  const auto at = std::lower_bound(gone_.begin(), gone_.end(), uid, row_below);
  return at != gone_.end() && at->uid == uid ? &*at : nullptr;
}

bool MailboxView::gone(Uid uid) const {
  return gone_row(uid) != nullptr;
}

const store::Message* MailboxView::message(Uid uid) const {
  if (const store::Message* row = gone_row(uid)) return row;
  return current_->messages.find(uid);
}

bool MailboxView::recent(Uid uid) const {
  return !recent_.empty() && holds(recent_, uid);
}

std::uint32_t MailboxView::recent_count() const {
  return std::uint32_t(recent_.size());
}

std::optional<SequenceNumber> MailboxView::first_unseen() const {
  const SequenceNumber number = first_unseen_ ? number_of(first_unseen_) : SequenceNumber{};
  return number ? std::optional(number) : std::nullopt;
}

const std::string& MailboxView::flags_text(const store::Message& message) {
  return recent(message.uid) ? flags_.text_with_recent(message.effective) : flags_.text(message.effective);
}

void MailboxView::absorb(const store::View& view, const store::MailboxPtr& now) {
  if (removed_ || now == current_) return;
  flags_.use(view.flags);
  if (!now) {
    removed_ = true;
    add_gone(uids());
    return;
  }
  const ModSeq since = current_->highest_modseq;
  if (now->highest_modseq > since) {
    take_vanished(*now, since);
    take_changed(*now, since);
  }
  current_ = now;
}

void MailboxView::take_vanished(const store::Mailbox& now, ModSeq since) {
  std::vector<Uid> known;
  now.vanished.for_each_since(since, [&](const store::Vanished& entry) {
    for (const Uid uid : entry.uids)
      if (holds(uids(), uid)) known.push_back(uid);
  });
  add_gone(std::move(known));
}

// Keeps the rows as they last were: until EXPUNGE may be sent, the client may still ask for them.
void MailboxView::add_gone(std::vector<Uid> uids) {
  if (uids.empty()) return;
  std::vector<store::Message> rows;
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  for (const Uid uid : uids) {
    if (gone(uid)) continue;
    const store::Message* row = current_->messages.find(uid);
    rows.push_back(row == nullptr ? store::Message{} : *row);
    rows.back().uid = uid;
  }
  std::vector<store::Message> merged;
  merged.reserve(gone_.size() + rows.size());
  std::merge(gone_.begin(), gone_.end(), rows.begin(), rows.end(), std::back_inserter(merged),
             [](const store::Message& a, const store::Message& b) { return a.uid < b.uid; });
  gone_ = std::move(merged);
}

void MailboxView::take_changed(const store::Mailbox& now, ModSeq since) {
  std::vector<Uid> uids;
  now.messages.for_each_changed(since, [&](const store::Message& message) {
    if (message.visible() && message.uid < next_uid_) uids.push_back(message.uid);
  });
  merge_into(changed_, std::move(uids));
}

void MailboxView::told_flags(const std::vector<Uid>& uids) {
  if (changed_.empty() || uids.empty()) return;
  std::vector<Uid> left;
  std::set_difference(changed_.begin(), changed_.end(), uids.begin(), uids.end(), std::back_inserter(left));
  changed_ = std::move(left);
}

bool MailboxView::awaits_flags(Uid uid) const {
  return holds(changed_, uid);
}

}  // namespace satchel::server
