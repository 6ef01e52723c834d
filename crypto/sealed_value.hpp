// Small values sealed under random nonces (XChaCha20-Poly1305, FORMAT.md section 6).
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

inline constexpr std::size_t value_overhead = 24 + 16;

// `associated` is not stored: open() must be given the same.
std::string seal(const Key& key, std::string_view plain, std::string_view associated = {});

// Errors: corrupt (altered, cut, another key or other associated data).
Result<std::string> open(const Key& key, std::string_view sealed, std::string_view associated = {});
Result<SecretBytes> open_secret(const Key& key, std::string_view sealed, std::string_view associated = {});

}  // namespace satchel::crypto
