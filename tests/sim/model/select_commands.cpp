// SELECT, EXAMINE, UNSELECT, CLOSE.
#include <algorithm>

#include "session.hpp"

namespace satchel::sim::model {
namespace {

struct Resync {
  std::uint64_t uid_validity = 0;
  ModSeq modseq = 0;
  std::optional<SequenceSet> known;
};

// "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP "(" sequence-set SP uid-set ")"] ")"
Resync read_resync(Scanner& in) {
  Resync resync;
  in.space();
  in.expect('(');
  resync.uid_validity = in.number();
  in.space();
  resync.modseq = in.number();
  bool more = in.take(' ');
  if (more && !in.next_is('(')) {
    resync.known = in.set();
    more = in.take(' ');
  }
  if (more) {  // not needed: every expunge is remembered
    in.expect('(');
    in.set();
    in.space();
    in.set();
    in.expect(')');
  }
  in.expect(')');
  return resync;
}

}  // namespace

void Session::select(Scanner& in) {
  open(in, false);
}

void Session::examine(Scanner& in) {
  open(in, true);
}

void Session::leave() {
  view_.reset();
}

void Session::open(Scanner& in, bool read_only) {
  in.space();
  const std::string name = in.astring();
  bool condstore = false;
  std::optional<Resync> resync;
  if (traits_.condstore && in.take(' ')) {
    in.expect('(');
    do {
      const std::string parameter = in.word();
      if (parameter == "CONDSTORE")
        condstore = true;
      else if (parameter == "QRESYNC" && qresync_)
        resync = read_resync(in);
      else
        in.fail();
    } while (in.take(' '));
    in.expect(')');
  }
  if (!in.done()) return bad("SELECT mailbox");
  if (view_ && traits_.condstore) untagged("OK [CLOSED] The mailbox before is left.");
  leave();
  if (condstore) enable_condstore();
  const Mailbox* const mailbox = account_.find(name);
  if (mailbox == nullptr) return no("No such mailbox.", with_code("NONEXISTENT"));
  std::uint32_t told_validity = mailbox->uid_validity;
  if (lies(Lie::uid_validity_flaps, mailbox->name)) told_validity += 1 + std::uint32_t(random_.below(1000));
  view_.emplace();
  view_->mailbox_id = mailbox->id;
  view_->uid_validity = mailbox->uid_validity;
  view_->read_only = read_only;
  view_->take_new(*mailbox);
  if (!read_only) account_.claim_recent(mailbox->id);
  tell_selected(*mailbox, told_validity);
  if (resync && resync->uid_validity == told_validity && !mailbox->no_modseq)
    tell_since(*mailbox, resync->modseq, resync->known ? &*resync->known : nullptr);
  ok("Selected.", read_only ? "READ-ONLY" : "READ-WRITE");
}

void Session::tell_selected(const Mailbox& mailbox, std::uint32_t told_validity) {
  const std::size_t before = untagged_.size();
  tell_keywords(mailbox);
  untagged(std::to_string(view_->exists()) + " EXISTS");
  untagged(std::to_string(view_->recent.size()) + " RECENT");
  const auto unseen = std::find_if(mailbox.messages.begin(), mailbox.messages.end(),
                                   [](const Message& message) { return !message.flags.contains("\\Seen"); });
  if (unseen != mailbox.messages.end())
    untagged("OK [UNSEEN " + std::to_string(unseen - mailbox.messages.begin() + 1) + "] First unseen.");
  untagged("OK [UIDVALIDITY " + std::to_string(told_validity) + "] UIDs valid.");
  untagged("OK [UIDNEXT " + std::to_string(uid_next_told(mailbox)) + "] Predicted.");
  if (traits_.condstore && mailbox.no_modseq) untagged("OK [NOMODSEQ] No MODSEQs here.");
  if (traits_.condstore && !mailbox.no_modseq)
    untagged("OK [HIGHESTMODSEQ " + std::to_string(modseq_told(mailbox.highest_modseq, mailbox.name)) + "] Highest.");
  if (traits_.object_id) untagged("OK [MAILBOXID (" + mailbox.id + ")] Its name for good.");
  for (std::size_t at = before; at < untagged_.size(); ++at) untagged_[at].movable = true;
}

// UIDs of `among` (null: of all) that went since, as far as the client is not told of them by EXPUNGE or VANISHED.
void Session::tell_vanished(const Mailbox& mailbox, ModSeq since, const SequenceSet* among) {
  const auto wanted = [&](Uid uid) { return among == nullptr || among->contains(uid, mailbox.uid_next - 1); };
  std::vector<std::uint32_t> vanished;
  for (const Expunged& one : mailbox.expunged)
    if (one.modseq > since && wanted(one.uid) && view_->number_of(one.uid) == 0) vanished.push_back(one.uid);
  if (!view_->messages.empty() && lies(Lie::vanishes_what_exists, mailbox.name))
    vanished.push_back(view_->messages[random_.below(view_->messages.size())].uid);
  std::sort(vanished.begin(), vanished.end());
  vanished.erase(std::unique(vanished.begin(), vanished.end()), vanished.end());
  if (!vanished.empty()) untagged("VANISHED (EARLIER) " + write_set(vanished));
}

// What vanished since, then what changed; of the known UIDs, where they are given.
void Session::tell_since(const Mailbox& mailbox, ModSeq since, const SequenceSet* known) {
  tell_vanished(mailbox, since, known);
  for (std::size_t place = 0; place < view_->messages.size(); ++place) {
    const Seen& seen = view_->messages[place];
    const bool wanted = known == nullptr || known->contains(seen.uid, mailbox.uid_next - 1);
    if (seen.modseq > since && wanted) tell_flags(place, true, true);
  }
}

void Session::unselect(Scanner& in) {
  if (!in.done()) return bad("UNSELECT has no arguments.");
  leave();
  ok("Left.");
}

void Session::close(Scanner& in) {
  if (!in.done()) return bad("CLOSE has no arguments.");
  if (!read_only()) expunge_where(nullptr);
  leave();
  ok("Closed.");
}

}  // namespace satchel::sim::model
