// The check of a store that is open (check.hpp), beside all other work. The loop's thread.
#pragma once

#include "store/check.hpp"
#include "store/store.hpp"

namespace satchel::store {

// `reads` is called on the pool. Errors: broken (the store met a failed write).
awaitable<Result<Findings>> check_store(Store& store, SummaryReads reads);

}  // namespace satchel::store
