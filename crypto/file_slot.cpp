#include "crypto/file_slot.hpp"

#include <sodium.h>

#include <algorithm>

#include "crypto/bytes.hpp"
#include "crypto/kdf.hpp"

namespace satchel::crypto {

namespace {

constexpr std::string_view first_line = "satchel-key-file-1\n";
constexpr std::size_t digits = 2 * Key::size;

Key slot_key(const SlotPlace& place, const Key& file_key) {
  return derive(file_key, "file slot", place.store_id);
}

}  // namespace

SecretBytes print_key_file(const Key& file_key) {
  return SecretBytes::filled(first_line.size() + digits + 1, [&](std::span<unsigned char> text) {
    std::copy(first_line.begin(), first_line.end(), text.begin());
    // Writes a zero byte behind the digits; the line end takes its place.
    sodium_bin2hex(reinterpret_cast<char*>(text.data()) + first_line.size(), digits + 1, file_key.data(), Key::size);
    text.back() = '\n';
  });
}

Result<Key> parse_key_file(std::string_view text) {
  const Error wrong = fail(ErrorCode::malformed, "This is not a key file of this program.");
  if (!text.starts_with(first_line)) return wrong;
  text.remove_prefix(first_line.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.size() != digits || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return wrong;
  return Key::filled([&](std::span<unsigned char> bytes) {
    sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, nullptr, nullptr);
  });
}

Result<Slot> make_file_slot(const SlotPlace& place, const Key& store_key, const Key& file_key, std::string path) {
  if (path.size() > max_path) return fail(ErrorCode::refused, "The path of the key file is too long.");
  Slot slot;
  slot.id = new_slot_id();
  slot.kind = SlotKind::file;
  slot.path = std::move(path);
  seal_slot(slot, place, slot_key(place, file_key), store_key);
  return slot;
}

Result<Key> open_file_slot(const Slot& slot, const SlotPlace& place, const Key& file_key) {
  return open_slot(slot, place, slot_key(place, file_key));
}

}  // namespace satchel::crypto
