// For the fuzz targets of sealed files: the input says what is sealed and how the file is changed afterwards, so that
// the fuzzer gets behind the seals. Whatever opens must be what was sealed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

inline const Key& fuzz_key() {
  static const Key key = Key::from(std::string(Key::size, 'z')).value();
  return key;
}

inline FileKey fuzz_file_key(const FileBinding& binding) {
  return FileKey::create_with_salt(fuzz_key(), binding, FileSalt{1, 2, 3});
}

inline void require(bool holds) {
  if (!holds) std::abort();
}

class Edits {
 public:
  explicit Edits(std::string_view input) : rest_(input) {}

  std::string_view take(std::size_t size) {
    const std::string_view part = rest_.substr(0, size);
    rest_.remove_prefix(part.size());
    return part;
  }
  std::size_t number() {
    std::size_t value = 0;
    for (const char byte : take(2)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  // Until the input is used up: flips, cuts, copies and appends.
  std::string applied_to(std::string file) {
    while (!rest_.empty()) {
      const unsigned kind = static_cast<unsigned char>(take(1)[0]) % 4;
      const std::size_t at = file.empty() ? 0 : number() % file.size();
      if (kind == 0 && !file.empty()) {
        file[at] = static_cast<char>(file[at] ^ number());
      } else if (kind == 1) {
        file.resize(at);
      } else if (kind == 2) {
        file += take(number() % 64);
      } else if (!file.empty()) {
        const std::size_t from = number() % file.size();
        file.replace(at, 40, file.substr(from, 40));
      }
      if (file.size() > 200000) break;
    }
    return file;
  }

 private:
  std::string_view rest_;
};

}  // namespace satchel::crypto
