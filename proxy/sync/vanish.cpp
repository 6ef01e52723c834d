#include "proxy/sync/vanish.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;

namespace {

constexpr std::int64_t guard_window = 24 * 3600;  // seconds
constexpr std::int64_t one_time = 600;            // what vanishes within so many seconds is noted as one
constexpr std::size_t most_gone = 10000;          // messages of a mailbox that are looked for elsewhere

std::uint64_t date_and_size(const store::Identity& identity) {
  return std::uint64_t(identity.date) * 0x9e3779b97f4a7c15ULL ^ identity.size;
}

const store::Identity& best_identity(const Message& row) {
  return row.there.date || row.there.size ? row.there : row.here;
}

// Of the last 24 hours, whichever way the clock was set meanwhile.
bool lately(std::int64_t at, std::int64_t now) {
  return std::abs(now - at) <= guard_window;
}

store::Guard recent(const Mailbox& mailbox, std::int64_t now) {
  store::Guard guard = mailbox.guard;
  std::erase_if(guard.lately, [now](const store::Guard::Vanishing& one) { return !lately(one.at, now); });
  return guard;
}

// Whether so many that vanished now, with those of the last 24 hours, are too many to go without a question.
bool too_many(const Rules& rules, const Mailbox& mailbox, std::uint64_t now_lost, std::int64_t now) {
  const store::Guard guard = recent(mailbox, now);
  std::uint64_t lost = now_lost;
  for (const store::Guard::Vanishing& one : guard.lately) lost += one.messages;
  const std::uint64_t size_then = guard.lately.empty() ? mailbox.exists : guard.lately.front().of;
  return lost > rules.guard_messages && lost * 100 > rules.guard_share * size_then;
}

// They are let go, and counted. While the mailbox still shows them.
void note(store::Transaction& tx, store::MailboxId id, std::size_t messages) {
  if (messages == 0) return;
  Mailbox& mailbox = *tx.edit(id);
  mailbox.guard = recent(mailbox, tx.now());
  auto& log = mailbox.guard.lately;
  if (log.empty() || std::abs(tx.now() - log.back().at) > one_time)
    log.push_back({tx.now(), std::uint32_t(messages), mailbox.exists});
  else
    log.back().messages += std::uint32_t(messages);
}

void remember(Memory& memory, store::MailboxId id, const Message& row, store::Tick seen, std::int64_t now) {
  auto& gone = memory.gone[id];
  if (gone.size() < most_gone) gone.push_back({now, row, seen});
}

void hold(store::Transaction& tx, Memory& memory, store::MailboxId id, bool first) {
  store::Guard& guard = tx.edit(id)->guard;
  guard.weighing = true;
  if (first) guard.seen = tx.state().find(id)->upstream.previous_pull_started;
  memory.held_in.insert(id);
  memory.held_at = tx.state().tick;
}

}  // namespace

void vanish(store::Transaction& tx, Memory& memory, store::MailboxId id, const std::vector<Uid>& gone) {
  if (gone.empty()) return;
  const Mailbox& mailbox = *tx.state().find(id);
  std::size_t visible = 0;
  for (Uid uid : gone) {
    const Message* row = mailbox.messages.find(uid);
    if (row && row->visible() && !row->held) ++visible;
  }
  std::size_t held_before = 0;
  mailbox.messages.for_each([&](const Message& row) { held_before += row.held && row.visible() ? 1 : 0; });
  const bool held =
      !mailbox.deleted_here && visible > 0 && too_many(memory.rules, mailbox, visible + held_before, tx.now());
  if (held)
    hold(tx, memory, id, held_before == 0);
  else
    note(tx, id, visible);
  const store::Tick seen = tx.state().find(id)->upstream.previous_pull_started;
  for (Uid uid : gone) {
    const MessageRef ref{id, uid};
    const Message* row = tx.state().find(ref);
    if (!row) continue;
    if (held && row->visible()) {
      edit(tx, ref, [](Message& message) {
        message.upstream = UpstreamUid{};
        message.held = true;
      });
    } else {
      if (row->visible()) remember(memory, id, *row, seen, tx.now());
      gone_for_good(tx, ref);
    }
  }
  space_was_freed(tx);
}

void vanish_mailbox(store::Transaction& tx, Memory& memory, store::MailboxId id) {
  std::vector<Uid> gone;
  tx.state().find(id)->messages.for_each([&](const Message& row) {
    if (row.upstream) gone.push_back(row.uid);
  });
  vanish(tx, memory, id, gone);
  maybe_retire(tx, id);
}

// Of several that could be it, the one that came last: a twin that came with an earlier pull was not moved since.
class Arrivals::Newest {
 public:
  void is(const Message& row, MessageRef ref) {
    if (row.born <= found_) return;
    found_ = row.born;
    where_ = ref;
  }
  // What it is is not known yet.
  void may_be(store::Tick born) { unknown_ = std::max(unknown_, born); }

  Answer answer(MessageRef& where) const {
    if (unknown_ > found_) return Answer::undecided;
    if (!found_) return Answer::none;
    where = where_;
    return Answer::found;
  }

 private:
  store::Tick found_, unknown_;
  MessageRef where_;
};

Arrivals::Arrivals(const store::AccountState& state) : state_(state) {
  for (const auto& [id, mailbox] : state.mailboxes) {
    if (mailbox->retired) continue;
    const store::MailboxId box = id;
    mailbox->messages.for_each([&](const Message& row) {
      if (!row.upstream || row.own || row.held || !row.visible()) return;
      if (!row.metadata) {
        unmeasured_ = std::max(unmeasured_, row.born);
        return;
      }
      const MessageRef ref{box, row.uid};
      if (row.email_id) by_email_id_.emplace(row.email_id, ref);
      by_date_and_size_.emplace(date_and_size(row.there), ref);
      by_date_.emplace(row.there.date, ref);
    });
  }
}

Arrivals::Answer Arrivals::find(const Message& like, store::Tick seen, MessageRef& where) const {
  Newest newest;
  if (unmeasured_ > seen) newest.may_be(unmeasured_);
  if (like.email_id) {
    const auto [first, last] = by_email_id_.equal_range(like.email_id);
    for (auto it = first; it != last; ++it)
      if (const Message* row = arrived(it->second, seen)) newest.is(*row, it->second);
    return newest.answer(where);
  }
  const store::Identity& wanted = best_identity(like);
  const auto [first, last] = by_date_and_size_.equal_range(date_and_size(wanted));
  for (auto it = first; it != last; ++it) {
    const Message* row = arrived(it->second, seen);
    if (!row || row->there.date != wanted.date || row->there.size != wanted.size) continue;
    if (wanted.known() && !row->there.known())
      newest.may_be(row->born);
    else if (!wanted.known() || (row->there.header == wanted.header && row->there.message_id == wanted.message_id))
      newest.is(*row, it->second);
  }
  // Our own, never looked at upstream: there it is what the server made of it.
  const bool perhaps_altered = !like.there.known() && like.here.known();
  if (perhaps_altered && newest.answer(where) == Answer::none) return find_altered(like.here, seen, where);
  return newest.answer(where);
}

Arrivals::Answer Arrivals::find_altered(const store::Identity& sent, store::Tick seen, MessageRef& where) const {
  const auto [first, last] = by_date_.equal_range(sent.date);
  Newest newest;
  if (unmeasured_ > seen) newest.may_be(unmeasured_);
  for (auto it = first; it != last; ++it) {
    const Message* row = arrived(it->second, seen);
    if (!row) continue;
    if (!row->there.known())
      newest.may_be(row->born);
    else if (row->there.message_id == sent.message_id && sent.message_id != no_message_id)
      newest.is(*row, it->second);
  }
  return newest.answer(where);
}

const Message* Arrivals::arrived(MessageRef ref, store::Tick seen) const {
  const Message* row = state_.find(ref);
  return row && row->visible() && row->upstream && row->born > seen ? row : nullptr;
}

namespace {

struct Held {
  std::vector<MessageRef> lost;
  std::vector<MessageRef> elsewhere;  // moved there
  bool undecided = false;             // one of those that seem lost may be elsewhere yet
};

Held sort_out(const Mailbox& mailbox, const Arrivals& arrivals) {
  Held held;
  mailbox.messages.for_each([&](const Message& row) {
    if (!row.held || !row.visible()) return;
    MessageRef where;
    const auto answer = arrivals.find(row, mailbox.guard.seen, where);
    held.undecided |= answer == Arrivals::Answer::undecided;
    (answer == Arrivals::Answer::found ? held.elsewhere : held.lost).push_back({mailbox.id, row.uid});
  });
  return held;
}

// What was let go, and is found elsewhere by now, was no loss.
void count_again(store::Transaction& tx, Memory& memory, const Arrivals& arrivals, store::MailboxId id) {
  auto& gone = memory.gone[id];
  store::Guard guard = recent(*tx.state().find(id), tx.now());
  std::size_t found = 0;
  std::erase_if(gone, [&](const Memory::Gone& one) {
    if (guard.lately.empty() || one.at < guard.lately.front().at || !lately(one.at, tx.now())) return true;
    MessageRef where;
    if (arrivals.find(one.like, one.seen, where) != Arrivals::Answer::found) return false;
    ++found;
    return true;
  });
  for (auto one = guard.lately.rbegin(); one != guard.lately.rend() && found > 0; ++one) {
    const auto less = std::min<std::size_t>(found, one->messages);
    one->messages -= std::uint32_t(less);
    found -= less;
  }
  tx.edit(id)->guard = std::move(guard);
}

void let_go(store::Transaction& tx, const std::vector<MessageRef>& messages) {
  for (MessageRef ref : messages) {
    edit(tx, ref, [](Message& row) { row.held = false; });
    gone_for_good(tx, ref);
  }
}

void weigh(store::Transaction& tx, Memory& memory, const Arrivals& arrivals, store::MailboxId id) {
  if (!tx.state().find(id)) {
    memory.held_in.erase(id);
    return;
  }
  Held held = sort_out(*tx.state().find(id), arrivals);
  if (tx.state().find(id)->guard.weighing) {
    count_again(tx, memory, arrivals, id);
    if (!too_many(memory.rules, *tx.state().find(id), held.lost.size(), tx.now())) {  // it was no mass deletion
      note(tx, id, held.lost.size());
      let_go(tx, std::exchange(held.lost, {}));
    } else if (!held.undecided) {
      tx.edit(id)->guard.weighing = false;  // from now on the user decides
    }
  }
  let_go(tx, held.elsewhere);
  if (held.lost.empty()) {
    memory.held_in.erase(id);
    if (tx.state().find(id)->guard.weighing) tx.edit(id)->guard.weighing = false;
  }
  maybe_retire(tx, id);
}

}  // namespace

void resolve_held(store::Transaction& tx, Memory& memory) {
  if (!memory.held_known) {
    memory.held_known = true;
    memory.held_at = tx.state().tick;
    for (const auto& [id, mailbox] : tx.state().mailboxes) {
      const store::MailboxId box = id;
      mailbox->messages.for_each([&](const Message& row) {
        if (row.held && row.visible()) memory.held_in.insert(box);
      });
    }
  }
  if (memory.held_in.empty() || !complete_since(tx.state(), memory.held_at)) return;
  const Arrivals arrivals(tx.state());
  const std::set<store::MailboxId> mailboxes = memory.held_in;
  for (store::MailboxId id : mailboxes) weigh(tx, memory, arrivals, id);
}

}  // namespace satchel::sync
