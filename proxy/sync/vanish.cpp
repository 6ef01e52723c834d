#include "proxy/sync/vanish.hpp"

#include <algorithm>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/order.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;

namespace {

constexpr std::int64_t guard_window = 24 * 3600;

std::uint64_t date_and_size(const store::Identity& identity) {
  return std::uint64_t(identity.date) * 0x9e3779b97f4a7c15ULL ^ identity.size;
}

std::uint32_t recently_vanished(Memory& memory, store::MailboxId id, std::int64_t now) {
  auto& log = memory.vanished[id];
  std::erase_if(log, [&](const Memory::Vanishing& one) { return one.at + guard_window < now; });
  std::uint32_t sum = 0;
  for (const auto& one : log) sum += one.messages;
  return sum;
}

const store::Identity& best_identity(const Message& row) {
  return row.there.date || row.there.size ? row.there : row.here;
}

}  // namespace

void vanish(store::Transaction& tx, Memory& memory, store::MailboxId id, const std::vector<Uid>& gone) {
  if (gone.empty()) return;
  const Mailbox& mailbox = *tx.state().find(id);
  std::uint32_t visible = 0;
  for (Uid uid : gone) {
    const Message* row = mailbox.messages.find(uid);
    if (row && row->visible() && !row->held) ++visible;
  }
  const std::uint32_t recent = recently_vanished(memory, id, tx.now());
  const std::uint64_t lost = std::uint64_t(visible) + recent;
  const std::uint64_t size = std::uint64_t(mailbox.exists) + recent;
  const bool held = !mailbox.deleted_here && visible > 0 && lost > memory.rules.guard_messages &&
                    lost * 100 > memory.rules.guard_share * size;
  const store::Tick seen = mailbox.upstream.previous_pull_started;
  for (Uid uid : gone) {
    const MessageRef ref{id, uid};
    const Message* row = tx.state().find(ref);
    if (!row) continue;
    if (held && row->visible()) {
      edit(tx, ref, [](Message& message) {
        message.upstream = UpstreamUid{};
        message.held = true;
      });
      memory.held_seen[ref] = seen;
    } else {
      gone_for_good(tx, ref);
    }
  }
  if (held) {
    memory.held_in.insert(id);
    memory.held_at = tx.state().tick;
  } else if (visible) {
    memory.vanished[id].push_back({tx.now(), visible});
  }
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
  // Its header is not known yet.
  void may_be(const Message& row) { unknown_ = std::max(unknown_, row.born); }

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
      if (!row.upstream || row.own || row.held || !row.visible() || !row.metadata) return;
      const MessageRef ref{box, row.uid};
      if (row.email_id) by_email_id_.emplace(row.email_id, ref);
      by_date_and_size_.emplace(date_and_size(row.there), ref);
      by_date_.emplace(row.there.date, ref);
    });
  }
}

Arrivals::Answer Arrivals::find(const Message& like, store::Tick seen, MessageRef& where) const {
  Newest newest;
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
      newest.may_be(*row);
    else if (!wanted.known() || (row->there.header == wanted.header && row->there.message_id == wanted.message_id))
      newest.is(*row, it->second);
  }
  // Our own, never looked at upstream: there it is what the server made of it.
  const bool perhaps_altered = state_.upstream_alters && !like.there.known() && like.here.known();
  if (perhaps_altered && newest.answer(where) == Answer::none) return find_altered(like.here, seen, where);
  return newest.answer(where);
}

Arrivals::Answer Arrivals::find_altered(const store::Identity& sent, store::Tick seen, MessageRef& where) const {
  const auto [first, last] = by_date_.equal_range(sent.date);
  Newest newest;
  for (auto it = first; it != last; ++it) {
    const Message* row = arrived(it->second, seen);
    if (!row) continue;
    if (!row->there.known())
      newest.may_be(*row);
    else if (row->there.message_id == sent.message_id && sent.message_id != no_message_id)
      newest.is(*row, it->second);
  }
  return newest.answer(where);
}

const Message* Arrivals::arrived(MessageRef ref, store::Tick seen) const {
  const Message* row = state_.find(ref);
  return row && row->visible() && row->upstream && row->born > seen ? row : nullptr;
}

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
  for (store::MailboxId id : mailboxes) {
    std::vector<MessageRef> held;
    std::vector<MessageRef> elsewhere;
    const Mailbox* mailbox = tx.state().find(id);
    if (mailbox)
      mailbox->messages.for_each([&](const Message& row) {
        if (!row.held || !row.visible()) return;
        const MessageRef ref{id, row.uid};
        const auto seen = memory.held_seen.find(ref);
        MessageRef where;
        const auto answer = arrivals.find(row, seen == memory.held_seen.end() ? store::Tick{} : seen->second, where);
        (answer == Arrivals::Answer::found ? elsewhere : held).push_back(ref);
      });
    // What was found elsewhere was moved there; a handful that is left is no mass deletion.
    const bool few = held.size() + recently_vanished(memory, id, tx.now()) <= memory.rules.guard_messages;
    if (few) elsewhere.insert(elsewhere.end(), held.begin(), held.end());
    for (MessageRef ref : elsewhere) {
      edit(tx, ref, [](Message& row) { row.held = false; });
      memory.held_seen.erase(ref);
      gone_for_good(tx, ref);
    }
    if (few) memory.held_in.erase(id);
    maybe_retire(tx, id);
  }
}

}  // namespace satchel::sync
