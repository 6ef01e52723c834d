// What needs no question to upstream (design section 5, "Order"): an addition that was never sent,
// or is parked, cancels when its message is removed again; a stop in a mailbox that was deleted
// here and is gone upstream is skipped; operations without an object end; mailboxes retire.
#pragma once

#include "store/transaction.hpp"

namespace satchel::sync {

bool anything_to_sweep(const store::AccountState& state);
void sweep(store::Transaction& tx);  // no job may hold a lane

// The addition's message was removed again and nothing stands on it: takes it back (a move becomes
// the source's expunge). False: it is still wanted.
bool cancel_addition(store::Transaction& tx, store::OperationId id);

}  // namespace satchel::sync
