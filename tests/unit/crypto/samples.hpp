// What the tests of sealed files share: one master key, bindings, and damage.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/sealed_records.hpp"

namespace satchel::crypto {

inline Key key_of(char byte) {
  return Key::from(std::string(Key::size, byte)).value();
}

// Bytes in which no two neighbours of a block or record are alike.
inline std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251 + 1);
  return bytes;
}

inline std::string flipped(std::string bytes, std::size_t place) {
  bytes[place] = static_cast<char>(bytes[place] ^ (1 << place % 8));
  return bytes;
}

inline const FileBinding table_binding{FileFormat::blocks, FileClass::table, "000007.sst"};
inline const FileBinding log_binding{FileFormat::records, FileClass::write_ahead_log, "000008.log"};
inline const FileBinding segment_binding{FileFormat::segment, FileClass::segment, "000009.seg"};

struct ReadRecords {
  std::vector<std::string> records;
  RecordEnding ending = RecordEnding::none;
  std::optional<ErrorCode> error;
};

inline ReadRecords read_records(const Key& master, const FileBinding& binding, std::string_view file,
                                std::uint64_t synced = 0) {
  const MemorySource source(file);
  ReadRecords all;
  auto reader = RecordReader::make(master, binding, source, {synced});
  if (!reader) {
    all.error = reader.error().code;
    return all;
  }
  while (true) {
    auto record = reader->next();
    if (!record) {
      all.error = record.error().code;
      return all;
    }
    if (!*record) break;
    all.records.emplace_back(**record);
  }
  all.ending = reader->ending();
  return all;
}

}  // namespace satchel::crypto
