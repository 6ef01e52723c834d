// Extents of segments: one seal for each, bound to its offset in its file (FORMAT.md section 5). Functions over bytes;
// the caller reads and writes the file. A sealer has one owner; an ExtentOpener is const: any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

inline constexpr std::size_t max_extent_plain = std::size_t{1} << 24;

class ExtentSealer {
 public:
  // For a new segment only: its first extent lies right behind key.header().
  explicit ExtentSealer(FileKey key);

  // Adds the sealed extent to `out` and returns its offset in the file. The caller writes all that was sealed, in
  // order, from the start of the file: what could not be written ends this segment.
  // Errors: no_space (over max_extent_plain).
  Result<std::uint64_t> append(std::string_view plain, std::string& out, std::string_view associated = {});

  std::uint64_t size() const { return offset_; }  // of the file, when all is written
  const std::string& header() const { return key_.header(); }

 private:
  FileKey key_;
  std::uint64_t offset_ = file_header_size;
};

class ExtentOpener {
 public:
  explicit ExtentOpener(FileKey key) : key_(std::move(key)) {}

  // `sealed` is the whole extent as it lies at `offset`; sealed.size() - tag_size bytes go to `plain`, which may
  // be sealed.data() itself. Errors: corrupt.
  Result<> open(std::uint64_t offset, std::string_view sealed, char* plain, std::string_view associated = {}) const;
  Result<std::string> open_copy(std::uint64_t offset, std::string_view sealed, std::string_view associated = {}) const;

 private:
  FileKey key_;
};

}  // namespace satchel::crypto
