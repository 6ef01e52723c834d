// keyslots.json as a value: the ways to open the store key, authenticated as a whole under it (FORMAT.md section 7).
// KeySlots is what a file says, not yet believed; UnlockedSlots has the store key, and can be changed and written.
// Owned by the app; trying a passphrase takes a moment: not on the event loop's thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/slot.hpp"

namespace satchel::crypto {

inline constexpr std::size_t max_slot_file = 64 * 1024;
inline constexpr std::size_t max_slots = 32;

class UnlockedSlots;

class KeySlots {
 public:
  // Checks the grammar and all bounds, and does no work. Errors: corrupt.
  static Result<KeySlots> parse(std::string_view text);

  // Tries the slots of the secret's kind. Errors: locked (it opens none of them), corrupt (it opens one, but another
  // hand has changed the file), no_space (not enough memory for Argon2id).
  Result<UnlockedSlots> open(const SlotSecret& secret) const;

  // For `satchel key recover` alone, after open() said corrupt: the slot that opens, and none of the others, which
  // can't be believed. Errors: locked, no_space.
  Result<UnlockedSlots> salvage(const SlotSecret& secret) const;

  const std::vector<Slot>& slots() const { return slots_; }
  const SlotPlace& place() const { return place_; }

 private:
  friend class UnlockedSlots;
  struct Found;
  Result<Found> find(const SlotSecret& secret) const;
  bool authentic(const Key& store_key) const;

  SlotPlace place_;
  std::vector<Slot> slots_;
  std::string authenticated_;  // the bytes of the file that the tag covers
  std::string tag_;
};

class UnlockedSlots {
 public:
  // A new store with a new store key, and its recovery slot.
  static UnlockedSlots create(const Key& recovery_key);

  // Each returns the id of the new slot. Errors: refused (a bound of slot.hpp, or max_slots), no_space.
  Result<std::string> add_passphrase(const SecretBytes& passphrase, std::string label, PassphraseCost cost = {});
  Result<std::string> add_file(const Key& file_key, std::string path, std::string label);
  Result<std::string> add_recovery(const Key& recovery_key);

  // `remaining` must open one of the slots that stay: nobody removes the last door that works.
  // Errors: not_found, refused (the only slot, or the only recovery slot), locked (`remaining` opens none of the
  // others).
  Result<> remove(std::string_view id, const SlotSecret& remaining);

  // The file's text, read back and compared before it is returned. Errors: refused (a label or path is not UTF-8; too
  // big).
  Result<std::string> serialize() const;

  const Key& store_key() const { return store_key_; }
  const SlotPlace& place() const { return file_.place_; }
  const std::vector<Slot>& slots() const { return file_.slots_; }

 private:
  friend class KeySlots;
  UnlockedSlots(KeySlots file, Key store_key) : file_(std::move(file)), store_key_(std::move(store_key)) {}
  Result<std::string> add(Result<Slot> slot, std::string label);

  KeySlots file_;
  Key store_key_;
};

}  // namespace satchel::crypto
