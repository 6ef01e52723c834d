// How numbers and bytes stand in the values of rows (FORMAT.md section 2): numbers as varints of
// seven bits a byte, lowest first; bytes behind their length; keys with big-endian numbers, so that
// the order of memcmp is the order of numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace satchel::store {

inline void put_byte(std::string& out, std::uint8_t byte) {
  out += char(byte);
}

inline void put_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += char(number | 0x80);
    number >>= 7;
  }
  out += char(number);
}

// Zigzag: small negative numbers stay short.
inline void put_signed(std::string& out, std::int64_t number) {
  put_number(out, (std::uint64_t(number) << 1) ^ std::uint64_t(number >> 63));
}

inline void put_bytes(std::string& out, std::string_view bytes) {
  put_number(out, bytes.size());
  out.append(bytes);
}

// Eight bytes as they are: hashes, which no varint makes shorter.
inline void put_fixed64(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += char(number >> shift);
}
inline void put_fixed32(std::string& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += char(number >> shift);
}

// Reads what was put; beyond the end everything is zero and good() is false for good.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  bool good() const { return good_; }
  bool at_end() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) return std::uint8_t(failed());
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t(next & 0x7f) << shift;
      if ((next & 0x80) == 0) return value;
    }
    return failed();
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return std::int64_t(value >> 1) ^ -std::int64_t(value & 1);
  }
  std::string_view bytes() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) {
      failed();
      return {};
    }
    const std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  std::uint64_t fixed(int size) {
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i) value = (value << 8) | byte();
    return value;
  }
  std::uint64_t fixed64() { return fixed(8); }
  std::uint32_t fixed32() { return std::uint32_t(fixed(4)); }
  std::string_view rest() const { return bytes_; }

 private:
  std::uint64_t failed() {
    good_ = false;
    bytes_ = {};
    return 0;
  }

  std::string_view bytes_;
  bool good_ = true;
};

// A value only where all of it was read and nothing is left.
template <class T>
std::optional<T> whole(const Decoder& in, T value) {
  if (!in.good() || !in.at_end()) return std::nullopt;
  return value;
}

}  // namespace satchel::store
