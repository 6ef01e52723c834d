#include "proxy/imap/mailbox_name.hpp"

#include <cstdint>

namespace satchel::imap {
namespace {

constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

bool is_printable(char letter) {
  return letter >= 0x20 && letter <= 0x7e;
}

void add_utf8(std::uint32_t point, std::string& out) {
  if (point < 0x80) {
    out += char(point);
  } else if (point < 0x800) {
    out += char(0xc0 | (point >> 6));
    out += char(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    out += char(0xe0 | (point >> 12));
    out += char(0x80 | ((point >> 6) & 0x3f));
    out += char(0x80 | (point & 0x3f));
  } else {
    out += char(0xf0 | (point >> 18));
    out += char(0x80 | ((point >> 12) & 0x3f));
    out += char(0x80 | ((point >> 6) & 0x3f));
    out += char(0x80 | (point & 0x3f));
  }
}

// The next code point of UTF-8 (RFC 3629: no overlong form, no surrogate); 0xffffffff where it is none.
std::uint32_t take_utf8(std::string_view& text) {
  constexpr std::uint32_t none = 0xffffffff;
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return none;
  std::uint32_t point = length == 1 ? first : first & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return none;
    point = (point << 6) | (next & 0x3f);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return none;
  text.remove_prefix(length);
  return point;
}

// UTF-16 units as UTF-8. False for a lone surrogate.
bool add_units(const std::u16string& units, std::string& out) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t point = units[i];
    if (point >= 0xdc00 && point < 0xe000) return false;
    if (point >= 0xd800 && point < 0xdc00) {
      if (i + 1 == units.size() || units[i + 1] < 0xdc00 || units[i + 1] >= 0xe000) return false;
      point = 0x10000 + ((point - 0xd800) << 10) + (units[++i] - 0xdc00u);
    }
    add_utf8(point, out);
  }
  return true;
}

// The base64 between "&" and "-", not empty.
bool decode_shifted(std::string_view text, std::string& out) {
  std::u16string units;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const std::size_t value = base64.find(letter);
    if (value == std::string_view::npos) return false;
    bits = (bits << 6) | std::uint32_t(value);
    count += 6;
    if (count < 16) continue;
    count -= 16;
    units += char16_t((bits >> count) & 0xffff);
    bits &= (1u << count) - 1;
  }
  if (count >= 6 || bits != 0 || units.empty()) return false;  // left-over letters, or bits that are not zero
  for (const char16_t unit : units)
    if (unit < 0x80 && is_printable(char(unit))) return false;  // would have been written as itself
  return add_units(units, out);
}

void encode_shifted(const std::u16string& units, std::string& out) {
  out += '&';
  std::uint32_t bits = 0;
  int count = 0;
  for (const char16_t unit : units) {
    bits = (bits << 16) | unit;
    count += 16;
    while (count >= 6) {
      count -= 6;
      out += base64[(bits >> count) & 0x3f];
    }
    bits &= (1u << count) - 1;
  }
  if (count > 0) out += base64[(bits << (6 - count)) & 0x3f];
  out += '-';
}

}  // namespace

std::optional<std::string> decode_utf7(std::string_view wire) {
  std::string out;
  bool after_shift = false;
  while (!wire.empty()) {
    const char letter = wire.front();
    if (!is_printable(letter)) return std::nullopt;
    if (letter != '&') {
      out += letter;
      wire.remove_prefix(1);
      after_shift = false;
      continue;
    }
    const std::size_t end = wire.find('-');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view shifted = wire.substr(1, end - 1);
    if (shifted.empty()) {
      out += '&';
      after_shift = false;
    } else if (after_shift || !decode_shifted(shifted, out)) {
      return std::nullopt;  // two shifts in a row would have been one
    } else {
      after_shift = true;
    }
    wire.remove_prefix(end + 1);
  }
  return out;
}

std::string decode_utf7_leniently(std::string_view wire) {
  if (const auto decoded = decode_utf7(wire)) return *decoded;
  std::string out;
  while (!wire.empty()) {
    const std::uint32_t point = take_utf8(wire);
    if (point == 0xffffffff) wire.remove_prefix(1);
    add_utf8(point == 0xffffffff || point == 0 ? 0xfffd : point, out);
  }
  return out;
}

std::string encode_utf7(std::string_view utf8) {
  std::string out;
  std::u16string pending;
  const auto flush = [&] {
    if (!pending.empty()) encode_shifted(pending, out);
    pending.clear();
  };
  while (!utf8.empty()) {
    std::uint32_t point = take_utf8(utf8);
    if (point == 0xffffffff) {
      utf8.remove_prefix(1);
      point = 0xfffd;
    }
    if (point < 0x80 && is_printable(char(point))) {
      flush();
      out += point == '&' ? "&-" : std::string(1, char(point));
    } else if (point >= 0x10000) {
      pending += char16_t(0xd800 + ((point - 0x10000) >> 10));
      pending += char16_t(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
      pending += char16_t(point);
    }
  }
  flush();
  return out;
}

bool is_inbox(std::string_view name) {
  constexpr std::string_view inbox = "inbox";
  if (name.size() != inbox.size()) return false;
  for (std::size_t i = 0; i < inbox.size(); ++i)
    if ((name[i] | 0x20) != inbox[i]) return false;
  return true;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty())
    if (take_utf8(bytes) == 0xffffffff) return false;
  return true;
}

}  // namespace satchel::imap
