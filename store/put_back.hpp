// When the whole home was put back to an older state (design section 8): UIDs and MODSEQs that
// clients may have seen in the lost time are never given again, and what was to be appended, and
// perhaps was, is looked for in all mailboxes (Operation::seen). The app calls it, once for each
// account, before the first client or pull, when the generation mark outside the home tells so.
#pragma once

#include "store/transaction.hpp"

namespace satchel::store {

// `count`: how many times this home was put back, this time included, as the mark has counted: a
// home that is put back twice from the same copy must not jump to the same numbers.
void jump_after_put_back(Transaction& tx, std::uint32_t count);

}  // namespace satchel::store
