// Append-only sealed files that hold the contents of messages: real files (sealed_segments.hpp)
// or memory (memory_segments.hpp), whose simulated crash is independent of the database's.
// A content is one or more extents; each extent is compressed (zstd), then sealed on its own.
// append() and make_durable() are called by one thread at a time; read() from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace satchel::store {

// Where one sealed piece lies. Kept in the database, so it is trusted as far as that is.
struct Extent {
  std::uint32_t segment = 0;      // number of the segment file, from 1
  std::uint64_t offset = 0;       // of its first sealed byte in that file
  std::uint32_t sealed_size = 0;  // bytes on disk, tag included
  std::uint32_t plain_size = 0;   // bytes that read() gives back, at most max_extent_size

  friend bool operator==(const Extent&, const Extent&) = default;
};

struct SegmentInfo {
  std::uint32_t number = 0;
  std::uint64_t bytes = 0;
  bool closed = false;  // nothing is appended any more
};

class Segments {
 public:
  static constexpr std::size_t max_extent_size = 256 * 1024;  // of plain bytes

  virtual ~Segments() = default;

  // Errors: no_space, read_only, broken.
  virtual Result<Extent> append(std::string_view plain) = 0;

  // Everything appended so far is on the disk when this returns. After an error the segment is
  // given up: extents that were not durable must not be used, the next append starts a new one.
  virtual Result<> make_durable() = 0;

  // Errors: corrupt (altered, cut, exchanged), not_found (the file is gone).
  virtual Result<std::string> read(const Extent& extent) const = 0;

  virtual Result<std::vector<SegmentInfo>> list() const = 0;

  // Deletes a closed segment that nothing mentions any more.
  virtual Result<> remove(std::uint32_t segment) = 0;
};

}  // namespace satchel::store
