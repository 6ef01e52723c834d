// The end of a mailbox: deleted on both sides, or gone with nothing left to do in it.
#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

void finish_delete(store::Transaction& tx, OperationId id) {
  const Operation operation = *tx.state().journal.find(id);
  std::vector<MessageRef> all;
  tx.state().find(operation.mailbox)->messages.for_each([&](const Message& row) {
    all.push_back({operation.mailbox, row.uid});
  });
  for (MessageRef ref : all) {
    const Operation* addition = addition_of(tx.state(), ref);
    const Operation* onward = find(tx.state(), tx.state().find(ref)->hidden_by);
    // What went on from here never comes here: the stop is skipped (sweep.cpp).
    if (addition && !addition->copied && onward && onward->kind == OperationKind::move) continue;
    forget_operations_on(tx, ref);
    addition = addition_of(tx.state(), ref);
    if (addition) {
      // Nothing is left to add it to: of a move, the removal remains.
      const OperationId other = addition->id;
      const bool removal = addition->kind == OperationKind::move && (addition->copied || !addition->vanished_at);
      if (removal) {
        edit(tx, other, [](Operation& row) {
          row.kind = OperationKind::expunge;
          row.target = {};
          row.copied = false;
          row.state = OperationState::waiting;
        });
      } else {
        finish(tx, other);
      }
    }
    const Message* row = tx.state().find(ref);
    if (!row || row->visible()) continue;
    // What was on its way elsewhere is no more where it came from: it goes up from our content.
    const Operation* leaving = find(tx.state(), row->hidden_by);
    if (row->hidden_by == id || !leaving)
      tx.erase_message(ref);
    else if (leaving && leaving->kind == OperationKind::move && !addition_of(tx.state(), ref))
      gone_for_good(tx, ref);
  }
  finish(tx, id);
  tx.edit(operation.mailbox)->upstream.exists = false;
  maybe_retire(tx, operation.mailbox);
}

void maybe_retire(store::Transaction& tx, store::MailboxId id) {
  const Mailbox* mailbox = tx.state().find(id);
  if (!mailbox || mailbox->upstream.exists || mailbox->retired) return;
  if (mailbox->exists > 0 && !mailbox->deleted_here) return;
  bool pending = false;
  tx.state().journal.for_each([&](const Operation& operation) {
    pending = operation.mailbox == id || operation.target.mailbox == id || operation.source.mailbox == id;
    return !pending;
  });
  if (pending) return;
  std::vector<MessageRef> rest;
  mailbox->messages.for_each([&](const Message& row) { rest.push_back({id, row.uid}); });
  for (MessageRef ref : rest) {
    // It came after the mailbox was deleted here, and went with it.
    const Message row = *tx.state().find(ref);
    if (row.visible() && here(tx.state(), row.content)) tx.rescue(*tx.state().find(id), row);
    tx.erase_message(ref);
  }
  tx.edit(id)->retired = true;
}

}  // namespace satchel::sync
