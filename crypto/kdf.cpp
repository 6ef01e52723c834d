#include "crypto/kdf.hpp"

#include <sodium.h>

#include <stdexcept>

#include "crypto/bytes.hpp"

namespace satchel::crypto {

// The state holds key material while it lives.
struct KeyedHash::State {
  crypto_generichash_state blake;

  ~State() { sodium_memzero(this, sizeof(*this)); }
};

namespace {

constexpr std::string_view derive_prefix = "satchel-derive-1";

void add(crypto_generichash_state& state, std::string_view bytes) {
  crypto_generichash_update(&state, in(bytes), bytes.size());
}

}  // namespace

Key derive(const Key& key, std::string_view label, std::string_view context) {
  ensure_sodium();
  if (label.empty() || label.size() > 255) throw std::logic_error("a label has 1 to 255 bytes");
  const char length = static_cast<char>(label.size());
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), Key::size, Key::size);
  add(state, derive_prefix);
  add(state, {&length, 1});
  add(state, label);
  add(state, context);
  Key derived =
      Key::filled([&](std::span<unsigned char> out) { crypto_generichash_final(&state, out.data(), out.size()); });
  sodium_memzero(&state, sizeof(state));
  return derived;
}

KeyedHash::KeyedHash(const Key& key) : state_(std::make_unique<State>()) {
  const Key hash_key = derive(key, "hash");
  crypto_generichash_init(&state_->blake, hash_key.data(), Key::size, size);
}

KeyedHash::KeyedHash(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyedHash KeyedHash::clone() const {
  return KeyedHash(std::make_unique<State>(*state_));
}
KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

void KeyedHash::update(std::string_view bytes) {
  add(state_->blake, bytes);
}

std::string KeyedHash::finish() {
  std::string digest(size, '\0');
  crypto_generichash_final(&state_->blake, out(digest), digest.size());
  return digest;
}

std::string keyed_hash(const Key& key, std::string_view bytes) {
  KeyedHash hash(key);
  hash.update(bytes);
  return hash.finish();
}

}  // namespace satchel::crypto
