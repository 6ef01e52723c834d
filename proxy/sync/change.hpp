// A deletion of a mailbox that is taken back, by upstream's new mail or by the user.
#pragma once

#include "store/transaction.hpp"

namespace satchel::sync {

// The mailbox is shown again; its messages return under new UIDs.
void undelete(store::Transaction& tx, store::OperationId id);

}  // namespace satchel::sync
