// Segments for real: files NNNNNN.seg of about 64 MB, an AEAD for each extent, zstd before sealing
// where that makes it smaller (FORMAT.md section 1, "Segments"). A new file is begun at each
// opening and after each failure: nobody appends under an old key.
// Owned by the Store. append() and make_durable() by one thread at a time, the rest from any.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "store/segments.hpp"

namespace rocksdb {
class FileSystem;
}

namespace satchel::store {

struct SegmentLimits {
  std::uint64_t segment_size = 64 << 20;  // a segment that has reached it is closed
  std::size_t open_files = 64;
};

// Errors: not_found (no such folder), what the disk says.
Result<std::unique_ptr<Segments>> open_sealed_segments(std::string folder, std::shared_ptr<rocksdb::FileSystem> base,
                                                       const crypto::Key& files_key, SegmentLimits limits = {});

}  // namespace satchel::store
