// Rows of contents, and their bytes, read on a pool thread; for store's own files.
#pragma once

#include <memory>
#include <string>

#include "store/open_parts.hpp"
#include "store/rows.hpp"

namespace satchel::store {

// Reads rows by key, best in ascending order: one cursor goes on where keys are close.
class RowReader {
 public:
  explicit RowReader(const Database& database) : database_(database) {}

  // Valid until the next call. Errors: unavailable (no such row), those of the database.
  Result<std::string_view> get(const std::string& key);

 private:
  const Database& database_;
  std::unique_ptr<Cursor> cursor_;
};

// Errors: unavailable (its bytes are not here), corrupt.
Result<rows::Location> read_location(const Database& database, ContentNumber resolved);
Result<rows::Location> decode_location(std::string_view row);

// Bytes [offset, offset + length), cut at the end; touches only the extents that hold them.
Result<std::string> read_bytes(const Segments& segments, const rows::Location& where, std::uint64_t offset,
                               std::uint64_t length);

}  // namespace satchel::store
