// One way to open the store key, as it stands in keyslots.json (FORMAT.md section 7). Each kind that this program
// knows has a file of its own: passphrase_slot, file_slot, recovery_slot.
// Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

// dpapi and secret_service have their place, and no code yet: such slots are kept and never tried.
enum class SlotKind : std::uint8_t { passphrase, file, recovery, dpapi, secret_service, unknown };

const char* to_string(SlotKind kind);          // as in keyslots.json
SlotKind slot_kind_of(std::string_view name);  // unknown for all others

struct PassphraseCost {
  std::uint32_t operations = 3;             // 1 to max_operations
  std::uint64_t memory = 64 * 1024 * 1024;  // bytes: min_memory to max_memory, a multiple of 1024

  static constexpr std::uint32_t max_operations = 10;
  static constexpr std::uint64_t min_memory = 8 * 1024 * 1024;
  static constexpr std::uint64_t max_memory = 64 * 1024 * 1024;
  bool allowed() const;
};

struct Slot {
  std::string id;  // 16 hex digits
  SlotKind kind = SlotKind::unknown;
  std::string label;      // for people
  std::string sealed;     // the store key, 72 bytes
  PassphraseCost cost;    // passphrase
  std::string salt;       // passphrase: 16 bytes
  std::string path;       // file: where the key file was
  std::string kept = {};  // kinds that are not known: the JSON text as it stood
};

// What every slot of a file is bound to.
struct SlotPlace {
  std::string store_id;  // 16 bytes
  std::uint32_t epoch = 1;
};

// What a person or a device brings to open a slot.
struct SlotSecret {
  SlotKind kind = SlotKind::passphrase;  // passphrase, file or recovery
  SecretBytes bytes;

  static SlotSecret passphrase(SecretBytes text) { return {SlotKind::passphrase, std::move(text)}; }
  static SlotSecret file(const Key& key) { return {SlotKind::file, SecretBytes::copy(key.view())}; }
  static SlotSecret recovery(const Key& key) { return {SlotKind::recovery, SecretBytes::copy(key.view())}; }
};

inline constexpr std::size_t store_id_size = 16;
inline constexpr std::size_t slot_id_size = 8;
inline constexpr std::size_t slot_salt_size = 16;
inline constexpr std::size_t max_label = 200;
inline constexpr std::size_t max_path = 4096;
inline constexpr std::size_t max_passphrase = 1024;

// The rest is for the slot kinds themselves.
std::string new_slot_id();
void seal_slot(Slot& slot, const SlotPlace& place, const Key& slot_key, const Key& store_key);
Result<Key> open_slot(const Slot& slot, const SlotPlace& place, const Key& slot_key);  // locked

}  // namespace satchel::crypto
