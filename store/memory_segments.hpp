// Segments in memory, for tests and simulations. As with memory_database.hpp the disk outlives the
// handles; its crash is independent of the database's. Thread-safe. Owned by the test.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "store/segments.hpp"

namespace satchel::store {

class MemorySegmentsDisk {
 public:
  // Of the extents that were not made durable any prefix stays, the last of them perhaps torn
  // (reads as corrupt). Handles opened before answer `broken` from now on.
  void crash(std::uint64_t seed);

  // The next append() or make_durable() fails with this code.
  void fail_next_write(ErrorCode code);

  // All that was written by now, durable, as a disk of its own.
  std::shared_ptr<MemorySegmentsDisk> copy() const;

  // As if its bytes had been altered on disk. False when there is no such extent.
  bool damage(const Extent& extent);

 private:
  friend class MemorySegments;
  struct Piece {
    std::string plain;
    bool durable = false;
    bool damaged = false;
  };
  struct Segment {
    std::map<std::uint64_t, Piece> pieces;  // by offset
    std::uint64_t bytes = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::uint32_t, Segment> segments_;
  std::optional<ErrorCode> fail_next_;
  std::uint32_t last_number_ = 0;
  std::uint64_t epoch_ = 0;
};

// Appends to a new segment, which is closed at `segment_size` bytes. Never fails.
std::unique_ptr<Segments> open_memory_segments(std::shared_ptr<MemorySegmentsDisk> disk,
                                               std::uint64_t segment_size = 64 << 20);

}  // namespace satchel::store
