// The slot that a key file opens: 32 random bytes on a medium that the user keeps apart (FORMAT.md section 7).
// Pure (the file itself is key_slot_file's business); any thread.
#pragma once

#include "crypto/slot.hpp"

namespace satchel::crypto {

SecretBytes print_key_file(const Key& file_key);
Result<Key> parse_key_file(std::string_view text);  // malformed

// `path` is kept in the slot, so that the file is found again. Errors: refused (path too long).
Result<Slot> make_file_slot(const SlotPlace& place, const Key& store_key, const Key& file_key, std::string path);
Result<Key> open_file_slot(const Slot& slot, const SlotPlace& place, const Key& file_key);  // locked

}  // namespace satchel::crypto
