#include "crypto/slot.hpp"

#include <sodium.h>

#include "crypto/bytes.hpp"
#include "crypto/hex.hpp"
#include "crypto/sealed_value.hpp"

namespace satchel::crypto {

namespace {

struct KindName {
  SlotKind kind;
  const char* name;
};

constexpr KindName kind_names[] = {
    {SlotKind::passphrase, "passphrase"},
    {SlotKind::file, "file"},
    {SlotKind::recovery, "recovery"},
    {SlotKind::dpapi, "dpapi"},
    {SlotKind::secret_service, "secret-service"},
};

std::string bound_to(const Slot& slot, const SlotPlace& place) {
  std::string bytes = "satchel-slot-1" + place.store_id + bytes_of(place.epoch);
  bytes += from_hex(slot.id).value_or(std::string());
  return bytes + to_string(slot.kind);
}

}  // namespace

const char* to_string(SlotKind kind) {
  for (const KindName& entry : kind_names) {
    if (entry.kind == kind) return entry.name;
  }
  return "unknown";
}

SlotKind slot_kind_of(std::string_view name) {
  for (const KindName& entry : kind_names) {
    if (entry.name == name) return entry.kind;
  }
  return SlotKind::unknown;
}

bool PassphraseCost::allowed() const {
  return operations >= 1 && operations <= max_operations && memory >= min_memory && memory <= max_memory &&
         memory % 1024 == 0;
}

std::string new_slot_id() {
  ensure_sodium();
  std::string id(slot_id_size, '\0');
  randombytes_buf(id.data(), id.size());
  return to_hex(id);
}

void seal_slot(Slot& slot, const SlotPlace& place, const Key& slot_key, const Key& store_key) {
  slot.sealed = seal(slot_key, store_key.view(), bound_to(slot, place));
}

Result<Key> open_slot(const Slot& slot, const SlotPlace& place, const Key& slot_key) {
  auto opened = open_secret(slot_key, slot.sealed, bound_to(slot, place));
  if (!opened || opened->size() != Key::size) return fail(ErrorCode::locked, "This does not open the key slot.");
  return Key::from(opened->view());
}

}  // namespace satchel::crypto
