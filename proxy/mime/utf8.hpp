// UTF-8, strictly (RFC 3629).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace satchel::mime {

inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

struct Utf8Step {
  std::size_t length = 0;  // bytes of the character; 0: none begins here
  std::uint32_t code_point = 0;
  bool cut = false;  // with 0: the text ends inside what may become one
};
Utf8Step read_utf8_slowly(std::string_view text);
inline Utf8Step read_utf8(std::string_view text) {  // text is not empty
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead >= 0xC2 && lead < 0xE0 && text.size() > 1) {
    const auto next = static_cast<unsigned char>(text[1]);
    if ((next & 0xC0) == 0x80) return {2, (lead & 0x1FU) << 6 | (next & 0x3FU), false};
  }
  return read_utf8_slowly(text);
}
void put_utf8(std::string& out, std::uint32_t code_point);  // above 0x10FFFF, surrogates: U+FFFD

// Bytes of `text` that are ASCII, from its beginning on.
std::size_t ascii_run(std::string_view text);

}  // namespace satchel::mime
