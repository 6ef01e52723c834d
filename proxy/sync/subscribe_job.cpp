// Subscribe and unsubscribe: only the last act for a name goes up.
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/list_job.hpp"
#include "proxy/sync/names.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::Operation;
using store::OperationId;
using store::OperationKind;

namespace {

bool answered_later(const store::AccountState& state, const Operation& operation) {
  bool found = false;
  state.journal.for_each([&](const Operation& other) {
    const bool subscribes = other.kind == OperationKind::subscribe || other.kind == OperationKind::unsubscribe;
    found = subscribes && other.order > operation.order && other.name == operation.name;
    return !found;
  });
  return found;
}

bool subscribed_upstream(const store::AccountState& state, const std::string& name) {
  const auto known = state.subscriptions.find(name);
  return known != state.subscriptions.end() && known->second.base;
}

// This one, and those before it for the name, which were refused: the last act counts.
void finish_all_up_to(store::Transaction& tx, const Operation& last) {
  std::vector<OperationId> over;
  tx.state().journal.for_each([&](const Operation& other) {
    const bool subscribes = other.kind == OperationKind::subscribe || other.kind == OperationKind::unsubscribe;
    if (subscribes && other.order <= last.order && other.name == last.name) over.push_back(other.id);
    return true;
  });
  for (OperationId id : over) finish(tx, id);
}

const store::Mailbox* named_then(const store::AccountState& state, const Operation& operation) {
  for (const auto& [id, name] : names_at(state, operation.order))
    if (name == operation.name) return state.find(id);
  return nullptr;
}

// The name is another mailbox's by now, which is shown as subscribed: that one is to be.
bool for_the_next(store::Transaction& tx, const Operation& operation, const store::Mailbox* then) {
  for (const auto& [id, mailbox] : tx.state().mailboxes) {
    if (!mailbox->live() || mailbox->name != operation.name || (then && then->id == id)) continue;
    Operation again;
    again.kind = OperationKind::subscribe;
    again.name = operation.name;
    const OperationId done = operation.id;
    tx.add_operation(std::move(again));
    finish(tx, done);
    return true;
  }
  return false;
}

}  // namespace

Steps<> subscribe_job(Work& work, OperationId id) {
  const Operation* operation = find(work.state(), id);
  if (!operation) co_return;
  const std::string name = operation->name;
  const bool on = operation->kind == OperationKind::subscribe;
  if (answered_later(work.state(), *operation)) {  // only the last act for a name goes up
    finish(work.tx(), id);
    co_return;
  }
  std::string wire = wire_name(name, work.abilities(), work.state().delimiter);
  const store::Mailbox* mailbox = named_then(work.state(), *operation);
  const bool there = mailbox && mailbox->upstream.exists;
  if (there) wire = mailbox->upstream.name;
  if (on && !there && for_the_next(work.tx(), *operation, mailbox)) co_return;
  if (on && !there) {  // made and deleted here meanwhile: there is nothing to subscribe upstream
    finish(work.tx(), id);
    refresh_subscription(work.tx(), name, std::nullopt);
    co_return;
  }
  PlainAnswer answer;
  work.carry({id});
  if (on) {
    SubscribeAsk question{std::move(wire)};
    answer = co_await work.ask(std::move(question));
  } else {
    UnsubscribeAsk question{std::move(wire)};
    answer = co_await work.ask(std::move(question));
  }
  work.carry({});
  if (!find(work.state(), id)) co_return;
  if (!answer.outcome.ok()) {
    const Verdict refusal = refuse(work.tx(), id, answer.outcome);
    if (refusal == Verdict::later) co_return;
    // Where the mailbox is not there, upstream keeps no subscription for it: we do. Where there was nothing to
    // unsubscribe, a refusal is over; else it is parked.
    if (refusal != Verdict::list_first && (on || (there && subscribed_upstream(work.state(), name)))) co_return;
  }
  finish_all_up_to(work.tx(), *find(work.state(), id));
  refresh_subscription(work.tx(), name, store::Subscription{on, on});
}

}  // namespace satchel::sync
