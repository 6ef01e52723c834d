// Sealed blocks: written once, read anywhere (FORMAT.md section 3). Functions over bytes; whoever calls them reads
// and writes the file. A sealer has one owner; a BlockOpener is const and may be used from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

inline constexpr std::size_t plain_block_size = 16 * 1024;
inline constexpr std::size_t sealed_block_size = plain_block_size + tag_size;

// Size of the whole file, header included, that holds `logical` plain bytes.
std::uint64_t block_file_size(std::uint64_t logical);
// The other way round. Errors: corrupt (no file of blocks has this size: it was cut).
Result<std::uint64_t> block_file_logical_size(std::uint64_t physical);

class BlockSealer {
 public:
  // The caller has written, or will first write, key.header().
  explicit BlockSealer(FileKey key);

  // Adds to `out` what is sealed now; up to one block stays behind. Errors: broken (after finish()).
  Result<> append(std::string_view plain, std::string& out);
  // Adds the last block. Nothing can be appended afterwards. Errors: broken (a second time).
  Result<> finish(std::string& out);

  std::uint64_t logical_size() const { return logical_; }
  bool finished() const { return finished_; }
  const std::string& header() const { return key_.header(); }

 private:
  enum class Place : std::uint32_t { inner = 0, last = 1 };
  void seal_block(std::string_view plain, Place place, std::string& out);

  FileKey key_;
  std::string pending_;  // at most one block: whether it is the last shows later
  std::uint64_t index_ = 0;
  std::uint64_t logical_ = 0;
  bool finished_ = false;
};

class BlockOpener {
 public:
  // `physical` is the size of the whole file. Errors: corrupt.
  // The caller then opens block last() at once: only that tells a whole file from a cut one.
  static Result<BlockOpener> make(FileKey key, std::uint64_t physical);

  std::uint64_t logical_size() const { return logical_; }
  std::uint64_t block_count() const { return count_; }
  std::uint64_t last() const { return count_ - 1; }

  static std::uint64_t block_of(std::uint64_t logical_offset) { return logical_offset / plain_block_size; }
  static std::uint64_t physical_offset(std::uint64_t index) { return file_header_size + index * sealed_block_size; }
  std::size_t plain_size(std::uint64_t index) const;
  std::size_t sealed_size(std::uint64_t index) const { return plain_size(index) + tag_size; }

  // `sealed` is the whole block as it lies in the file; plain_size(index) bytes go to `plain`, which may be
  // sealed.data() itself. No allocation unless it fails. Errors: corrupt.
  Result<> open_block(std::uint64_t index, std::string_view sealed, char* plain) const;

 private:
  BlockOpener(FileKey key, std::uint64_t logical, std::uint64_t count)
      : key_(std::move(key)), logical_(logical), count_(count) {}

  FileKey key_;
  std::uint64_t logical_;
  std::uint64_t count_;
};

// Whole files at once, for small ones and tests.
std::string seal_block_file(FileKey key, std::string_view plain);
Result<std::string> open_block_file(const Key& master, const FileBinding& binding, std::string_view file);

}  // namespace satchel::crypto
