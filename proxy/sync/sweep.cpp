#include "proxy/sync/sweep.hpp"

#include <set>
#include <vector>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"

namespace satchel::sync {

using store::AccountState;
using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

struct Sweep {
  enum class Kind : std::uint8_t { cancel, hop, stand_elsewhere, forget, nothing_to_remove, retire, finish_delete };
  Kind kind;
  OperationId operation;
  MailboxId mailbox;
};

// The operation that removed what `addition` makes; null while it is wanted.
const Operation* removal_of(const AccountState& state, const Operation& addition) {
  const Message* made = state.find(addition.target);
  return made ? find(state, made->hidden_by) : nullptr;
}

bool removes_for_good(const Operation* removal) {
  return removal && (removal->kind == OperationKind::expunge || removal->kind == OperationKind::delete_mailbox);
}

bool others_stand_on(const AccountState& state, const Operation& addition) {
  for (const Operation* other : state.journal.of(addition.target))
    if (other->id != addition.id && other->adds() && other->source == addition.target) return true;
  return false;
}

class Finder {
 public:
  explicit Finder(const AccountState& state) : state_(state) {
    state.journal.for_each([&](const Operation& operation) {
      if (operation.kind == OperationKind::create) creating_.insert(operation.mailbox);
      if (operation.target) targets_.insert(operation.target.mailbox);
      if (operation.source) sources_.insert(operation.source.mailbox);
      if (operation.mailbox) named_.insert(operation.mailbox);
      return true;
    });
  }

  std::vector<Sweep> all() const {
    std::vector<Sweep> found;
    state_.journal.for_each([&](const Operation& operation) {
      if (const auto one = look(operation)) found.push_back(*one);
      return true;
    });
    for (const auto& [id, mailbox] : state_.mailboxes)
      if (can_retire(*mailbox)) found.push_back({Sweep::Kind::retire, {}, id});
    return found;
  }

 private:
  std::optional<Sweep> look(const Operation& operation) const {
    if (operation.adds() && !operation.copied) return look_at_addition(operation);
    if (operation.kind == OperationKind::store_flags && without_object(operation))
      return Sweep{Sweep::Kind::forget, operation.id, {}};
    const bool removes = operation.kind == OperationKind::expunge || operation.copied;
    if (removes && source_is_no_more(operation)) return Sweep{Sweep::Kind::nothing_to_remove, operation.id, {}};
    if (operation.kind == OperationKind::delete_mailbox && !exists_upstream(state_, operation.mailbox) &&
        !targets_.contains(operation.mailbox) && !create_is_perhaps_done(operation.mailbox))
      return Sweep{Sweep::Kind::finish_delete, operation.id, operation.mailbox};
    return std::nullopt;
  }

  std::optional<Sweep> look_at_addition(const Operation& operation) const {
    const Operation* removal = removal_of(state_, operation);
    if (!removal) return std::nullopt;
    const Mailbox* mailbox = state_.find(operation.target.mailbox);
    const bool nowhere = !mailbox->upstream.exists && !creating_.contains(mailbox->id);
    const bool gone = !mailbox->upstream.exists && mailbox->deleted_here;
    const bool unsent =
        operation.state != OperationState::attempted && operation.state != OperationState::parked_perhaps;
    if (removes_for_good(removal)) {
      if ((unsent || nowhere) && !others_stand_on(state_, operation))
        return Sweep{Sweep::Kind::cancel, operation.id, {}};
      if (gone && others_stand_on(state_, operation)) return Sweep{Sweep::Kind::stand_elsewhere, operation.id, {}};
    } else if (removal->kind == OperationKind::move && gone) {
      return Sweep{Sweep::Kind::hop, operation.id, {}};
    }
    return std::nullopt;
  }

  bool without_object(const Operation& operation) const {
    const Message* row = state_.find(operation.source);
    if (!row) return true;
    return !row->visible() && !row->upstream && !row->held && !addition_of(state_, operation.source);
  }

  // The mailbox went, and took along what was still to be removed from it.
  bool source_is_no_more(const Operation& operation) const {
    if (exists_upstream(state_, operation.source.mailbox)) return false;
    const Message* row = state_.find(operation.source);
    return !row || (!row->visible() && !row->upstream && !row->held && !addition_of(state_, operation.source));
  }

  bool create_is_perhaps_done(MailboxId id) const {
    if (!creating_.contains(id)) return false;
    bool perhaps = false;
    state_.journal.for_each([&](const Operation& operation) {
      perhaps |= operation.kind == OperationKind::create && operation.mailbox == id &&
                 operation.state == OperationState::attempted;
      return true;
    });
    return perhaps;
  }

  bool can_retire(const Mailbox& mailbox) const {
    if (mailbox.retired || mailbox.upstream.exists) return false;
    if (mailbox.exists > 0 && !mailbox.deleted_here) return false;
    return !targets_.contains(mailbox.id) && !sources_.contains(mailbox.id) && !named_.contains(mailbox.id);
  }

  const AccountState& state_;
  std::set<MailboxId> creating_, targets_, sources_, named_;
};

// The copy will bear the flags that its source has by then: those that clients saw on it follow at once.
void keep_flags(store::Transaction& tx, OperationId copy) {
  const Operation operation = *tx.state().journal.find(copy);
  const Message* source = tx.state().find(operation.source);
  const Message* target = tx.state().find(operation.target);
  if (!source || !target) return;
  store::FlagSet there = tx.flags(source->base);
  for (const Operation* other : tx.state().journal.of(operation.source)) {
    if (other->kind != OperationKind::store_flags || other->order > operation.order) continue;
    there.add(other->add);
    there.remove(other->remove);
  }
  Operation correction;
  correction.kind = OperationKind::store_flags;
  correction.source = operation.target;
  correction.add = tx.flags(target->base);
  correction.add.remove(there);
  correction.remove = there;
  correction.remove.remove(tx.flags(target->base));
  if (correction.add.empty() && correction.remove.empty()) return;
  const OperationId id = tx.add_operation(std::move(correction));
  std::uint64_t order = operation.order;
  tx.state().journal.for_each([&](const Operation& other) {
    order += other.order == order ? 1 : 0;
    return other.order <= order;
  });
  edit(tx, id, [&](Operation& row) { row.order = order; });
}

// The stop never was: what left it leaves from where it had come.
void skip_stop(store::Transaction& tx, OperationId id) {
  const Operation stop = *tx.state().journal.find(id);
  const Operation next = *removal_of(tx.state(), stop);
  for (OperationId other : operations_on(tx.state(), stop.target)) {
    const Operation standing = *tx.state().journal.find(other);
    if (other == id || other == next.id || standing.source != stop.target) continue;
    const bool follows = standing.kind == OperationKind::store_flags || !stop.source;
    edit(tx, other, [&](Operation& row) { row.source = follows ? next.target : stop.source; });
    if (!follows) keep_flags(tx, other);
  }
  edit(tx, next.id, [&](Operation& row) {
    row.vanished_at = stop.vanished_at;
    row.seen = stop.seen;
    row.source = stop.source;
    if (stop.kind == OperationKind::copy) row.kind = OperationKind::copy;
    if (stop.kind != OperationKind::append) return;
    row.kind = OperationKind::append;
    row.copied = false;
  });
  if (stop.kind == OperationKind::move) edit(tx, stop.source, [&](Message& row) { row.hidden_by = next.id; });
  // It goes with the flags that it came to the stop with: those given there follow, after what was copied before them.
  const Message* there = tx.state().find(stop.target);
  if (there && tx.state().find(next.target) && !bound(tx.state(), next.target))
    edit(tx, next.target, [base = there->base](Message& row) { row.base = base; });
  tx.erase_message(stop.target);
  finish(tx, id);
  // It goes when the stop would have gone: before what was done to the message at the stop.
  edit(tx, next.id, [&](Operation& row) { row.order = stop.order; });
  const bool added_already = stop.kind == OperationKind::append && bound(tx.state(), next.target);
  if (added_already || (stop.kind == OperationKind::copy && next.copied)) finish(tx, next.id);
  if (tx.state().find(next.target)) tx.refresh_flags(next.target);
}

// Copies of what is removed again start where it came from.
void stand_elsewhere(store::Transaction& tx, OperationId id) {
  const Operation stop = *tx.state().journal.find(id);
  for (OperationId other : operations_on(tx.state(), stop.target)) {
    const Operation copy = *tx.state().journal.find(other);
    if (other == id || copy.source != stop.target || !copy.adds()) continue;
    edit(tx, other, [&](Operation& row) {
      row.source = stop.source;
      if (!row.source) row.kind = OperationKind::append;
    });
    if (stop.source) keep_flags(tx, other);
  }
  cancel_addition(tx, id);
}

void apply(store::Transaction& tx, const Sweep& one) {
  if (one.operation && !tx.state().journal.find(one.operation)) return;
  switch (one.kind) {
    case Sweep::Kind::cancel:
      cancel_addition(tx, one.operation);
      break;
    case Sweep::Kind::hop:
      if (removal_of(tx.state(), *tx.state().journal.find(one.operation))) skip_stop(tx, one.operation);
      break;
    case Sweep::Kind::stand_elsewhere:
      stand_elsewhere(tx, one.operation);
      break;
    case Sweep::Kind::forget:
      finish(tx, one.operation);
      break;
    case Sweep::Kind::nothing_to_remove: {
      const MessageRef source = tx.state().journal.find(one.operation)->source;
      finish(tx, one.operation);
      forget_operations_on(tx, source);
      if (tx.state().find(source)) tx.erase_message(source);
      break;
    }
    case Sweep::Kind::retire:
      maybe_retire(tx, one.mailbox);
      break;
    case Sweep::Kind::finish_delete: {
      std::vector<OperationId> creates;
      tx.state().journal.for_each([&](const Operation& row) {
        if (row.kind == OperationKind::create && row.mailbox == one.mailbox) creates.push_back(row.id);
        return true;
      });
      for (OperationId id : creates) finish(tx, id);
      finish_delete(tx, one.operation);
      break;
    }
  }
}

}  // namespace

bool cancel_addition(store::Transaction& tx, OperationId id) {
  const Operation operation = *tx.state().journal.find(id);
  if (!removes_for_good(removal_of(tx.state(), operation)) || others_stand_on(tx.state(), operation)) return false;
  forget_operations_on(tx, operation.target);
  tx.erase_message(operation.target);
  const Message* source = operation.source ? tx.state().find(operation.source) : nullptr;
  const bool source_there =
      source && (source->upstream || source->held ||
                 (!operation.vanished_at && addition_of(tx.state(), operation.source) != nullptr));
  if (operation.kind != OperationKind::move || !source_there) {
    finish(tx, id);
    return true;
  }
  edit(tx, id, [](Operation& row) {
    row.kind = OperationKind::expunge;
    row.target = {};
    row.state = OperationState::waiting;
  });
  return true;
}

bool anything_to_sweep(const AccountState& state) {
  return !Finder(state).all().empty();
}

void sweep(store::Transaction& tx) {
  constexpr int most_rounds = 100;  // each ends at least one operation
  for (int round = 0; round < most_rounds; ++round) {
    const std::vector<Sweep> found = Finder(tx.state()).all();
    if (found.empty()) return;
    for (const Sweep& one : found) apply(tx, one);
  }
}

}  // namespace satchel::sync
