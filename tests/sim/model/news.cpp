// What is told without being asked: changes by others, and lies.
#include <algorithm>

#include "session.hpp"

namespace satchel::sim::model {

std::string Session::flags_told(const Seen& seen) const {
  std::string out;
  for (const std::string& flag : seen.flags) out += (out.empty() ? "" : " ") + flag;
  if (view_->recent.contains(seen.uid)) out += out.empty() ? "\\Recent" : " \\Recent";
  return "(" + out + ")";
}

void Session::tell_flags(std::size_t place, bool with_uid, bool with_flags) {
  const Seen& seen = view_->messages[place];
  std::string items;
  if (with_uid || qresync_) items += "UID " + std::to_string(seen.uid);
  if (condstore_) {
    const Mailbox* const mailbox = selected();
    const ModSeq modseq = mailbox == nullptr ? seen.modseq : modseq_told(seen.modseq, mailbox->name);
    if (mailbox == nullptr || !mailbox->no_modseq)
      items += (items.empty() ? "" : " ") + ("MODSEQ (" + std::to_string(modseq) + ")");
  }
  if (with_flags) items += (items.empty() ? "" : " ") + ("FLAGS " + flags_told(seen));
  untagged(std::to_string(place + 1) + " FETCH (" + items + ")", true);
}

void Session::tell_keywords(const Mailbox& mailbox) {
  std::string flags = "\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (const std::string& keyword : mailbox.keywords) flags += ' ' + keyword;
  untagged("FLAGS (" + flags + ")", true);
  if (view_->read_only)
    untagged("OK [PERMANENTFLAGS ()] Read-only.", true);
  else
    untagged("OK [PERMANENTFLAGS (" + flags + (traits_.keywords == Keywords::any ? " \\*" : "") + ")] Flags kept.",
             true);
  view_->keywords = mailbox.keywords.size();
}

void Session::announce(News news) {
  if (news == News::none || !view_ || closed_) return;
  const Mailbox* const mailbox = selected();
  if (mailbox == nullptr) return bye("The selected mailbox is no longer what it was.");
  if (mailbox->highest_modseq != view_->looked_at) {
    if (mailbox->keywords.size() != view_->keywords) tell_keywords(*mailbox);
    announce_flags(*mailbox);
    if (news == News::all) announce_expunges(*mailbox);
    announce_new(*mailbox);
    if (news == News::all) view_->looked_at = mailbox->highest_modseq;
  }
  if (news == News::all) lie_about_expunges(*mailbox);
}

void Session::announce_flags(const Mailbox& mailbox) {
  for (std::size_t place = 0; place < view_->messages.size(); ++place) {
    Seen& seen = view_->messages[place];
    const Message* const message = mailbox.find(seen.uid);
    if (message == nullptr) continue;
    const bool changed = seen.flags != message->flags || (condstore_ && seen.modseq != message->modseq);
    seen.flags = message->flags;
    seen.modseq = message->modseq;
    if (changed) tell_flags(place, uid_, true);
  }
}

// The last one first, or with `reorders` also the first one first: then each changes the numbers of the next.
void Session::announce_expunges(const Mailbox& mailbox) {
  const bool ascending = traits_.reorders && random_.once_in(2);
  std::vector<std::uint32_t> uids;
  std::vector<std::size_t> gone;
  for (std::size_t place = 0; place < view_->messages.size(); ++place) {
    const Uid uid = view_->messages[place].uid;
    if (mailbox.find(uid) != nullptr) continue;
    gone.push_back(ascending ? place + 1 - gone.size() : place + 1);
    uids.push_back(uid);
    view_->recent.erase(uid);
  }
  if (uids.empty()) return;
  std::erase_if(view_->messages, [&mailbox](const Seen& seen) { return mailbox.find(seen.uid) == nullptr; });
  if (qresync_) {
    untagged("VANISHED " + write_set(uids));
    vanished_told_ = true;
    return;
  }
  if (!ascending) std::reverse(gone.begin(), gone.end());
  for (const std::size_t number : gone) untagged(std::to_string(number) + " EXPUNGE");
}

void Session::announce_new(const Mailbox& mailbox) {
  const std::size_t recent = view_->recent.size();
  if (view_->take_new(mailbox) == 0) return;
  if (!view_->read_only) account_.claim_recent(mailbox.id);
  untagged(std::to_string(view_->exists()) + " EXISTS", true);
  if (view_->recent.size() != recent) untagged(std::to_string(view_->recent.size()) + " RECENT", true);
}

bool Session::lies(Lie lie, const std::string& mailbox) {
  if (traits_.lie != lie || !random_.once_in(traits_.lie_rate)) return false;
  account_.note_lie(number_, lie, mailbox);
  return true;
}

void Session::lie_about_expunges(const Mailbox& mailbox) {
  if (view_->messages.empty()) return;
  if (traits_.lie == Lie::vanishes_what_exists && lies(Lie::vanishes_what_exists, mailbox.name)) {
    const std::size_t place = random_.below(view_->messages.size());
    if (qresync_)
      untagged("VANISHED " + std::to_string(view_->messages[place].uid));
    else
      untagged(std::to_string(place + 1) + " EXPUNGE");
  }
  if (traits_.lie != Lie::expunge_for_another) return;
  for (const auto& [name, other] : account_.mailboxes()) {
    if (other.id == mailbox.id || other.messages.empty()) continue;
    if (!lies(Lie::expunge_for_another, mailbox.name)) continue;
    const std::size_t place = random_.below(other.messages.size());
    if (qresync_)
      untagged("VANISHED " + std::to_string(other.messages[place].uid));
    else
      untagged(std::to_string(1 + place % view_->messages.size()) + " EXPUNGE");
    return;
  }
}

ModSeq Session::modseq_told(ModSeq truth, const std::string& mailbox) {
  if (truth <= 1 || !lies(Lie::modseq_goes_back, mailbox)) return truth;
  return 1 + random_.below(truth - 1);
}

Uid Session::uid_next_told(const Mailbox& mailbox) {
  if (!lies(Lie::uid_next_early, mailbox.name)) return mailbox.uid_next;
  const bool low = mailbox.uid_next > 1 && random_.once_in(2);
  return low ? 1 + Uid(random_.below(mailbox.uid_next - 1)) : mailbox.uid_next + 1 + Uid(random_.below(5));
}

}  // namespace satchel::sim::model
