// Small steps on rows that every part of the synchroniser takes: read, change, write back. Inside
// a transaction only.
#pragma once

#include <optional>
#include <vector>

#include "store/transaction.hpp"

namespace satchel::sync {

template <class Change>
bool edit(store::Transaction& tx, store::OperationId id, Change&& change) {
  const store::Operation* row = tx.state().journal.find(id);
  if (!row) return false;
  store::Operation copy = *row;
  change(copy);
  tx.put_operation(copy);
  return true;
}

template <class Change>
bool edit(store::Transaction& tx, store::MessageRef ref, Change&& change) {
  const store::Message* row = tx.state().find(ref);
  if (!row) return false;
  store::Message copy = *row;
  change(copy);
  tx.put_message(ref.mailbox, copy);
  return true;
}

inline const store::Operation* find(const store::AccountState& state, store::OperationId id) {
  return id ? state.journal.find(id) : nullptr;
}

// Identity::message_id of a message without that field: agreeing in it says nothing.
constexpr std::uint64_t no_message_id = 1;

// No pause is longer (seconds).
constexpr std::int64_t longest_pause = 6 * 3600;

// Whether it is still to be waited for that moment (seconds since 1970). One that is further off than any pause
// lasts was noted under a clock that was wrong.
inline bool not_yet(std::int64_t when, std::int64_t now, std::int64_t longest = longest_pause) {
  return when > now && when - now <= longest;
}

// Bound to a message upstream.
inline bool bound(const store::AccountState& state, store::MessageRef ref) {
  const store::Message* message = ref ? state.find(ref) : nullptr;
  return message && message->upstream;
}

inline bool here(const store::AccountState& state, store::ContentNumber content) {
  return content && !state.missing.contains(content);
}

// An Operation::order right before all that waits on this message (between two operations are 2^16 places); 0: nothing
// does.
std::uint64_t place_before(const store::AccountState& state, store::MessageRef ref);

// Of what is upstream in a mailbox some content is not here.
bool contents_missing(const store::AccountState& state, store::MailboxId id);

inline bool exists_upstream(const store::AccountState& state, store::MailboxId id) {
  const store::Mailbox* mailbox = state.find(id);
  return mailbox && mailbox->upstream.exists && !mailbox->retired;
}

// Numbers of the operations on `ref`, in order: safe to walk while the journal changes.
std::vector<store::OperationId> operations_on(const store::AccountState& state, store::MessageRef ref);
// The unsettled operation that makes the message `ref`, if there is one.
const store::Operation* addition_of(const store::AccountState& state, store::MessageRef ref);

// Takes an operation out of the journal; the flags of its message follow.
void finish(store::Transaction& tx, store::OperationId id);
// Parks it with a sentence for the user.
void park(store::Transaction& tx, store::OperationId id, store::OperationState state, std::string why);

// Base flags as upstream gave them; what clients see follows.
void set_base(store::Transaction& tx, store::MessageRef ref, const store::FlagSet& flags);

}  // namespace satchel::sync
