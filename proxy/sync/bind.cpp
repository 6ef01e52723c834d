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

namespace {

void erase_row(store::Transaction& tx, MessageRef ref) {
  if (tx.state().find(ref)) tx.erase_message(ref);
}

// Every operation on `from` is about `to` now.
void move_reference(store::Transaction& tx, OperationId id, MessageRef from, MessageRef to) {
  edit(tx, id, [&](Operation& row) {
    if (row.source == from) row.source = to;
    if (row.target == from) row.target = to;
  });
}

// What a copy or move of it makes looks like it: that is how it is found again.
void tell_transfers(store::Transaction& tx, MessageRef ref, const Message& source) {
  for (OperationId id : operations_on(tx.state(), ref)) {
    const Operation* operation = tx.state().journal.find(id);
    if (operation->source != ref || !operation->adds()) continue;
    const Message* target = tx.state().find(operation->target);
    if (!target || target->there.known()) continue;
    edit(tx, operation->target, [&](Message& row) {
      row.there = source.there;
      row.email_id = source.email_id;
    });
  }
}

}  // namespace

void bind(store::Transaction& tx, MessageRef ref, UpstreamUid uid, Found how) {
  edit(tx, ref, [&](Message& row) {
    row.upstream = uid;
    if (how == Found::by_push) row.own = true;
  });
}

void unbind(store::Transaction& tx, MessageRef ref) {
  edit(tx, ref, [](Message& row) { row.upstream = UpstreamUid{}; });
}

void measure(store::Transaction& tx, MessageRef ref, const Metadata& metadata) {
  const Message* found = tx.state().find(ref);
  if (!found) return;
  Message row = *found;
  const bool first = !row.metadata;
  const store::Identity& seen = metadata.identity;
  row.there.date = seen.date;
  row.there.size = seen.size;
  if (seen.known()) {
    row.there.message_id = seen.message_id;
    row.there.header = seen.header;
  }
  if (metadata.email_id) row.email_id = metadata.email_id;
  if (first) {
    row.here.date = seen.date;
    row.here.size = seen.size;
    row.zone = metadata.zone;
    row.metadata = true;
  }
  if (seen.known() && !row.here.known()) {
    row.here.message_id = seen.message_id;
    row.here.header = seen.header;
  }
  const bool altered = row.own && row.here.known() && row.there.known() && row.here != row.there;
  const bool header = seen.known() && !row.header && !metadata.summary.envelope.empty();
  if (header) row.header = true;
  tx.put_message(ref.mailbox, row);
  if (row.there.known()) tell_transfers(tx, ref, row);
  if (header && tx.state().missing.contains(row.content)) tx.attach_header(row.content, metadata.summary);
  if (altered) tx.set_upstream_alters();
  set_base(tx, ref, metadata.flags);
}

void forget_there(store::Transaction& tx, MessageRef ref) {
  std::vector<MessageRef> open{ref};
  while (!open.empty()) {
    const MessageRef made = open.back();
    open.pop_back();
    const Message* row = tx.state().find(made);
    if (!row || row->upstream) continue;
    if (row->there != store::Identity{} || row->email_id)
      edit(tx, made, [](Message& message) {
        message.there = {};
        message.email_id = 0;
      });
    for (OperationId id : operations_on(tx.state(), made)) {
      const Operation* operation = tx.state().journal.find(id);
      if (operation->adds() && operation->source == made) open.push_back(operation->target);
    }
  }
}

void share_content(store::Transaction& tx, MessageRef ref, const Message& found) {
  const Message* first = tx.state().find(ref);
  if (!first || !tx.state().missing.contains(first->content) || first->content == found.content) return;
  if (first->header && !found.header) return;  // the header is kept under the number
  const store::ContentNumber old = first->content;
  std::vector<MessageRef> open{ref};
  while (!open.empty()) {
    const MessageRef one = open.back();
    open.pop_back();
    const Message* row = tx.state().find(one);
    if (!row || row->content != old) continue;
    edit(tx, one, [&](Message& message) {
      message.content = found.content;
      if (message.header && message.metadata) return;
      message.here = found.here;
      message.zone = found.zone;
      message.metadata = found.metadata;
      message.header = found.header;
    });
    for (OperationId id : operations_on(tx.state(), one)) {
      const Operation* operation = tx.state().journal.find(id);
      if (operation->adds() && operation->source == one) open.push_back(operation->target);
    }
  }
}

void merge(store::Transaction& tx, MessageRef there, MessageRef made) {
  const Message old = *tx.state().find(there);
  const Message fresh = *tx.state().find(made);
  const bool keep_old = old.visible();
  const MessageRef keep = keep_old ? there : made;
  const MessageRef lose = keep_old ? made : there;
  for (OperationId id : operations_on(tx.state(), lose)) {
    const Operation operation = *tx.state().journal.find(id);
    const bool on_it = operation.source == lose;
    if (operation.kind == OperationKind::expunge && on_it) {
      finish(tx, id);  // a removal ends while the other lives
    } else if (operation.kind == OperationKind::move && on_it && operation.copied) {
      finish(tx, id);
    } else if (operation.kind == OperationKind::move && on_it && tx.state().find(lose)->hidden_by == id) {
      edit(tx, id, [&](Operation& row) {
        row.kind = OperationKind::copy;
        row.source = keep;
      });
    } else {
      move_reference(tx, id, lose, keep);
    }
  }
  const UpstreamUid uid = old.upstream;
  const Message& other = keep_old ? fresh : old;
  if (here(tx.state(), other.content)) share_content(tx, keep, other);
  erase_row(tx, lose);
  edit(tx, keep, [&](Message& row) {
    row.upstream = uid;
    row.base = old.base;
    if (!row.there.known()) row.there = other.there;
  });
  tx.refresh_flags(keep);
}

void added(store::Transaction& tx, OperationId id) {
  const Operation operation = *tx.state().journal.find(id);
  if (operation.kind != OperationKind::move) return finish(tx, id);
  edit(tx, id, [](Operation& row) {
    row.copied = true;
    row.state = OperationState::waiting;
    row.tries = 0;
    row.not_before = 0;
  });
  if (bound(tx.state(), operation.source)) return;
  if (const Operation* first = addition_of(tx.state(), operation.source)) {
    // Later found done: the earlier one is looked up, never sent again.
    edit(tx, first->id, [](Operation& row) { row.superseded = true; });
    return;
  }
  finish(tx, id);
  erase_row(tx, operation.source);
}

void supersede(store::Transaction& tx, OperationId id) {
  const Operation operation = *tx.state().journal.find(id);
  const Message* made = tx.state().find(operation.target);
  const Operation* next = made ? find(tx.state(), made->hidden_by) : nullptr;
  const MessageRef onward = next ? next->target : MessageRef{};
  for (OperationId other : operations_on(tx.state(), operation.target)) {
    const Operation* row = tx.state().journal.find(other);
    if (row->kind != OperationKind::store_flags) continue;
    if (onward) {
      move_reference(tx, other, operation.target, onward);
    } else {
      finish(tx, other);
    }
  }
  erase_row(tx, operation.target);
  if (onward && tx.state().find(onward)) tx.refresh_flags(onward);
  const Operation* before = operation.kind == OperationKind::move ? addition_of(tx.state(), operation.source) : nullptr;
  if (before) edit(tx, before->id, [](Operation& row) { row.superseded = true; });
  if (operation.kind == OperationKind::move && (before || bound(tx.state(), operation.source))) {
    edit(tx, id, [](Operation& row) {
      row.copied = true;
      row.state = OperationState::waiting;
    });
  } else {
    finish(tx, id);
  }
}

void gone_for_good(store::Transaction& tx, MessageRef ref) {
  const Message* found = tx.state().find(ref);
  if (!found) return;
  const OperationId hidden_by = found->hidden_by;
  for (OperationId id : operations_on(tx.state(), ref)) {
    const Operation operation = *tx.state().journal.find(id);
    if (operation.source != ref) continue;
    if (operation.kind == OperationKind::store_flags || operation.kind == OperationKind::expunge) {
      finish(tx, id);
    } else if (operation.kind == OperationKind::move && hidden_by == id) {
      if (operation.copied || bound(tx.state(), operation.target)) {
        finish(tx, id);
      } else if (!operation.vanished_at) {
        edit(tx, id, [&](Operation& row) {
          row.vanished_at = tx.state().tick;
          row.seen = tx.state().find(ref.mailbox)->upstream.previous_pull_started;
        });
      }
    }
  }
  const Mailbox& mailbox = *tx.state().find(ref.mailbox);
  Message row = *mailbox.messages.find(ref.uid);
  row.upstream = UpstreamUid{};
  if (row.visible() && here(tx.state(), row.content)) tx.rescue(mailbox, row);
  erase_row(tx, ref);
}

void forget_operations_on(store::Transaction& tx, MessageRef ref) {
  for (OperationId id : operations_on(tx.state(), ref)) {
    const Operation* row = tx.state().journal.find(id);
    if (row->source == ref && (row->kind == OperationKind::store_flags || row->kind == OperationKind::expunge))
      finish(tx, id);
  }
}

}  // namespace satchel::sync
