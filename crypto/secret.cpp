#include "crypto/secret.hpp"

#include <sodium.h>

#include <cstring>
#include <new>
#include <stdexcept>

namespace satchel::crypto {

void ensure_sodium() {
  static const int initialised = sodium_init();
  if (initialised < 0) throw std::runtime_error("libsodium cannot be initialised");
}

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  ensure_sodium();
  data_ = static_cast<unsigned char*>(sodium_malloc(size));
  if (data_ == nullptr) throw std::bad_alloc();
}

SecretBytes SecretBytes::copy(std::string_view bytes) {
  if (bytes.empty()) return {};
  return filled(bytes.size(), [&](std::span<unsigned char> out) { std::memcpy(out.data(), bytes.data(), out.size()); });
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  sodium_free(data_);
  data_ = std::exchange(other.data_, nullptr);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretBytes::~SecretBytes() {
  sodium_free(data_);
}  // zeroes first

// A platform without page protection keeps the pages writable: nothing else depends on it.
void SecretBytes::protect() {
  (void)sodium_mprotect_readonly(data_);
}

Key Key::random() {
  return filled([](std::span<unsigned char> out) { randombytes_buf(out.data(), out.size()); });
}

Result<Key> Key::from(std::string_view bytes) {
  if (bytes.size() != size) return fail(ErrorCode::malformed, "A key has 32 bytes.");
  return Key(SecretBytes::copy(bytes));
}

bool equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace satchel::crypto
