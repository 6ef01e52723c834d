#include "crypto/key_slots.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/bytes.hpp"
#include "crypto/file_slot.hpp"
#include "crypto/kdf.hpp"
#include "crypto/key_slots_json.hpp"
#include "crypto/passphrase_slot.hpp"
#include "crypto/recovery_slot.hpp"

namespace satchel::crypto {

namespace {

std::string tag_of(const Key& store_key, const SlotPlace& place, std::string_view authenticated) {
  const Key key = derive(store_key, "slot file", place.store_id);
  std::string tag(32, '\0');
  crypto_generichash(out(tag), tag.size(), in(authenticated), authenticated.size(), key.data(), Key::size);
  return tag;
}

Result<Key> try_slot(const Slot& slot, const SlotPlace& place, const SlotSecret& secret) {
  if (slot.kind == SlotKind::passphrase) return open_passphrase_slot(slot, place, secret.bytes);
  auto key = Key::from(secret.bytes.view());
  if (!key) return key.error();
  if (slot.kind == SlotKind::file) return open_file_slot(slot, place, *key);
  if (slot.kind == SlotKind::recovery) return open_recovery_slot(slot, place, *key);
  return fail(ErrorCode::locked, "This program cannot open key slots of this kind.");
}

std::string what_is_tried(SlotKind kind) {
  if (kind == SlotKind::passphrase) return "passphrase";
  if (kind == SlotKind::file) return "key file";
  return "recovery key";
}

}  // namespace

struct KeySlots::Found {
  const Slot* slot;
  Key store_key;
};

Result<KeySlots> KeySlots::parse(std::string_view text) {
  auto file = parse_slot_file(text);
  if (!file) return file.error();
  KeySlots slots;
  slots.place_ = std::move(file->place);
  slots.slots_ = std::move(file->slots);
  slots.authenticated_ = std::move(file->authenticated);
  slots.tag_ = std::move(file->tag);
  return slots;
}

Result<KeySlots::Found> KeySlots::find(const SlotSecret& secret) const {
  const std::string tried = what_is_tried(secret.kind);
  bool there_is_one = false;
  for (const Slot& slot : slots_) {
    if (slot.kind != secret.kind) continue;
    there_is_one = true;
    auto key = try_slot(slot, place_, secret);
    if (key) return Found{&slot, std::move(*key)};
    if (key.error().code != ErrorCode::locked) return key.error();
  }
  if (there_is_one) return fail(ErrorCode::locked, "This " + tried + " opens none of the key slots; try another one.");
  return fail(ErrorCode::locked, "No key slot of this store is for a " + tried + ".");
}

bool KeySlots::authentic(const Key& store_key) const {
  return equal(tag_of(store_key, place_, authenticated_), tag_);
}

Result<UnlockedSlots> KeySlots::open(const SlotSecret& secret) const {
  auto found = find(secret);
  if (!found) return found.error();
  if (!authentic(found->store_key))
    return fail(
        ErrorCode::corrupt,
        "keyslots.json was altered by another hand; `satchel key recover` makes a new one from the recovery key.");
  return UnlockedSlots(*this, std::move(found->store_key));
}

Result<UnlockedSlots> KeySlots::salvage(const SlotSecret& secret) const {
  auto found = find(secret);
  if (!found) return found.error();
  KeySlots rest;
  rest.place_ = place_;
  rest.slots_.push_back(*found->slot);
  return UnlockedSlots(std::move(rest), std::move(found->store_key));
}

UnlockedSlots UnlockedSlots::create(const Key& recovery_key) {
  KeySlots file;
  file.place_.store_id.resize(store_id_size);
  ensure_sodium();
  randombytes_buf(file.place_.store_id.data(), store_id_size);
  UnlockedSlots slots(std::move(file), Key::random());
  slots.add_recovery(recovery_key).value();
  return slots;
}

Result<std::string> UnlockedSlots::add(Result<Slot> slot, std::string label) {
  if (!slot) return slot.error();
  if (label.size() > max_label) return fail(ErrorCode::refused, "The label of a key slot is too long.");
  if (file_.slots_.size() >= max_slots) return fail(ErrorCode::refused, "There are too many key slots.");
  slot->label = std::move(label);
  std::string id = slot->id;
  file_.slots_.push_back(std::move(*slot));
  return id;
}

Result<std::string> UnlockedSlots::add_passphrase(const SecretBytes& passphrase, std::string label,
                                                  PassphraseCost cost) {
  return add(make_passphrase_slot(file_.place_, store_key_, passphrase, cost), std::move(label));
}

Result<std::string> UnlockedSlots::add_file(const Key& file_key, std::string path, std::string label) {
  return add(make_file_slot(file_.place_, store_key_, file_key, std::move(path)), std::move(label));
}

Result<std::string> UnlockedSlots::add_recovery(const Key& recovery_key) {
  return add(make_recovery_slot(file_.place_, store_key_, recovery_key), {});
}

Result<> UnlockedSlots::remove(std::string_view id, const SlotSecret& remaining) {
  std::vector<Slot>& slots = file_.slots_;
  const auto place = std::find_if(slots.begin(), slots.end(), [&](const Slot& slot) { return slot.id == id; });
  if (place == slots.end()) return fail(ErrorCode::not_found, "There is no key slot with this id.");
  const auto recoveries =
      std::count_if(slots.begin(), slots.end(), [](const Slot& slot) { return slot.kind == SlotKind::recovery; });
  if (slots.size() == 1) return fail(ErrorCode::refused, "The last key slot is never removed.");
  if (place->kind == SlotKind::recovery && recoveries == 1)
    return fail(ErrorCode::refused, "The only recovery key is never removed: make another one first.");

  KeySlots rest;
  rest.place_ = file_.place_;
  std::copy_if(slots.begin(), slots.end(), std::back_inserter(rest.slots_),
               [&](const Slot& slot) { return slot.id != id; });
  auto found = rest.find(remaining);
  if (!found) return found.error();
  if (!equal(found->store_key, store_key_)) return fail(ErrorCode::corrupt, "A key slot holds another key.");
  slots = std::move(rest.slots_);
  return {};
}

Result<std::string> UnlockedSlots::serialize() const {
  std::string text = print_authenticated_part(file_.place_, file_.slots_);
  text += print_tag_line(tag_of(store_key_, file_.place_, text));
  // What could not be read again must not replace what can.
  auto again = KeySlots::parse(text);
  if (!again || again->slots_.size() != file_.slots_.size() || !again->authentic(store_key_))
    return fail(ErrorCode::refused,
                "The key slots cannot be written: a label or path is not UTF-8, or they are too many.");
  return text;
}

}  // namespace satchel::crypto
