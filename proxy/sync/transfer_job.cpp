// Copies and moves from one mailbox to another: both lanes are held, both are pulled first.
#include <algorithm>
#include <map>
#include <optional>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/push.hpp"
#include "proxy/sync/sweep.hpp"
#include "proxy/sync/vanish.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

constexpr int most_in_vain = 3;
constexpr std::uint32_t most_looks = 10;  // for what upstream does not tell of

constexpr std::size_t messages_at_once = 500;

struct Transfer {
  UpstreamUid uid;  // of the source
  OperationId operation;
  bool alone = false;  // verdict.hpp
};
using Transfers = std::vector<Transfer>;

// One command.
struct Part {
  OperationKind kind;
  Transfers transfers;
};

// Parts in which no source UID comes twice.
std::vector<Transfers> batches(Transfers all) {
  std::vector<Transfers> result;
  while (!all.empty()) {
    Transfers part, rest;
    for (const Transfer& one : all) {
      const bool fits = part.empty() || (part.size() < messages_at_once && part.back().uid != one.uid && !one.alone &&
                                         !part.front().alone);
      (fits ? part : rest).push_back(one);
    }
    result.push_back(std::move(part));
    all = std::move(rest);
  }
  return result;
}

// A colleague moved the message that was moved here: found in `where`. It ends where the user put it.
void follow_colleague(store::Transaction& tx, const Operation& operation, MessageRef where) {
  const Message found = *tx.state().find(where);
  share_content(tx, operation.target, found);
  if (where.mailbox != operation.target.mailbox) {
    edit(tx, where, [&](Message& row) { row.hidden_by = operation.id; });
    edit(tx, operation.id, [&](Operation& row) {
      row.source = where;
      row.vanished_at = {};
    });
    return;
  }
  // The colleague put it where the user put it.
  for (OperationId id : operations_on(tx.state(), where))
    edit(tx, id, [&](Operation& row) {
      if (row.source == where) row.source = operation.target;
    });
  edit(tx, operation.target, [&](Message& row) {
    row.upstream = found.upstream;
    row.own = true;
    row.there = found.there;
    row.email_id = found.email_id;
    row.base = found.base;
  });
  tx.erase_message(where);
  finish(tx, operation.id);
  tx.refresh_flags(operation.target);
}

// The source was never upstream, or is gone: what was copied goes up from our content.
void become_append(store::Transaction& tx, const Operation& operation) {
  if (operation.kind == OperationKind::move) {
    for (OperationId id : operations_on(tx.state(), operation.source)) {
      const Operation* other = find(tx.state(), id);
      if (other->kind == OperationKind::append && other->target == operation.source) finish(tx, id);
    }
    const Message* source = tx.state().find(operation.source);
    if (source && !source->visible()) tx.erase_message(operation.source);
  }
  edit(tx, operation.id, [](Operation& row) {
    row.kind = OperationKind::append;
    row.source = {};
    row.seen = {};
    row.copied = false;
  });
  const Message* target = tx.state().find(operation.target);
  if (target && !here(tx.state(), target->content))
    park(tx, operation.id, OperationState::parked,
         "its content is not here, and the message it came from is gone upstream");
}

class Gathering {
 public:
  Gathering(Work& work, store::MailboxId from, store::MailboxId to) : work_(work), from_(from), to_(to) {}

  std::vector<Part> run() {
    std::vector<OperationId> ready;
    {
      const Order order(work_.state());
      const std::int64_t now = work_.tx().now();
      work_.state().journal.for_each([&](const Operation& operation) {
        const bool transfers = operation.kind == OperationKind::copy || operation.kind == OperationKind::move;
        if (transfers && !operation.copied && operation.source.mailbox == from_ && operation.target.mailbox == to_ &&
            operation.state == OperationState::waiting && order.ready(operation, now))
          ready.push_back(operation.id);
        return true;
      });
    }
    for (OperationId id : ready) look(id);
    std::vector<Part> parts;
    for (auto& [kind, transfers] : transfers_) {
      std::stable_sort(transfers.begin(), transfers.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
      for (Transfers& batch : batches(std::move(transfers))) parts.push_back({kind, std::move(batch)});
    }
    return parts;
  }

 private:
  void look(OperationId id) {
    store::Transaction& tx = work_.tx();
    const Operation* found = find(tx.state(), id);
    if (!found) return;
    const Operation operation = *found;
    if (operation.superseded) return supersede(tx, id);
    if (cancel_addition(tx, id)) return;
    const Message* source = tx.state().find(operation.source);
    if (source && source->upstream && given_up(id)) return;
    if (source && source->upstream) {
      transfers_[operation.kind].push_back({source->upstream, id, goes_alone(operation)});
      return;
    }
    if (operation.kind == OperationKind::move && operation.vanished_at) {
      if (!arrivals_) arrivals_.emplace(tx.state());
      const Message* like = source && source->there.known() ? source : tx.state().find(operation.target);
      MessageRef where;
      const auto answer = like ? arrivals_->find(*like, operation.seen, where) : Arrivals::Answer::none;
      // What is never told keeps it waiting for a while, not for ever.
      if (answer == Arrivals::Answer::undecided && operation.tries < most_looks) return postpone(tx, id);
      if (answer == Arrivals::Answer::found) return follow_colleague(tx, operation, where);
    }
    become_append(tx, operation);
  }

  // Each time may leave something upstream that is not what was meant.
  bool given_up(OperationId id) {
    const auto vain = work_.memory().done_in_vain.find(id);
    if (vain == work_.memory().done_in_vain.end() || vain->second < most_in_vain) return false;
    work_.memory().done_in_vain.erase(vain);  // whoever tries it again may
    park(work_.tx(), id, OperationState::parked,
         "the server says that it is done, and nothing like it is there: another message may stand in its place");
    return true;
  }

  Work& work_;
  store::MailboxId from_, to_;
  std::map<OperationKind, Transfers> transfers_;
  std::optional<Arrivals> arrivals_;
};

// UIDVALIDITY says nothing: only the very message that we know is sent on its way.
Steps<bool> keep_the_very_same(Work& work, store::MailboxId from, Transfers& batch) {
  const store::UpstreamMailbox& upstream = work.state().find(from)->upstream;
  if (!uids_are_doubtful(work, upstream)) co_return true;
  MetadataAsk question{At{upstream.name, upstream.uid_validity}, {}, Depth::sizes};
  for (const Transfer& one : batch)
    if (question.uids.empty() || question.uids.back() != one.uid) question.uids.push_back(one.uid);
  MetadataAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) co_return false;
  std::map<UpstreamUid, store::Identity> seen;
  for (const Metadata& one : answer.messages) seen[one.uid] = one.identity;
  std::erase_if(batch, [&](const Transfer& one) {
    const Operation* operation = find(work.state(), one.operation);
    const Message* row = operation ? work.state().find(operation->source) : nullptr;
    const auto found = seen.find(one.uid);
    if (row && found != seen.end() && found->second.date == row->there.date && found->second.size == row->there.size)
      return false;
    postpone(work.tx(), one.operation);
    work.pull_again(from);
    return true;
  });
  co_return !batch.empty();
}

void refused(Work& work, const Transfers& batch, TransferAsk::Verb verb, const Outcome& outcome) {
  for (const Transfer& one : batch) {
    // MOVE may have been refused half-way: it stays perhaps done until both mailboxes were looked at.
    if (refuse(work.tx(), one.operation, outcome) == Verdict::list_first) work.list_again();
    const Operation* operation = find(work.state(), one.operation);
    if (verb == TransferAsk::Verb::move && operation && !operation->parked())
      edit(work.tx(), one.operation, [](Operation& row) { row.state = OperationState::attempted; });
  }
}

// What upstream refused meanwhile of the flags that the copy was to bear is shown on the copy as well.
void keep_local_flags(store::Transaction& tx, MessageRef ref, const store::FlagSet& flags) {
  const Message* row = tx.state().find(ref);
  if (!row || flags.empty()) return;
  store::FlagSet local = tx.flags(row->local);
  local.add(flags);
  const auto kept = tx.intern(local);
  edit(tx, ref, [&](Message& one) { one.local = kept; });
}

// COPYUID settles exactly the UIDs that it names.
void settle_named(Work& work, store::MailboxId from, store::MailboxId to, const Transfers& batch,
                  TransferAsk::Verb verb, const TransferAnswer& answer) {
  store::Transaction& tx = work.tx();
  BoundUids bound = bound_uids(*tx.state().find(to));
  std::map<UpstreamUid, UpstreamUid> made(answer.uids.begin(), answer.uids.end());
  for (const Transfer& one : batch) {
    const Operation* found = find(tx.state(), one.operation);
    if (!found) continue;
    const Operation operation = *found;
    const auto pair = made.find(one.uid);
    if (pair == made.end()) {
      postpone(tx, one.operation);  // it was not there: nothing happened
      work.pull_again(from);
      continue;
    }
    const Message* source = tx.state().find(operation.source);
    if (source) {
      const Message known = *source;
      edit(tx, operation.target, [&](Message& row) {
        row.there = known.there;
        if (known.email_id) row.email_id = known.email_id;
      });
      keep_local_flags(tx, operation.target, tx.flags(known.local));
      // The copy bears the flags that its source had there, not those of when the client asked for it.
      const store::FlagSet flags = tx.flags(known.base);
      if (known.metadata) set_base(tx, operation.target, flags);
    }
    if (verb == TransferAsk::Verb::move && source) {
      forget_operations_on(tx, operation.source);
      tx.erase_message(operation.source);
    }
    landed(tx, one.operation, pair->second, bound);
  }
}

// True: answered with UIDs. Each source UID once in a command: a second copy of it goes in another.
Steps<bool> send(Work& work, store::MailboxId from, store::MailboxId to, OperationKind kind, Transfers batch) {
  if (!co_await keep_the_very_same(work, from, batch)) co_return true;
  const bool moves = kind == OperationKind::move && work.abilities().move;
  const store::UpstreamMailbox& source = work.state().find(from)->upstream;
  TransferAsk question;
  question.at = At{source.name, source.uid_validity};
  question.to = work.state().find(to)->upstream.name;
  question.verb = moves ? TransferAsk::Verb::move : TransferAsk::Verb::copy;
  const TransferAsk::Verb verb = question.verb;
  Operations carried;
  for (const Transfer& one : batch) {
    question.uids.push_back(one.uid);
    carried.push_back(one.operation);
    note_attempt(work.tx(), one.operation);
  }
  work.carry(carried);
  TransferAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  if (!answer.outcome.ok()) {
    refused(work, batch, verb, answer.outcome);
    co_return verb == TransferAsk::Verb::copy;
  }
  if (!answer.uid_validity || answer.uid_validity != work.state().find(to)->upstream.uid_validity) {
    for (OperationId id : carried) ++work.memory().done_in_vain[id];  // unless it is found
    co_return false;
  }
  settle_named(work, from, to, batch, verb, answer);
  co_return true;
}

Operations copied_moves(Work& work, store::MailboxId from) {
  const Order order(work.state());
  Operations found;
  work.state().journal.for_each([&](const Operation& operation) {
    if (operation.kind == OperationKind::move && operation.copied && operation.source.mailbox == from &&
        order.ready(operation, work.tx().now()))
      found.push_back(operation.id);
    return true;
  });
  return found;
}

Steps<bool> pull_both(Work& work, store::MailboxId from, store::MailboxId to) {
  bool pulled = true;
  if (exists_upstream(work.state(), from)) pulled = co_await pull(work, from);
  if (!pulled) co_return false;
  if (!exists_upstream(work.state(), to)) {
    work.list_again();
    co_return false;
  }
  if (from != to) pulled = co_await pull(work, to);
  co_return pulled;
}

}  // namespace

Steps<> transfer_job(Work& work, store::MailboxId from, store::MailboxId to) {
  if (!co_await pull_both(work, from, to)) co_return;
  std::erase_if(work.memory().done_in_vain, [&](const auto& one) { return !find(work.state(), one.first); });
  bool all_named = true;
  std::vector<Part> parts = Gathering(work, from, to).run();
  for (Part& part : parts) {
    if (!co_await send(work, from, to, part.kind, std::move(part.transfers))) all_named = false;
  }
  // Without COPYUID an OK proves nothing: looked up at once.
  if (!all_named) {
    if (!co_await pull_both(work, from, to)) co_return;
  }
  if (!exists_upstream(work.state(), from)) co_return;
  Operations copied = copied_moves(work, from);
  co_await push_removals(work, from, std::move(copied));
}

}  // namespace satchel::sync
