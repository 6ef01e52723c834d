#include "proxy/sync/pull.hpp"

#include <algorithm>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/vanish.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;

namespace {

constexpr std::size_t headers_at_once = 500;
constexpr std::size_t sizes_at_once = 2000;
constexpr std::size_t first_screen = 300;
constexpr std::size_t flags_at_once = 10000;
constexpr std::size_t candidates_at_once = 50;
constexpr std::size_t summaries_kept = 1000;
constexpr std::int64_t unopenable_pause = 60;
constexpr std::int64_t short_pause = 3;  // the first one: what was refused may have another name by now

std::vector<UpstreamUid> slice(const std::vector<UpstreamUid>& uids, std::size_t from, std::size_t count) {
  const auto first = uids.begin() + std::ptrdiff_t(from);
  return {first, first + std::ptrdiff_t(std::min(count, uids.size() - from))};
}

// Ascending and apart from one another: a server may name a UID more than once.
std::vector<UidRange> put_in_order(std::vector<UidRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<UidRange> apart;
  for (const UidRange& one : ranges) {
    if (apart.empty() || apart.back().last < one.first)
      apart.push_back(one);
    else
      apart.back().last = std::max(apart.back().last, one.last);
  }
  return apart;
}

bool in_ranges(const std::vector<UidRange>& ranges, UpstreamUid uid) {
  auto it = std::upper_bound(ranges.begin(), ranges.end(), uid,
                             [](UpstreamUid value, const UidRange& range) { return value < range.first; });
  return it != ranges.begin() && uid <= std::prev(it)->last;
}

// The UIDs that are left when what changed and vanished is applied to what was known.
std::vector<UpstreamUid> after_changes(const Sighting& sighting, std::vector<UidRange> ranges) {
  const std::vector<UidRange> vanished = put_in_order(std::move(ranges));
  std::vector<UpstreamUid> uids;
  for (const auto& [uid, local] : sighting.known)
    if (!in_ranges(vanished, uid)) uids.push_back(uid);
  for (const UidFlags& one : sighting.changed) uids.push_back(one.uid);
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

bool unchanged(const Sighting& sighting, const Mailbox& mailbox) {
  return mailbox.upstream.highest_modseq && sighting.select.highest_modseq == mailbox.upstream.highest_modseq &&
         sighting.select.exists == sighting.known.size() && sighting.select.uid_next == mailbox.upstream.uid_next;
}

// All UIDs, asked for until EXISTS agrees with them: twice at most.
Steps<bool> list_uids(Work& work, Sighting& sighting) {
  for (int round = 0; round < 2; ++round) {
    if (sighting.select.uids) {  // came along with SELECT
      sighting.uids = std::move(*sighting.select.uids);
      sighting.select.uids.reset();
    } else {
      ListUidsAsk question{sighting.at()};
      ListUidsAnswer answer = co_await work.ask(std::move(question));
      if (!answer.outcome.ok()) co_return false;
      sighting.uids = std::move(answer.uids);
    }
    sighting.credible = sighting.uids.size() >= sighting.select.exists;
    if (sighting.credible) co_return true;
    SelectAsk again{sighting.name};
    SelectAnswer select = co_await work.ask(std::move(again));
    if (!select.outcome.ok() || select.uid_validity != sighting.select.uid_validity) co_return false;
    sighting.select.exists = select.exists;
    sighting.credible = sighting.uids.size() == select.exists;
    if (sighting.credible) co_return true;
  }
  work.tell("This server counts more messages than it lists: what is not in the list is not taken to be gone.");
  co_return true;
}

Steps<bool> see_uids(Work& work, Sighting& sighting) {
  const Mailbox& before = *work.state().find(sighting.id);
  const std::uint64_t since = sighting.anew ? 0 : before.upstream.highest_modseq;
  if (!sighting.anew && may_ask(work, Means::condstore) && unchanged(sighting, before)) {
    for (const auto& [uid, local] : sighting.known) sighting.uids.push_back(uid);
    sighting.changes_known = true;
    co_return true;
  }
  std::vector<UidRange> vanished;
  const bool asks_changes = since && may_ask(work, Means::condstore) && sighting.select.highest_modseq >= since;
  if (asks_changes) {
    ChangesAnswer answer;
    if (sighting.select.changes) {
      answer = std::move(*sighting.select.changes);
    } else {
      ChangesAsk question{sighting.at(), since};
      answer = co_await work.ask(std::move(question));
    }
    sighting.changes_known = answer.outcome.ok();  // refused: everything is looked at
    sighting.changed = std::move(answer.changed);
    vanished = std::move(answer.vanished);
  }
  if (sighting.changes_known && may_ask(work, Means::qresync)) {
    sighting.uids = after_changes(sighting, std::move(vanished));
    if (sighting.uids.size() == sighting.select.exists) co_return true;
    const std::vector<UpstreamUid> told = std::move(sighting.uids);
    if (!co_await list_uids(work, sighting)) co_return false;
    if (told != sighting.uids && sighting.credible)
      step_down(work, Means::condstore, "said that mail was gone that is there");
    co_return true;
  }
  co_return co_await list_uids(work, sighting);
}

// What is known to be needed whatever SELECT says: it goes along with it.
SelectAsk select_question(Work& work, const Mailbox& mailbox) {
  SelectAsk question{mailbox.upstream.name};
  if (may_ask(work, Means::condstore)) question.changes_since = mailbox.upstream.highest_modseq;
  question.list_uids = question.changes_since == 0 || !may_ask(work, Means::qresync);
  return question;
}

Steps<bool> read_metadata(Work& work, Sighting& sighting, std::vector<UpstreamUid> uids, Depth depth) {
  for (std::size_t at = 0; at < uids.size(); at += headers_at_once) {
    MetadataAsk question{sighting.at(), slice(uids, at, headers_at_once), depth};
    if (at + headers_at_once < uids.size()) question.next = slice(uids, at + headers_at_once, headers_at_once);
    MetadataAnswer answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok()) co_return false;
    for (Metadata& one : answer.messages) {
      if (sighting.candidates.metadata.size() >= summaries_kept) one.summary = {};
      sighting.candidates.metadata[one.uid] = std::move(one);
    }
  }
  co_return true;
}

std::vector<UpstreamUid> not_known(const Sighting& sighting) {
  std::vector<UpstreamUid> fresh;
  auto known = sighting.known.begin();
  for (UpstreamUid uid : sighting.uids) {
    while (known != sighting.known.end() && known->first < uid) ++known;
    if (known == sighting.known.end() || known->first != uid) fresh.push_back(uid);
  }
  return fresh;
}

// UIDVALIDITY says nothing: are the very UIDs still what they were?
Steps<bool> check_weak(Work& work, Sighting& sighting) {
  std::vector<UpstreamUid> known;
  for (const auto& [uid, local] : sighting.known) known.push_back(uid);
  Sighting probe;
  probe.name = sighting.name;
  probe.select = sighting.select;
  if (!co_await read_metadata(work, probe, std::move(known), Depth::sizes)) co_return false;
  const Mailbox& mailbox = *work.state().find(sighting.id);
  bool odd = false;
  bool same = false;
  for (const auto& [uid, local] : sighting.known) {
    const Message* row = mailbox.messages.find(local);
    const auto seen = probe.candidates.metadata.find(uid);
    if (!row || row->upstream != uid || seen == probe.candidates.metadata.end()) continue;
    const bool measured = row->there.date || row->there.size;
    const store::Identity& now = seen->second.identity;
    const bool agrees = row->there.date == now.date && row->there.size == now.size;
    odd |= measured && !agrees;
    same |= measured && agrees;
  }
  const std::vector<UpstreamUid> fresh = not_known(sighting);
  const bool gone = sighting.uids.size() - fresh.size() < sighting.known.size();
  sighting.anew = odd || (gone && !fresh.empty());
  sighting.uids_kept = odd ? Sighting::Kept::no : same ? Sighting::Kept::surely : Sighting::Kept::perhaps;
  if (sighting.anew) sighting.changes_known = false;
  co_return true;
}

Steps<bool> identify(Work& work, Sighting& sighting) {
  Candidates& candidates = sighting.candidates;
  candidates.fresh = sighting.anew ? sighting.uids : not_known(sighting);
  std::vector<store::OperationId> ours = attempted_into(work.state(), sighting.id);
  if (candidates.fresh.empty() || (ours.empty() && !sighting.anew)) co_return true;
  std::vector<UpstreamUid> fresh = candidates.fresh;
  if (!co_await read_metadata(work, sighting, std::move(fresh), Depth::headers)) co_return false;
  // What went away meanwhile is left for the next pull.
  std::erase_if(candidates.fresh, [&](UpstreamUid uid) { return !candidates.metadata.contains(uid); });
  const std::vector<UpstreamUid> wanted = could_be_ours(work.state(), ours, candidates);
  for (std::size_t at = 0; at < wanted.size(); at += candidates_at_once) {
    ContentsAsk question{sighting.at(), slice(wanted, at, candidates_at_once)};
    ContentsAnswer answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok()) co_return false;
    for (FetchedContent& one : answer.contents) candidates.contents[one.uid] = std::move(one.stored);
  }
  co_return true;
}

// Flags of everything: where upstream cannot tell what changed.
Steps<bool> read_all_flags(Work& work, Sighting& sighting) {
  const std::vector<std::pair<UpstreamUid, Uid>> known = bound_messages(*work.state().find(sighting.id));
  for (std::size_t at = 0; at < known.size(); at += flags_at_once) {
    const std::size_t end = std::min(known.size(), at + flags_at_once);
    FlagsAsk question{sighting.at(), UidRange{known[at].first, known[end - 1].first}};
    FlagsAnswer answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok()) co_return false;
    std::size_t next = at;
    for (const UidFlags& one : answer.flags) {
      while (next < end && known[next].first < one.uid) ++next;
      if (next == end || known[next].first != one.uid) continue;
      const MessageRef ref{sighting.id, known[next].second};
      const Message* row = work.state().find(ref);
      if (row && row->metadata && row->upstream == one.uid) set_base(work.tx(), ref, one.flags);
    }
  }
  co_return true;
}

bool any_measured(const Mailbox& mailbox) {
  bool any = false;
  mailbox.messages.for_each([&](const Message& row) {
    any = row.upstream && row.metadata;
    return !any;
  });
  return any;
}

}  // namespace

std::vector<std::pair<UpstreamUid, Uid>> bound_messages(const Mailbox& mailbox) {
  std::vector<std::pair<UpstreamUid, Uid>> known;
  known.reserve(mailbox.messages.size());
  mailbox.messages.for_each([&](const Message& row) {
    if (row.upstream) known.emplace_back(row.upstream, row.uid);
  });
  std::sort(known.begin(), known.end());
  return known;
}

namespace {

using Open = std::vector<std::pair<UpstreamUid, Uid>>;

MetadataAsk measure_question(Work& work, store::MailboxId id, const Open& open, std::size_t begin, std::size_t end) {
  const Mailbox& mailbox = *work.state().find(id);
  MetadataAsk question{At{mailbox.upstream.name, mailbox.upstream.uid_validity}, {}, Depth::sizes};
  for (std::size_t i = begin; i < end; ++i) {
    question.uids.push_back(open[i].first);
    const Message* row = mailbox.messages.find(open[i].second);
    // Our own are compared with what we sent: that takes their headers.
    if (row && row->own) question.depth = Depth::headers;
  }
  return question;
}

}  // namespace

Steps<bool> measure_all(Work& work, store::MailboxId id) {
  Open open;
  work.state().find(id)->messages.for_each([&](const Message& row) {
    if (!row.upstream) return;
    if (!row.metadata || (!row.there.date && !row.there.size)) open.emplace_back(row.upstream, row.uid);
  });
  std::sort(open.begin(), open.end());
  std::size_t end = open.size();
  while (end > 0) {
    const bool first = end == open.size();
    std::optional<Coming> coming;
    if (first) coming.emplace(work.memory(), newest(work, id));
    const std::size_t begin = end - std::min(end, first ? first_screen : sizes_at_once);
    MetadataAsk question = measure_question(work, id, open, begin, end);
    if (first) question.depth = Depth::headers;
    if (begin > 0 && !first) {
      MetadataAsk next = measure_question(work, id, open, begin - std::min(begin, sizes_at_once), begin);
      if (next.depth == question.depth) question.next = std::move(next.uids);
    }
    MetadataAnswer answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok()) co_return false;
    std::vector<MessageRef> fresh;
    for (const Metadata& one : answer.messages) {
      const auto at = std::lower_bound(open.begin(), open.end(), std::pair(one.uid, Uid{}));
      if (at == open.end() || at->first != one.uid) continue;
      const MessageRef ref{id, at->second};
      const Message* row = work.state().find(ref);
      if (!row || row->upstream != one.uid) continue;
      if (!row->metadata) fresh.push_back(ref);
      measure(work.tx(), ref, one);
    }
    work.memory().more_to_load = true;
    coming.reset();
    if (first) co_await load_newest(work, id, std::move(fresh));
    end = begin;
  }
  co_return true;
}

namespace {

// Numbers that only grow and did not: a backup that was put back, or a lie. UIDs may have been given twice, and what
// changed is not known.
void notice_steps_back(Work& work, Sighting& sighting, const store::UpstreamMailbox& base) {
  const SelectAnswer& select = sighting.select;
  if (select.uid_next && select.uid_next < base.uid_next) {
    sighting.weak = true;
    work.tell("This server went back in its UIDNEXT: whether its UIDs are the same messages is compared.");
  }
  if (!select.highest_modseq || select.highest_modseq >= base.highest_modseq) return;
  sighting.weak = true;
  step_down(work, Means::scan, "went back in its own count of changes");
}

store::UpstreamMailbox seen_as(const SelectAnswer& select) {
  store::UpstreamMailbox seen;
  seen.uid_validity = select.uid_validity;
  seen.mailbox_id = select.mailbox_id;
  return seen;
}

enum class Pulled : std::uint8_t {
  no,
  unmeasured,  // what came is not told of yet
  yes
};

Steps<Pulled> pull_open(Work& work, store::MailboxId id) {
  const Mailbox* before = work.state().find(id);
  if (!before || !before->upstream.exists || before->retired) co_return Pulled::no;
  if (!before->upstream.selectable) {
    work.tx().edit(id)->listed = true;
    co_return Pulled::yes;
  }
  const store::Tick started = work.tx().next_tick();
  Sighting sighting;
  sighting.id = id;
  sighting.name = before->upstream.name;
  SelectAsk question = select_question(work, *before);
  sighting.select = co_await work.ask(std::move(question));
  if (!sighting.select.outcome.ok()) {
    work.list_again();
    co_return Pulled::no;
  }
  const store::UpstreamMailbox base = work.state().find(id)->upstream;
  const SelectAnswer& select = sighting.select;
  const bool other_id = !select.mailbox_id.empty() && !base.mailbox_id.empty() && select.mailbox_id != base.mailbox_id;
  sighting.anew = base.uid_validity && (select.uid_validity != base.uid_validity || other_id);
  if (sighting.anew && !other_id) note_uid_validity(work, id, base.uid_validity, select.uid_validity);
  sighting.weak = uids_are_doubtful(work, seen_as(select));
  if (!sighting.anew) notice_steps_back(work, sighting, base);
  if (!sighting.anew) sighting.known = bound_messages(*work.state().find(id));
  if (!co_await see_uids(work, sighting)) co_return Pulled::no;
  if (sighting.weak && !sighting.anew && !sighting.known.empty())
    if (!co_await check_weak(work, sighting)) co_return Pulled::no;
  if (!co_await identify(work, sighting)) co_return Pulled::no;
  take_in(work, sighting);
  const bool all_flags = !sighting.changes_known && any_measured(*work.state().find(id));
  if (all_flags) {
    if (!co_await read_all_flags(work, sighting)) co_return Pulled::no;
  }
  work.tx().edit(id)->upstream.highest_modseq = sighting.select.highest_modseq;
  const bool measured = co_await measure_all(work, id);
  store::UpstreamMailbox& after = work.tx().edit(id)->upstream;
  after.previous_pull_started = after.pull_started;
  after.pull_started = started;
  resolve_held(work.tx(), work.memory());
  co_return measured ? Pulled::yes : Pulled::unmeasured;
}

}  // namespace

Steps<bool> pull(Work& work, store::MailboxId id) {
  const Pulled pulled = co_await pull_open(work, id);
  auto& unopenable = work.memory().unopenable;
  const bool first = !unopenable.contains(id);
  if (pulled == Pulled::yes)
    unopenable.erase(id);
  else
    unopenable[id] = work.tx().now() + (first ? short_pause : unopenable_pause);
  if (pulled == Pulled::unmeasured) work.list_again();  // it may have another name by now
  co_return pulled != Pulled::no;
}

}  // namespace satchel::sync
