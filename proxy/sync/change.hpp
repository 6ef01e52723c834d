// A deletion of a mailbox that is taken back, by upstream's new mail or by the user.
#pragma once

#include <string>

#include "store/transaction.hpp"

namespace satchel::sync {

// The mailbox is shown again, as `wanted` if that is free; its messages return under new UIDs.
void undelete(store::Transaction& tx, store::OperationId id, std::string wanted);

}  // namespace satchel::sync
