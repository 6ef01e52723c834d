#include "proxy/sync/edit.hpp"

namespace satchel::sync {

using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;

std::vector<OperationId> operations_on(const store::AccountState& state, MessageRef ref) {
  std::vector<OperationId> ids;
  for (const Operation* operation : state.journal.of(ref)) ids.push_back(operation->id);
  return ids;
}

const Operation* addition_of(const store::AccountState& state, MessageRef ref) {
  if (!ref) return nullptr;
  for (const Operation* operation : state.journal.of(ref))
    if (operation->adds() && operation->target == ref) return operation;
  return nullptr;
}

bool contents_missing(const store::AccountState& state, store::MailboxId id) {
  bool missing = false;
  state.find(id)->messages.for_each([&](const Message& row) {
    missing = row.upstream && !here(state, row.content);
    return !missing;
  });
  return missing;
}

std::uint64_t place_before(const store::AccountState& state, MessageRef ref) {
  std::uint64_t first = 0;
  for (const Operation* waiting : state.journal.of(ref))
    if (waiting->source == ref && (!first || waiting->order < first)) first = waiting->order;
  return first ? first - 1 : 0;
}

void finish(store::Transaction& tx, OperationId id) {
  const Operation* operation = tx.state().journal.find(id);
  if (!operation) return;
  const MessageRef source = operation->source;
  const bool flags = operation->kind == OperationKind::store_flags;
  tx.erase_operation(id);
  if (flags && tx.state().find(source)) tx.refresh_flags(source);
}

void park(store::Transaction& tx, OperationId id, store::OperationState state, std::string why) {
  edit(tx, id, [&](Operation& operation) {
    operation.state = state;
    operation.why = std::move(why);
  });
}

void set_base(store::Transaction& tx, MessageRef ref, const store::FlagSet& flags) {
  const Message* row = tx.state().find(ref);
  if (!row) return;
  // What upstream bears it does not refuse (any more).
  store::FlagSet local = tx.flags(row->local);
  local.remove(flags);
  Message copy = *row;
  copy.base = tx.intern(flags);
  copy.local = tx.intern(local);
  if (row->base == copy.base && row->local == copy.local) return;
  tx.put_message(ref.mailbox, copy);
  tx.refresh_flags(ref);
}

}  // namespace satchel::sync
