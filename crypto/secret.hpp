// Memory for secrets: libsodium's guarded pages (locked, out of core dumps, zeroed when freed), read-only once
// filled, move-only, and without any way to print them.
// A secret has one owner; const access from any thread.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace satchel::crypto {

// Initialises libsodium once; everything in this folder calls it before its first use.
void ensure_sodium();

class SecretBytes {
 public:
  SecretBytes() = default;  // empty
  static SecretBytes copy(std::string_view bytes);

  // `fill(std::span<unsigned char>)` writes all of them; after that they are read-only.
  template <class Fill>
  static SecretBytes filled(std::size_t size, Fill&& fill) {
    SecretBytes secret(size);
    std::forward<Fill>(fill)(std::span<unsigned char>(secret.data_, secret.size_));
    secret.protect();
    return secret;
  }

  SecretBytes(SecretBytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  SecretBytes clone() const { return copy(view()); }
  const unsigned char* data() const { return data_; }
  std::size_t size() const { return size_; }
  // Valid as long as this lives. Whoever copies it out has a secret in plain memory.
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  explicit SecretBytes(std::size_t size);
  void protect();

  unsigned char* data_ = nullptr;
  std::size_t size_ = 0;
};

class Key {
 public:
  static constexpr std::size_t size = 32;

  static Key random();
  static Result<Key> from(std::string_view bytes);  // malformed: not 32 bytes
  template <class Fill>
  static Key filled(Fill&& fill) {
    return Key(SecretBytes::filled(size, std::forward<Fill>(fill)));
  }

  Key clone() const { return Key(bytes_.clone()); }
  const unsigned char* data() const { return bytes_.data(); }
  std::string_view view() const { return bytes_.view(); }

 private:
  explicit Key(SecretBytes bytes) : bytes_(std::move(bytes)) {}

  SecretBytes bytes_;
};

template <class Char>
std::basic_ostream<Char>& operator<<(std::basic_ostream<Char>&, const SecretBytes&) = delete;
template <class Char>
std::basic_ostream<Char>& operator<<(std::basic_ostream<Char>&, const Key&) = delete;

// In a time that depends on the sizes only.
bool equal(std::string_view a, std::string_view b);
inline bool equal(const Key& a, const Key& b) {
  return equal(a.view(), b.view());
}

}  // namespace satchel::crypto
