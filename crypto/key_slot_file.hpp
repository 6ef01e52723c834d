// The files of keys on disk: keyslots.json in the home, key files and recovery keys outside of it. All that crypto/
// does to a disk is here (FORMAT.md section 7).
// Called by the app, which holds the home's lock; blocking: not on the event loop's thread.
#pragma once

#include <filesystem>
#include <string>

#include "crypto/key_slots.hpp"

namespace satchel::crypto {

inline constexpr const char* slot_file_name = "keyslots.json";

// Errors: not_found (no file: `satchel key init` was never run), corrupt, read_only (cannot be read).
Result<KeySlots> load_key_slots(const std::filesystem::path& home);

// The first file of a home. Errors: refused (there is one: a key is never replaced by another), read_only, no_space.
Result<> create_key_slots(const std::filesystem::path& home, const UnlockedSlots& slots);

// Replaces the file; the old one stays until the new one is on disk and was read back. Errors: read_only, no_space.
Result<> replace_key_slots(const std::filesystem::path& home, const UnlockedSlots& slots);

// Overwrites and deletes it. Whoever has no copy has lost the mail. Errors: not_found, read_only.
Result<> destroy_key_slots(const std::filesystem::path& home);

// A new file that its owner alone can read. Errors: refused (inside the home, or there is such a file), read_only,
// no_space.
Result<> write_key_file(const std::filesystem::path& file, const std::filesystem::path& home, const Key& file_key);
Result<> write_recovery_file(const std::filesystem::path& file, const std::filesystem::path& home,
                             const Key& recovery_key);

// Errors: refused (inside the home), not_found, malformed, read_only.
Result<Key> read_key_file(const std::filesystem::path& file, const std::filesystem::path& home);
Result<Key> read_recovery_file(const std::filesystem::path& file);
// Without the line end that editors add. Errors: not_found, read_only, malformed (empty or too long).
Result<SecretBytes> read_passphrase_file(const std::filesystem::path& file);

}  // namespace satchel::crypto
