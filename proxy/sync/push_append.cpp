#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/push.hpp"
#include "proxy/sync/sweep.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

// False: it does not go out (cancelled, found done, parked).
bool may_append(Work& work, OperationId id) {
  store::Transaction& tx = work.tx();
  const Operation* operation = find(tx.state(), id);
  if (!operation || operation->kind != OperationKind::append || operation->state != OperationState::waiting)
    return false;
  if (operation->superseded) {
    supersede(tx, id);
    return false;
  }
  if (cancel_addition(tx, id)) return false;
  const Message* row = tx.state().find(operation->target);
  if (!row) {
    finish(tx, id);
    return false;
  }
  if (!here(tx.state(), row->content)) {
    park(tx, id, OperationState::parked, "its content is not here, and the message it came from is gone upstream");
    return false;
  }
  const std::uint64_t limit = work.abilities().append_limit;
  if (limit && row->here.size > limit) {
    park(tx, id, OperationState::parked, "it is larger than what the server accepts");
    return false;
  }
  return true;
}

bool anything_unmeasured(const Mailbox& mailbox) {
  bool found = false;
  mailbox.messages.for_each([&](const Message& row) {
    found = row.upstream && (!row.metadata || (!row.there.date && !row.there.size));
    return !found;
  });
  return found;
}

}  // namespace

BoundUids bound_uids(const Mailbox& mailbox) {
  BoundUids bound;
  mailbox.messages.for_each([&](const Message& row) {
    if (row.upstream) bound.emplace(row.upstream, row.uid);
  });
  return bound;
}

void note_attempt(store::Transaction& tx, OperationId id) {
  const Operation& operation = *tx.state().journal.find(id);
  const store::UpstreamMailbox& upstream = tx.state().find(operation.target.mailbox)->upstream;
  edit(tx, id, [&](Operation& row) {
    row.state = OperationState::attempted;
    row.uid_next_attempt = upstream.uid_next;
    row.uid_validity_attempt = upstream.uid_validity;
    row.not_before = 0;
  });
}

void landed(store::Transaction& tx, OperationId id, UpstreamUid uid, BoundUids& bound) {
  const MessageRef target = tx.state().journal.find(id)->target;
  const auto other = bound.find(uid);
  if (other == bound.end() || other->second == target.uid) {
    bind(tx, target, uid, Found::by_push);
    bound[uid] = target.uid;
    added(tx, id);
    return;
  }
  const MessageRef there{target.mailbox, other->second};
  added(tx, id);
  if (!tx.state().find(there) || !tx.state().find(target)) return;
  merge(tx, there, target);
  bound[uid] = tx.state().find(there) ? there.uid : target.uid;
}

Steps<> push_appends(Work& work, store::MailboxId id, Operations operations) {
  if (operations.empty()) co_return;
  BoundUids bound = bound_uids(*work.state().find(id));
  bool measure = false;
  for (OperationId operation : operations) {
    if (!may_append(work, operation)) continue;
    note_attempt(work.tx(), operation);
    forget_there(work.tx(), work.state().journal.find(operation)->target);
    const Mailbox& mailbox = *work.state().find(id);
    const Message& row = *work.state().find(work.state().journal.find(operation)->target);
    AppendAsk question{mailbox.upstream.name, row.content, work.tx().flags(row.base), row.here.date, row.zone};
    work.carry({operation});
    AppendAnswer answer = co_await work.ask(std::move(question));
    work.carry({});
    if (!find(work.state(), operation)) continue;
    if (!answer.outcome.ok()) {
      if (refuse(work.tx(), operation, answer.outcome) == Verdict::list_first) {
        work.list_again();
        break;
      }
      continue;
    }
    if (answer.uid && answer.uid_validity == work.state().find(id)->upstream.uid_validity) {
      landed(work.tx(), operation, answer.uid, bound);
      measure = true;
    } else {
      // Done; which UID it has the next pull finds.
      edit(work.tx(), operation, [](Operation& one) { one.surely = true; });
      work.pull_again(id);
    }
  }
  if (!measure) co_return;
  // What was bound is measured before the lane is left; what somebody took away by then, the next pull misses.
  co_await measure_all(work, id);
  if (anything_unmeasured(*work.state().find(id))) work.pull_again(id);
}

}  // namespace satchel::sync
