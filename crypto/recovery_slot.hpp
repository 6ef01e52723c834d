// The slot that the printed recovery key opens. It is made at the start, always (FORMAT.md section 7).
// Pure; any thread.
#pragma once

#include "crypto/slot.hpp"

namespace satchel::crypto {

Slot make_recovery_slot(const SlotPlace& place, const Key& store_key, const Key& recovery_key);
Result<Key> open_recovery_slot(const Slot& slot, const SlotPlace& place, const Key& recovery_key);  // locked

}  // namespace satchel::crypto
