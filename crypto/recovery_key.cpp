#include "crypto/recovery_key.hpp"

#include <sodium.h>

#include <array>
#include <cstring>
#include <optional>

#include "crypto/bytes.hpp"

namespace satchel::crypto {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view checksum_prefix = "satchel-recovery";
constexpr std::size_t checksum_size = 3;
constexpr std::size_t raw_size = Key::size + checksum_size;
constexpr std::size_t letters = recovery_groups * recovery_group_letters;
static_assert(letters * 5 == raw_size * 8);

using Raw = std::array<unsigned char, raw_size>;

void add_checksum(const unsigned char* key, unsigned char* to) {
  ensure_sodium();
  std::array<unsigned char, 32> digest;
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  crypto_generichash_update(&state, in(checksum_prefix), checksum_prefix.size());
  crypto_generichash_update(&state, key, Key::size);
  crypto_generichash_final(&state, digest.data(), digest.size());
  std::memcpy(to, digest.data(), checksum_size);
  sodium_memzero(&state, sizeof(state));
}

std::optional<unsigned> value_of(char letter) {
  if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  if (letter == 'I' || letter == 'L') letter = '1';
  if (letter == 'O') letter = '0';
  const std::size_t place = alphabet.find(letter);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(place);
}

bool is_separator(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n' || letter == '-';
}

}  // namespace

SecretBytes print_recovery_key(const Key& key) {
  return SecretBytes::filled(letters + recovery_groups - 1, [&](std::span<unsigned char> text) {
    Raw raw;
    std::memcpy(raw.data(), key.data(), Key::size);
    add_checksum(key.data(), raw.data() + Key::size);
    std::size_t written = 0;
    for (std::size_t letter = 0; letter < letters; ++letter) {
      if (letter != 0 && letter % recovery_group_letters == 0) text[written++] = '-';
      unsigned value = 0;
      for (std::size_t bit = letter * 5; bit < letter * 5 + 5; ++bit) {
        value = value << 1 | (raw[bit / 8] >> (7 - bit % 8) & 1u);
      }
      text[written++] = static_cast<unsigned char>(alphabet[value]);
    }
    sodium_memzero(raw.data(), raw.size());
  });
}

Result<Key> parse_recovery_key(std::string_view text) {
  Raw raw{};
  std::size_t count = 0;
  for (const char letter : text) {
    if (is_separator(letter)) continue;
    const auto value = value_of(letter);
    if (!value)
      return fail(ErrorCode::malformed, "Letter " + std::to_string(count + 1) + " is none of a recovery key.");
    if (++count > letters) break;
    for (std::size_t bit = 0; bit < 5; ++bit) {
      const std::size_t place = (count - 1) * 5 + bit;
      raw[place / 8] = static_cast<unsigned char>(raw[place / 8] | (*value >> (4 - bit) & 1u) << (7 - place % 8));
    }
  }
  if (count != letters) {
    sodium_memzero(raw.data(), raw.size());
    return fail(ErrorCode::malformed, "A recovery key has 56 letters, in 8 groups of 7.");
  }
  std::array<char, checksum_size> expected;
  add_checksum(raw.data(), out(expected.data()));
  const bool right =
      equal({expected.data(), expected.size()}, {reinterpret_cast<const char*>(raw.data()) + Key::size, checksum_size});
  Key key = Key::filled([&](std::span<unsigned char> bytes) { std::memcpy(bytes.data(), raw.data(), bytes.size()); });
  sodium_memzero(raw.data(), raw.size());
  if (!right) return fail(ErrorCode::malformed, "A letter of the recovery key is wrong: its checksum does not fit.");
  return key;
}

bool is_recovery_group(const Key& key, std::size_t number, std::string_view typed) {
  if (number < 1 || number > recovery_groups) return false;
  std::array<char, recovery_group_letters> read;
  std::size_t count = 0;
  for (const char letter : typed) {
    if (is_separator(letter)) continue;
    const auto value = value_of(letter);
    if (!value || count == read.size()) return false;
    read[count++] = alphabet[*value];
  }
  const SecretBytes text = print_recovery_key(key);
  const std::string_view group =
      text.view().substr((number - 1) * (recovery_group_letters + 1), recovery_group_letters);
  const bool right = equal(group, {read.data(), count});
  sodium_memzero(read.data(), read.size());
  return right;
}

}  // namespace satchel::crypto
