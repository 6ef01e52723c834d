// The first thing after the store was opened, and after a home was put back: whatever was under
// way, or may have been, is perhaps done and looked up before it is sent (design section 5).
#pragma once

#include "store/transaction.hpp"

namespace satchel::sync {

void restart(store::Transaction& tx);

}  // namespace satchel::sync
