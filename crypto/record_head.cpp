#include "crypto/record_head.hpp"

#include <sodium.h>

#include <array>

#include "crypto/bytes.hpp"
#include "crypto/kdf.hpp"
#include "crypto/sealed_records.hpp"

namespace satchel::crypto {

namespace {

using Mac = std::array<unsigned char, crypto_shorthash_siphash24_BYTES>;
static_assert(record_head_size == sizeof(std::uint32_t) + sizeof(Mac));

Mac mac_of(const SecretBytes& head_key, std::uint64_t counter, std::uint32_t field) {
  std::array<unsigned char, sizeof(counter) + sizeof(field)> message;
  put(message.data(), counter);
  put(message.data() + sizeof(counter), field);
  Mac mac;
  crypto_shorthash_siphash24(mac.data(), message.data(), message.size(), head_key.data());
  return mac;
}

}  // namespace

SecretBytes record_head_key(const FileKey& file_key) {
  const Key key = derive(file_key.key(), "record head");
  return SecretBytes::copy(key.view().substr(0, crypto_shorthash_siphash24_KEYBYTES));
}

void write_record_head(const SecretBytes& head_key, std::uint64_t counter, std::uint32_t field, char* head) {
  const Mac mac = mac_of(head_key, counter, field);
  put(out(head), field);
  std::copy(mac.begin(), mac.end(), out(head) + sizeof(field));
}

std::optional<std::uint32_t> read_record_head(const SecretBytes& head_key, std::uint64_t counter, const char* head) {
  const auto field = get<std::uint32_t>(in({head, record_head_size}));
  const Mac mac = mac_of(head_key, counter, field);
  if (sodium_memcmp(mac.data(), head + sizeof(field), mac.size()) != 0) return std::nullopt;
  return field;
}

}  // namespace satchel::crypto
