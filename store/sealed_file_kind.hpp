// What a file of the store is, told by its name alone: the name decides the format and whether it
// may be written at all (FORMAT.md section 1). An unknown name is refused, so that no new kind of
// file of RocksDB's can ever go out in clear.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace satchel::store {

enum class FileKind : std::uint8_t {
  table,     // NNNNNN.sst
  wal,       // NNNNNN.log
  manifest,  // MANIFEST-NNNNNN
  current,   // CURRENT, and NNNNNN.dbtmp that becomes it
  identity,  // IDENTITY, and 000000.dbtmp that becomes it
  lock,      // LOCK: empty
  anchor,    // anchor, and anchor.new that becomes it
  segment,   // NNNNNN.seg
  unsealed,  // OPTIONS-*, LOG*: known, never written
  unknown
};

struct FileName {
  FileKind kind = FileKind::unknown;
  std::uint64_t number = 0;  // table, wal, manifest, segment
  std::string base;          // without the folder
};

FileName file_name(std::string_view path);

// Written in records (appended to for long) or in blocks (written once).
constexpr bool is_record_file(FileKind kind) {
  return kind == FileKind::wal || kind == FileKind::manifest;
}
constexpr bool is_block_file(FileKind kind) {
  return kind == FileKind::table || kind == FileKind::current || kind == FileKind::identity;
}

const char* to_string(FileKind kind);

}  // namespace satchel::store
