#include "store/content_reading.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

constexpr int steps_before_a_seek = 8;

Error not_here() {
  return fail(ErrorCode::unavailable, "The content is not on this computer yet.");
}
Error damaged() {
  return fail(ErrorCode::corrupt, "The place of a content cannot be read.");
}

}  // namespace

Result<std::string_view> RowReader::get(const std::string& key) {
  if (!cursor_) cursor_ = database_.scan(key);
  for (int step = 0; step < steps_before_a_seek && cursor_->valid() && cursor_->key() < key; ++step) cursor_->next();
  if (!cursor_->valid() || cursor_->key() != key) cursor_->seek(key);
  if (cursor_->valid() && cursor_->key() == key) return cursor_->value();
  const auto error = cursor_->error();
  if (error) return not_here();
  const Error what = error.error();
  cursor_.reset();
  return what;
}

Result<rows::Location> decode_location(std::string_view row) {
  auto found = rows::decode_location(row);
  if (!found) return damaged();
  return std::move(*found);
}

Result<rows::Location> read_location(const Database& database, ContentNumber resolved) {
  const auto row = database.get(rows::content(resolved));
  if (!row) return row.error().code == ErrorCode::not_found ? not_here() : row.error();
  return decode_location(*row);
}

Result<std::string> read_bytes(const Segments& segments, const rows::Location& where, std::uint64_t offset,
                               std::uint64_t length) {
  std::string bytes;
  if (offset >= where.size) return bytes;
  const std::uint64_t end = offset + std::min(length, where.size - offset);
  if (offset == 0 && end == where.size && where.extents.size() == 1) {
    auto whole = segments.read(where.extents.front());
    if (whole && whole->size() != where.size) return damaged();
    return whole;
  }
  bytes.reserve(std::size_t(end - offset));
  std::uint64_t begin = 0;
  for (const Extent& extent : where.extents) {
    const std::uint64_t extent_end = begin + extent.plain_size;
    if (extent_end > offset && begin < end) {
      const auto plain = segments.read(extent);
      if (!plain) return plain.error();
      const std::uint64_t from = std::max(offset, begin) - begin;
      const std::uint64_t to = std::min(end, extent_end) - begin;
      if (plain->size() < to) return damaged();
      bytes.append(*plain, std::size_t(from), std::size_t(to - from));
    }
    begin = extent_end;
  }
  if (bytes.size() != end - offset) return damaged();
  return bytes;
}

}  // namespace satchel::store
