#include "crypto/passphrase_slot.hpp"

#include <sodium.h>

#include "crypto/bytes.hpp"

namespace satchel::crypto {

namespace {

static_assert(slot_salt_size == crypto_pwhash_argon2id_SALTBYTES);

Result<Key> slot_key(const Slot& slot, const SecretBytes& passphrase) {
  ensure_sodium();
  if (!slot.cost.allowed() || slot.salt.size() != slot_salt_size)
    return fail(ErrorCode::corrupt, "A passphrase slot has parameters that are not allowed.");
  if (passphrase.size() == 0 || passphrase.size() > max_passphrase)
    return fail(ErrorCode::refused, "A passphrase has 1 to 1024 bytes.");
  int answer = -1;
  Key key = Key::filled([&](std::span<unsigned char> bytes) {
    answer =
        crypto_pwhash_argon2id(bytes.data(), bytes.size(), passphrase.view().data(), passphrase.size(), in(slot.salt),
                               slot.cost.operations, slot.cost.memory, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  });
  if (answer != 0) return fail(ErrorCode::no_space, "There is not enough memory to try a passphrase.");
  return key;
}

}  // namespace

Result<Slot> make_passphrase_slot(const SlotPlace& place, const Key& store_key, const SecretBytes& passphrase,
                                  PassphraseCost cost) {
  if (!cost.allowed()) return fail(ErrorCode::refused, "The cost of a passphrase is out of its bounds.");
  Slot slot;
  slot.id = new_slot_id();
  slot.kind = SlotKind::passphrase;
  slot.cost = cost;
  slot.salt.resize(slot_salt_size);
  randombytes_buf(slot.salt.data(), slot.salt.size());
  auto key = slot_key(slot, passphrase);
  if (!key) return key.error();
  seal_slot(slot, place, *key, store_key);
  return slot;
}

Result<Key> open_passphrase_slot(const Slot& slot, const SlotPlace& place, const SecretBytes& passphrase) {
  auto key = slot_key(slot, passphrase);
  if (!key) return key.error();
  return open_slot(slot, place, *key);
}

}  // namespace satchel::crypto
