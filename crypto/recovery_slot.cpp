#include "crypto/recovery_slot.hpp"

#include "crypto/kdf.hpp"

namespace satchel::crypto {

namespace {

Key slot_key(const SlotPlace& place, const Key& recovery_key) {
  return derive(recovery_key, "recovery slot", place.store_id);
}

}  // namespace

Slot make_recovery_slot(const SlotPlace& place, const Key& store_key, const Key& recovery_key) {
  Slot slot;
  slot.id = new_slot_id();
  slot.kind = SlotKind::recovery;
  seal_slot(slot, place, slot_key(place, recovery_key), store_key);
  return slot;
}

Result<Key> open_recovery_slot(const Slot& slot, const SlotPlace& place, const Key& recovery_key) {
  return open_slot(slot, place, slot_key(place, recovery_key));
}

}  // namespace satchel::crypto
