// What the user decides about the journal and about held messages. Called inside Store::change().
#pragma once

#include <cstdint>

#include "store/transaction.hpp"

namespace satchel::sync {

// Parked operations become waiting (or attempted, where they are perhaps done) again, with their
// tries forgotten; none: all of them. Returns how many.
std::uint64_t retry(store::Transaction& tx, store::OperationId id);

// Undoes the local effect of an operation that is not upstream (design section 5, "drop"): a
// removed message returns under a new UID, an append that never got there becomes rescued; what
// depends on it goes with it. Errors: not_found; refused (perhaps done: it must be settled first).
Result<> drop(store::Transaction& tx, store::OperationId id);

// What becomes of messages that vanished upstream within a mass deletion (section 7).
enum class Held : std::uint8_t { accept, put_back };
std::uint64_t decide(store::Transaction& tx, store::MailboxId mailbox, Held decision);  // how many
std::uint64_t held_messages(const store::AccountState& state);  // also those that a client moved meanwhile

}  // namespace satchel::sync
