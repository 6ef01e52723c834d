#include "crypto/sealed_value.hpp"

#include <sodium.h>

#include "crypto/bytes.hpp"
#include "crypto/counter_cipher.hpp"

namespace satchel::crypto {

namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(value_overhead == nonce_size + crypto_aead_xchacha20poly1305_ietf_ABYTES);

Error altered() {
  return fail(ErrorCode::corrupt, "A sealed value does not open: it was altered, or is not ours.");
}

// `plain` has room for sealed.size() - value_overhead bytes.
Opened open_into(const Key& key, std::string_view sealed, std::string_view associated, unsigned char* plain) {
  const std::string_view nonce = sealed.substr(0, nonce_size);
  const std::string_view body = sealed.substr(nonce_size);
  const int answer = crypto_aead_xchacha20poly1305_ietf_decrypt(
      plain, nullptr, nullptr, in(body), body.size(), in(associated), associated.size(), in(nonce), key.data());
  return answer == 0 ? Opened::intact : Opened::bad;
}

}  // namespace

std::string seal(const Key& key, std::string_view plain, std::string_view associated) {
  ensure_sodium();
  std::string sealed(plain.size() + value_overhead, '\0');
  randombytes_buf(sealed.data(), nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out(sealed) + nonce_size, nullptr, in(plain), plain.size(), in(associated),
                                             associated.size(), nullptr, in(sealed), key.data());
  return sealed;
}

Result<std::string> open(const Key& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < value_overhead) return altered();
  std::string plain(sealed.size() - value_overhead, '\0');
  if (open_into(key, sealed, associated, out(plain)) == Opened::bad) return altered();
  return plain;
}

Result<SecretBytes> open_secret(const Key& key, std::string_view sealed, std::string_view associated) {
  if (sealed.size() < value_overhead) return altered();
  Opened opened = Opened::bad;
  SecretBytes plain = SecretBytes::filled(sealed.size() - value_overhead, [&](std::span<unsigned char> bytes) {
    opened = open_into(key, sealed, associated, bytes.data());
  });
  if (opened == Opened::bad) return altered();
  return plain;
}

}  // namespace satchel::crypto
