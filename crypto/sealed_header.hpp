// The first 64 bytes of every sealed file, and the key of that one file (FORMAT.md section 2).
// Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/secret.hpp"

namespace satchel::crypto {

enum class FileFormat : std::uint8_t { blocks = 1, records = 2, segment = 3 };

enum class FileClass : std::uint16_t {
  table = 1,
  write_ahead_log = 2,
  manifest = 3,
  current = 4,
  identity = 5,
  anchor = 6,
  segment = 7,
  options = 8,
  backup = 9
};

inline constexpr std::size_t file_header_size = 64;
inline constexpr std::size_t tag_size = 16;

// What a reader or writer knows of a file before it looks inside.
struct FileBinding {
  FileFormat format = FileFormat::blocks;
  FileClass file_class = FileClass::table;
  std::string_view name = {};  // without the folder; empty where files of this class are renamed
  std::uint32_t epoch = 1;     // of the master key
};

using FileSalt = std::array<unsigned char, 32>;

// A file key and the header that it came from. One writer, once; any number of readers.
class FileKey {
 public:
  // For a new file: a fresh random salt. The file starts with header().
  static FileKey create(const Key& master, const FileBinding& binding);
  // Only for test vectors: a salt used twice gives a key used twice.
  static FileKey create_with_salt(const Key& master, const FileBinding& binding, const FileSalt& salt);

  // For a file that there is; `header` is its first file_header_size bytes.
  // Errors: corrupt (no sealed file, or not the one that `binding` speaks of, as far as the header tells; a file
  // that was exchanged shows at the first block, record or extent, which then does not open).
  static Result<FileKey> open(const Key& master, const FileBinding& binding, std::string_view header);

  const std::string& header() const { return header_; }
  const Key& key() const { return key_; }
  FileKey clone() const { return FileKey(header_, key_.clone()); }

 private:
  FileKey(std::string header, Key key) : header_(std::move(header)), key_(std::move(key)) {}

  std::string header_;
  Key key_;
};

}  // namespace satchel::crypto
