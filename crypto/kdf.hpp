// Keys from keys, and the keyed hash of contents (FORMAT.md section 1).
// Pure; any thread. A KeyedHash has one owner.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

// `label` is 1 to 255 bytes and says what for; equal inputs give equal keys.
Key derive(const Key& key, std::string_view label, std::string_view context = {});

inline Key files_key(const Key& store_key) {
  return derive(store_key, "files");
}  // master of sealed files
inline Key secrets_key(const Key& store_key) {
  return derive(store_key, "secrets");
}  // for seal() and open()

// Incremental: contents are streamed.
class KeyedHash {
 public:
  static constexpr std::size_t size = 32;

  explicit KeyedHash(const Key& key);
  KeyedHash(KeyedHash&&) noexcept;
  KeyedHash& operator=(KeyedHash&&) noexcept;
  ~KeyedHash();

  // One that goes on from here on its own: of many hashes under one key only the first derives it.
  KeyedHash clone() const;
  void update(std::string_view bytes);
  std::string finish();  // `size` bytes; once, and the last call

 private:
  struct State;
  explicit KeyedHash(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

std::string keyed_hash(const Key& key, std::string_view bytes);

}  // namespace satchel::crypto
