#include "proxy/sync/undo.hpp"

#include <algorithm>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/change.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/list_job.hpp"
#include "proxy/sync/names.hpp"
#include "proxy/sync/vanish.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

// The message of this row is shown again, under a new UID; operations on it follow. What upstream dropped meanwhile is
// gone.
void show_again(store::Transaction& tx, MessageRef old) {
  const Message* found = tx.state().find(old);
  if (!found) return;
  if (!found->upstream && !found->held && !addition_of(tx.state(), old)) {
    edit(tx, old, [](Message& row) { row.hidden_by = {}; });
    gone_for_good(tx, old);
    return;
  }
  Message row = *found;
  const std::vector<OperationId> all = operations_on(tx.state(), old);
  row.hidden_by = {};
  const MessageRef fresh{old.mailbox, tx.add_message(old.mailbox, row)};  // before the old one lets go of the content
  tx.erase_message(old);
  for (OperationId id : all)
    edit(tx, id, [&](Operation& one) {
      if (one.source == old) one.source = fresh;
      if (one.target == old) one.target = fresh;
    });
  tx.refresh_flags(fresh);
}

void drop_addition(store::Transaction& tx, OperationId id);

// What stands on a message that never came to be goes with it.
void drop_made(store::Transaction& tx, MessageRef made) {
  for (OperationId id : operations_on(tx.state(), made)) {
    const Operation* other = find(tx.state(), id);
    if (!other || other->source != made) continue;
    if (other->adds())
      drop_addition(tx, id);
    else
      finish(tx, id);
  }
  const Message* row = tx.state().find(made);
  if (!row) return;
  if (here(tx.state(), row->content)) tx.rescue(*tx.state().find(made.mailbox), *row);
  tx.erase_message(made);
}

void drop_addition(store::Transaction& tx, OperationId id) {
  const Operation operation = *find(tx.state(), id);
  finish(tx, id);
  if (operation.kind == OperationKind::move && operation.copied) {
    show_again(tx, operation.source);  // the copy is upstream already: both stay
    return;
  }
  if (operation.kind == OperationKind::move) show_again(tx, operation.source);
  drop_made(tx, operation.target);
}

bool others_in(const store::AccountState& state, const Operation& operation) {
  bool others = false;
  state.journal.for_each([&](const Operation& other) {
    others |=
        other.id != operation.id && (other.mailbox == operation.mailbox || other.target.mailbox == operation.mailbox ||
                                     other.source.mailbox == operation.mailbox);
    return !others;
  });
  return others;
}

Result<> drop_on_mailbox(store::Transaction& tx, const Operation& operation) {
  if (others_in(tx.state(), operation))
    return fail(ErrorCode::refused, "Other operations in this mailbox wait as well: drop those first.");
  if (operation.kind == OperationKind::delete_mailbox) {
    undelete(tx, operation.id, operation.name);
  } else if (operation.kind == OperationKind::rename) {
    std::string name = free_name(tx.state(), operation.old_name, operation.mailbox);
    tx.edit(operation.mailbox)->name = std::move(name);
    finish(tx, operation.id);
  } else {
    finish(tx, operation.id);
    tx.edit(operation.mailbox)->deleted_here = true;
    maybe_retire(tx, operation.mailbox);
  }
  return {};
}

void again(store::Transaction& tx, OperationId id) {
  edit(tx, id, [](Operation& row) {
    row.state = row.state == OperationState::parked_perhaps ? OperationState::attempted : OperationState::waiting;
    row.tries = 0;
    row.not_before = 0;
    row.why.clear();
  });
}

void put_back(store::Transaction& tx, MessageRef ref) {
  const std::uint64_t place = place_before(tx.state(), ref);
  edit(tx, ref, [](Message& row) {
    row.held = false;
    row.there = {};
    row.email_id = 0;
  });
  Operation append;
  append.kind = OperationKind::append;
  append.target = ref;
  const OperationId id = tx.add_operation(append);
  edit(tx, id, [&](Operation& row) {
    // It may be there again, or never have gone: it is looked for before it is sent.
    row.state = OperationState::attempted;
    if (place) row.order = place;  // its append goes before what waits on the message
  });
}

}  // namespace

std::uint64_t retry(store::Transaction& tx, OperationId id) {
  std::vector<OperationId> parked;
  tx.state().journal.for_each([&](const Operation& operation) {
    if (operation.parked() && (!id || operation.id == id)) parked.push_back(operation.id);
    return true;
  });
  for (OperationId one : parked) again(tx, one);
  return parked.size();
}

Result<> drop(store::Transaction& tx, OperationId id) {
  const Operation* found = find(tx.state(), id);
  if (!found) return fail(ErrorCode::not_found, "There is no such operation: 'satchel journal list' shows them.");
  const Operation operation = *found;
  if (operation.state == OperationState::attempted)
    return fail(ErrorCode::refused, "It is perhaps done upstream, and is looked up first: try again when it was.");
  switch (operation.kind) {
    case OperationKind::store_flags:
      finish(tx, id);
      return {};
    case OperationKind::subscribe:
    case OperationKind::unsubscribe:
      finish(tx, id);
      refresh_subscription(tx, operation.name, std::nullopt);
      return {};
    case OperationKind::append:
    case OperationKind::copy:
    case OperationKind::move:
      drop_addition(tx, id);
      return {};
    case OperationKind::expunge:
      finish(tx, id);
      show_again(tx, operation.source);
      return {};
    case OperationKind::create:
    case OperationKind::rename:
    case OperationKind::delete_mailbox:
      break;
  }
  return drop_on_mailbox(tx, operation);
}

std::uint64_t held_messages(const store::AccountState& state) {
  std::uint64_t held = 0;
  for (const auto& [id, mailbox] : state.mailboxes)
    mailbox->messages.for_each([&held](const store::Message& row) { held += row.held ? 1 : 0; });
  return held;
}

std::uint64_t decide(store::Transaction& tx, store::MailboxId mailbox, Held decision) {
  const Mailbox* found = tx.state().find(mailbox);
  if (!found) return 0;
  std::vector<Uid> held;
  found->messages.for_each([&](const Message& row) {
    if (row.held) held.push_back(row.uid);
  });
  const Arrivals arrivals(tx.state());
  const store::Tick seen = found->guard.seen;
  for (Uid uid : held) {
    const MessageRef ref{mailbox, uid};
    const Message row = *tx.state().find(ref);
    MessageRef where;
    const bool there = arrivals.find(row, seen, where) == Arrivals::Answer::found;  // again, under another UID
    if (decision == Held::put_back && row.visible() && here(tx.state(), row.content) && !there) {
      put_back(tx, ref);
    } else {
      edit(tx, ref, [](Message& message) { message.held = false; });
      gone_for_good(tx, ref);
    }
  }
  tx.edit(mailbox)->guard = {};
  maybe_retire(tx, mailbox);
  return held.size();
}

}  // namespace satchel::sync
