// Little-endian numbers in bytes, and the two casts that libsodium asks for. Private to crypto/.
// Pure; any thread.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace satchel::crypto {

inline const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* out(char* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}
inline unsigned char* out(std::string& bytes) {
  return out(bytes.data());
}

template <std::unsigned_integral Integer>
void put(unsigned char* to, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) to[i] = static_cast<unsigned char>(value >> (8 * i));
}

template <std::unsigned_integral Integer>
Integer get(const unsigned char* from) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    value |= static_cast<Integer>(static_cast<Integer>(from[i]) << (8 * i));
  return value;
}

template <std::unsigned_integral Integer>
std::string bytes_of(Integer value) {
  std::string bytes(sizeof(Integer), '\0');
  put(out(bytes), value);
  return bytes;
}

}  // namespace satchel::crypto
