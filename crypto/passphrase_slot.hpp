// The slot that a passphrase opens: Argon2id, at most 64 MiB (FORMAT.md section 7).
// Takes a moment (about 0.2 s at the default cost) and its memory: not on the event loop's thread.
#pragma once

#include "crypto/slot.hpp"

namespace satchel::crypto {

// Errors: refused (empty or too long passphrase, cost out of bounds), no_space (no memory for Argon2id).
Result<Slot> make_passphrase_slot(const SlotPlace& place, const Key& store_key, const SecretBytes& passphrase,
                                  PassphraseCost cost);

// Errors: locked (not this passphrase), no_space.
Result<Key> open_passphrase_slot(const Slot& slot, const SlotPlace& place, const SecretBytes& passphrase);

}  // namespace satchel::crypto
