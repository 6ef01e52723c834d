// The recovery key as a person writes it down: eight groups of seven letters, with a checksum (FORMAT.md section 7).
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

inline constexpr std::size_t recovery_groups = 8;
inline constexpr std::size_t recovery_group_letters = 7;

SecretBytes print_recovery_key(const Key& key);  // 63 characters, groups joined by '-'

// Case, spaces, line ends and dashes do not matter, nor I and L for 1, O for 0.
// Errors: malformed (which letter or how many; or the checksum: a letter is wrong).
Result<Key> parse_recovery_key(std::string_view text);

// Whether `typed` is group `number` (from 1) of `key`, read as tolerantly as above.
bool is_recovery_group(const Key& key, std::size_t number, std::string_view typed);

}  // namespace satchel::crypto
