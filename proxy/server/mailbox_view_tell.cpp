// What MailboxView tells: untagged EXPUNGE, EXISTS, RECENT, FLAGS, FETCH.
#include <algorithm>

#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailbox_view.hpp"

namespace satchel::server {

bool MailboxView::has_news(Updates updates) const {
  if (updates == Updates::none) return false;
  if (updates == Updates::all && !gone_.empty()) return true;
  return !changed_.empty() || (!removed_ && current_->uid_next > next_uid_);
}

void MailboxView::tell(std::string& out, Updates updates, ModSeqs mod_seqs) {
  if (updates == Updates::none) return;
  if (updates == Updates::all && !gone_.empty()) tell_expunged(out);
  if (!removed_ && current_->uid_next > next_uid_) tell_arrived(out);
  if (!changed_.empty()) tell_changed(out, mod_seqs);
}

// Each number counts from what is left by the EXPUNGE before it.
void MailboxView::tell_expunged(std::string& out) {
  auto next_gone = gone_.begin();
  std::vector<Uid> left;
  left.reserve(uids().size() - std::min(uids().size(), gone_.size()));
  for (const Uid uid : uids()) {
    if (next_gone != gone_.end() && next_gone->uid == uid) {
      imap::write_expunge(out, std::uint32_t(left.size()) + 1);
      ++next_gone;
    } else {
      left.push_back(uid);
    }
  }
  own_uids_ = std::move(left);
  opening_.reset();
  const auto is_gone = [this](Uid uid) { return gone(uid); };
  std::erase_if(recent_, is_gone);
  std::erase_if(changed_, is_gone);
  gone_.clear();
}

// EXISTS only when it grew: some clients begin anew at each.
void MailboxView::tell_arrived(std::string& out) {
  if (opening_) own_uids_ = opening_->uids;
  opening_.reset();
  const std::size_t before = own_uids_.size();
  const Uid from = next_uid_;
  bool new_keyword = false;
  const store::MessageTable& messages = current_->messages;
  for (const store::Message* row = messages.first_from(from); row != nullptr;
       row = row->uid.value == UINT32_MAX ? nullptr : messages.first_from(Uid{row->uid.value + 1})) {
    if (!row->visible()) continue;
    own_uids_.push_back(row->uid);
    new_keyword |= flags_.note(row->effective);
  }
  next_uid_ = current_->uid_next;
  if (own_uids_.size() == before) return;
  if (new_keyword) imap::write_flags_data(out, flags_.flags());
  imap::write_exists(out, size());
  claim_recent(from);
  imap::write_recent(out, recent_count());
}

void MailboxView::tell_changed(std::string& out, ModSeqs mod_seqs) {
  bool new_keyword = false;
  for (const Uid uid : changed_)
    if (const store::Message* row = current_->messages.find(uid)) new_keyword |= flags_.note(row->effective);
  if (new_keyword) imap::write_flags_data(out, flags_.flags());
  for (const Uid uid : changed_) {
    const store::Message* row = current_->messages.find(uid);
    const SequenceNumber number = number_of(uid);
    if (row == nullptr || !row->visible() || !number || gone(uid) || !row->metadata) continue;
    imap::FetchWriter fetch(out, number.value);
    fetch.uid(uid.value);
    fetch.flags_text(flags_text(*row));
    if (mod_seqs == ModSeqs::tell) fetch.mod_seq(row->modseq.value);
    fetch.finish();
  }
  changed_.clear();
}

}  // namespace satchel::server
