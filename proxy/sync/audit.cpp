#include <algorithm>
#include <set>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/memory.hpp"
#include "proxy/sync/pull.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::MailboxId;

namespace {

constexpr std::size_t audited_at_once = 500;     // messages
constexpr std::size_t uid_validities_kept = 16;  // of a mailbox
constexpr UpstreamUid last_uid{0xffffffff};

// From the first UID after `after` on.
UidRange piece(const Mailbox& mailbox, UpstreamUid after) {
  UidRange range{UpstreamUid{after.value + 1}, last_uid};
  const auto known = bound_messages(mailbox);
  const auto first = std::upper_bound(known.begin(), known.end(), std::pair(after, Uid{0xffffffff}));
  if (std::size_t(known.end() - first) > audited_at_once) range.last = (first + audited_at_once - 1)->first;
  return range;
}

// UIDs of the range that are only there or only here, or bear other flags than those that are known.
Steps<std::optional<std::set<UpstreamUid>>> differences(Work& work, MailboxId id, UidRange range) {
  const store::UpstreamMailbox upstream = work.state().find(id)->upstream;
  FlagsAsk question{At{upstream.name, upstream.uid_validity}, range};
  const FlagsAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) co_return std::nullopt;
  std::set<UpstreamUid> different;
  for (const UidFlags& one : answer.flags) different.insert(one.uid);
  work.state().find(id)->messages.for_each([&](const store::Message& row) {
    if (!row.upstream || row.upstream < range.first || range.last < row.upstream) return;
    const auto there = std::lower_bound(answer.flags.begin(), answer.flags.end(), row.upstream,
                                        [](const UidFlags& one, UpstreamUid uid) { return one.uid < uid; });
    const bool is_there = there != answer.flags.end() && there->uid == row.upstream;
    if (is_there && (!row.metadata || there->flags == work.tx().flags(row.base)))
      different.erase(row.upstream);
    else
      different.insert(row.upstream);
  });
  co_return std::optional<std::set<UpstreamUid>>(std::move(different));
}

bool can_be_audited(const Mailbox& mailbox) {
  return mailbox.upstream.exists && mailbox.upstream.selectable && !mailbox.retired && mailbox.upstream.pull_started;
}

}  // namespace

bool may_ask(Work& work, Means means) {
  const bool able =
      means == Means::scan || (means == Means::qresync ? work.abilities().qresync : work.abilities().condstore);
  return able && means >= work.memory().means;
}

void step_down(Work& work, Means means, const char* why) {
  if (work.memory().means >= means) return;
  work.memory().means = means;
  work.tell(std::string("This server ") + why +
            (means == Means::scan ? ": what it says of changes is not believed any more, everything is compared."
                                  : ": what it says to be gone is not believed any more, all is listed."));
}

bool uids_are_doubtful(Work& work, const store::UpstreamMailbox& upstream) {
  const bool doubtful =
      work.abilities().weak_uid_validity || work.memory().uid_validity_twice || upstream.uid_validity == 1;
  return doubtful && upstream.mailbox_id.empty();
}

void note_uid_validity(Work& work, MailboxId mailbox, std::uint32_t before, std::uint32_t now) {
  auto& earlier = work.memory().uid_validities[mailbox];
  if (std::find(earlier.begin(), earlier.end(), now) != earlier.end()) {
    work.memory().uid_validity_twice = true;
    work.tell(
        "This server gave a mailbox a UIDVALIDITY that it had before: whether its UIDs are the same messages is "
        "compared each time.");
  }
  if (std::find(earlier.begin(), earlier.end(), before) != earlier.end()) return;
  if (earlier.size() == uid_validities_kept) earlier.pop_front();
  earlier.push_back(before);
}

MailboxId next_audit(const store::AccountState& state, const Abilities& abilities, const Memory& memory,
                     std::int64_t now) {
  if (!abilities.condstore || memory.means == Means::scan) return {};  // everything is compared at each pull
  std::vector<MailboxId> all;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (can_be_audited(*mailbox)) all.push_back(id);
  if (all.empty()) return {};
  // After a start not always at the same one.
  if (!memory.audit.mailbox) return all[std::size_t(now / 600) % all.size()];
  const auto next = std::lower_bound(all.begin(), all.end(), memory.audit.mailbox);
  return next == all.end() ? all.front() : *next;
}

Steps<> audit_job(Work& work, MailboxId id) {
  Memory::Audit& audit = work.memory().audit;
  const UpstreamUid after = audit.mailbox == id ? audit.after : UpstreamUid{};
  audit = {MailboxId{id.value + 1}, UpstreamUid{}};  // whatever happens, the next one has its turn
  const bool pulled = co_await pull(work, id);
  if (!pulled || !work.state().find(id)->upstream.selectable) co_return;
  const UidRange range = piece(*work.state().find(id), after);
  const auto first = co_await differences(work, id, range);
  if (!first) co_return;
  if (!first->empty()) {
    // What changed since the pull is told by another one.
    const bool again = co_await pull(work, id);
    if (!again) co_return;
    const auto second = co_await differences(work, id, range);
    if (!second) co_return;
    const bool hidden =
        std::any_of(first->begin(), first->end(), [&](UpstreamUid uid) { return second->contains(uid); });
    if (hidden) {
      step_down(work, Means::scan, "did not tell of a change");
      co_await pull(work, id);
      co_return;
    }
  }
  if (range.last != last_uid) work.memory().audit = {id, range.last};
}

}  // namespace satchel::sync
