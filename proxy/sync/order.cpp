#include "proxy/sync/order.hpp"

#include "proxy/sync/edit.hpp"

namespace satchel::sync {

using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationKind;

namespace {

template <class Map, class Key>
void keep_first(Map& map, const Key& key, std::uint64_t order) {
  map.try_emplace(key, order);  // the journal is walked in order
}

bool names_a_mailbox(const Operation& operation) {
  return operation.on_mailbox() || operation.kind == OperationKind::subscribe ||
         operation.kind == OperationKind::unsubscribe;
}

}  // namespace

Order::Order(const store::AccountState& state) : state_(state) {
  state.journal.for_each([&](const Operation& operation) {
    if (operation.kind == OperationKind::create)
      creating_.try_emplace(operation.mailbox, Create{operation.id, operation.order});
    return true;
  });
  Behind behind;
  state.journal.for_each([&](const Operation& operation) {
    see(operation, behind);
    return true;
  });
}

// An operation may stand before the CREATE of its mailbox when it took over the place of one that is
// skipped (sweep.cpp). The CREATE may wait for its name, that for the end of the mailbox that has it.
// What is in that mailbox and waits for the CREATE goes up from its content when the mailbox is gone.
bool Order::waits_for_a_later_create(const Operation& operation, Behind& behind) const {
  bool waits = false;
  const Message* source = operation.source ? state_.find(operation.source) : nullptr;
  for (MessageRef ref : {operation.source, operation.target}) {
    const auto made = ref ? creating_.find(ref.mailbox) : creating_.end();
    waits |= made != creating_.end() && made->second.order > operation.order;
    waits |= ref && behind.messages.contains(ref);
  }
  if (source && operation.kind == OperationKind::expunge)
    waits |=
        behind.contents.contains(source->content) || behind.twins.contains({source->here.header, source->here.size});
  if (!waits) return false;
  for (MessageRef ref : {operation.source, operation.target}) {
    const Message* message = ref ? state_.find(ref) : nullptr;
    if (ref) behind.messages.insert(ref);
    if (!message || !operation.adds()) continue;
    behind.contents.insert(message->content);
    if (message->here.header) behind.twins.emplace(message->here.header, message->here.size);
  }
  return true;
}

void Order::see(const Operation& operation, Behind& behind) {
  // Flags that are not sent hold up nothing: they wait for a later expunge, which may wait for what they would hold up.
  if (operation.kind == OperationKind::store_flags && withheld(state_, operation)) return;
  if (!creating_.empty() && waits_for_a_later_create(operation, behind)) {
    see_addition(operation);
    return;
  }
  if (operation.source) keep_first(first_in_, operation.source.mailbox, operation.order);
  if (operation.target) keep_first(first_in_, operation.target.mailbox, operation.order);
  if (operation.mailbox) keep_first(first_in_, operation.mailbox, operation.order);
  // A subscription that upstream refuses holds up no mailbox.
  if (names_a_mailbox(operation) && (operation.on_mailbox() || !operation.parked())) {
    if (!operation.name.empty()) keep_first(first_named_, operation.name, operation.order);
    if (!operation.old_name.empty()) keep_first(first_named_, operation.old_name, operation.order);
  }
  see_addition(operation);
}

void Order::see_addition(const Operation& operation) {
  if (!operation.adds()) return;
  for (MessageRef ref : {operation.source, operation.target}) {
    const Message* message = ref ? state_.find(ref) : nullptr;
    if (!message) continue;
    keep_first(first_addition_, message->content, operation.order);
    if (message->here.header)
      keep_first(first_twin_, ContentKey{message->here.header, message->here.size}, operation.order);
  }
}

bool Order::free_on_message(const Operation& operation, MessageRef ref) const {
  if (!ref) return true;
  for (const Operation* other : state_.journal.of(ref)) {
    if (other->order >= operation.order) break;
    const bool flags = other->kind == OperationKind::store_flags && other->source == operation.source;
    // Flags are squashed together; what is expunged goes with or without them.
    if (flags && (operation.kind == OperationKind::store_flags || operation.kind == OperationKind::expunge)) continue;
    return false;
  }
  return true;
}

bool Order::additions_before(const Operation& operation) const {
  const Message* message = state_.find(operation.source);
  if (!message) return false;
  const auto same = first_addition_.find(message->content);
  if (same != first_addition_.end() && same->second < operation.order) return true;
  if (!message->here.header) return false;
  const auto twin = first_twin_.find(ContentKey{message->here.header, message->here.size});
  return twin != first_twin_.end() && twin->second < operation.order;
}

bool Order::free_on_names(const Operation& operation) const {
  for (const std::string* name : {&operation.name, &operation.old_name}) {
    if (name->empty()) continue;
    // The name itself, those above it and those below it.
    for (std::size_t end = name->size(); end != std::string::npos && end > 0;
         end = name->rfind(state_.delimiter, end - 1)) {
      const auto found = first_named_.find(name->substr(0, end));
      if (found != first_named_.end() && found->second < operation.order) return false;
    }
    const std::string below = *name + state_.delimiter;
    for (auto it = first_named_.lower_bound(below); it != first_named_.end() && it->first.starts_with(below); ++it)
      if (it->second < operation.order) return false;
  }
  return true;
}

bool Order::free(const Operation& operation) const {
  if (!free_on_message(operation, operation.source)) return false;
  // Once its copy is upstream, a move has its source alone to do with.
  if (!operation.copied && !free_on_message(operation, operation.target)) return false;
  for (MessageRef ref : {operation.source, operation.target}) {
    const auto made = ref ? creating_.find(ref.mailbox) : creating_.end();
    if (made != creating_.end() && made->second.operation != operation.id) return false;
  }
  if (operation.kind == OperationKind::expunge && additions_before(operation)) return false;
  // A mailbox begins with its CREATE, whatever order what is added to it took over from elsewhere.
  if (operation.mailbox && operation.kind != OperationKind::create) {
    const auto first = first_in_.find(operation.mailbox);
    if (first != first_in_.end() && first->second < operation.order) return false;
  }
  return !names_a_mailbox(operation) || free_on_names(operation);
}

bool Order::ready(const Operation& operation, std::int64_t now) const {
  if (operation.parked() || not_yet(operation.not_before, now)) return false;
  const Message* source = operation.source ? state_.find(operation.source) : nullptr;
  if (source && source->held) return false;
  if (!free(operation)) return false;
  if (operation.kind == OperationKind::store_flags) {
    if (!source || !source->upstream || withheld(state_, operation)) return false;
    for (const Operation* other : state_.journal.of(operation.source)) {
      if (other->kind != OperationKind::store_flags) continue;
      // An earlier one would go up after it, and undo it.
      if (other->parked() || (other->order < operation.order && not_yet(other->not_before, now))) return false;
    }
  }
  if (operation.kind == OperationKind::move && operation.vanished_at && !complete_since(state_, operation.vanished_at))
    return false;
  // Once its copy was upstream, whatever became of that, only the source is to be removed.
  return !operation.target || operation.copied || exists_upstream(state_, operation.target.mailbox);
}

bool withheld(const store::AccountState& state, const Operation& flags) {
  const Message* source = state.find(flags.source);
  const Operation* removal = source ? state.journal.find(source->hidden_by) : nullptr;
  if (!removal || removal->kind != store::OperationKind::expunge || removal->parked()) return false;
  for (const Operation* other : state.journal.of(flags.source)) {
    const bool carries = other->kind == store::OperationKind::copy || other->kind == store::OperationKind::move;
    if (carries && !other->parked() && other->source == flags.source && other->order > flags.order) return false;
  }
  return true;
}

bool complete_since(const store::AccountState& state, store::Tick moment) {
  if (!(state.list_started > moment)) return false;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->upstream.exists && mailbox->upstream.selectable && !mailbox->retired &&
        !(mailbox->upstream.pull_started > moment))
      return false;
  return true;
}

}  // namespace satchel::sync
