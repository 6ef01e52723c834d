// The one cipher of sealed files: ChaCha20-Poly1305 under a file key, with counters for nonces (FORMAT.md sections 3
// to 5). Whoever calls it never uses (key, position, flag) twice. Private to crypto/.
// Pure; any thread. No allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

struct Nonce {
  std::uint64_t position = 0;
  std::uint32_t flag = 0;
};

// Writes plain.size() + tag_size bytes.
void seal_at(const Key& key, Nonce nonce, std::string_view plain, char* sealed, std::string_view associated = {});

enum class Opened : std::uint8_t { intact, bad };

// Writes sealed.size() - tag_size bytes, zeros when bad. `plain` may be sealed.data().
Opened open_at(const Key& key, Nonce nonce, std::string_view sealed, char* plain, std::string_view associated = {});

}  // namespace satchel::crypto
