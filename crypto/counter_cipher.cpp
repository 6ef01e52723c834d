#include "crypto/counter_cipher.hpp"

#include <sodium.h>

#include <array>

#include "crypto/bytes.hpp"
#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

namespace {

using NonceBytes = std::array<unsigned char, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;
static_assert(tag_size == crypto_aead_chacha20poly1305_ietf_ABYTES);
static_assert(Key::size == crypto_aead_chacha20poly1305_ietf_KEYBYTES);

NonceBytes nonce_bytes(Nonce nonce) {
  NonceBytes bytes;
  put(bytes.data(), nonce.position);
  put(bytes.data() + sizeof(nonce.position), nonce.flag);
  return bytes;
}

}  // namespace

void seal_at(const Key& key, Nonce nonce, std::string_view plain, char* sealed, std::string_view associated) {
  const NonceBytes bytes = nonce_bytes(nonce);
  crypto_aead_chacha20poly1305_ietf_encrypt(out(sealed), nullptr, in(plain), plain.size(), in(associated),
                                            associated.size(), nullptr, bytes.data(), key.data());
}

Opened open_at(const Key& key, Nonce nonce, std::string_view sealed, char* plain, std::string_view associated) {
  if (sealed.size() < tag_size) return Opened::bad;
  const NonceBytes bytes = nonce_bytes(nonce);
  const int answer =
      crypto_aead_chacha20poly1305_ietf_decrypt(out(plain), nullptr, nullptr, in(sealed), sealed.size(), in(associated),
                                                associated.size(), bytes.data(), key.data());
  return answer == 0 ? Opened::intact : Opened::bad;
}

}  // namespace satchel::crypto
