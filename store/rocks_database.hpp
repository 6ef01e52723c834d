// The database for real: RocksDB, one column family, on whatever FileSystem it is given (the sealed
// one but for tests). Options are those that storage of sealed files was measured with: no info
// log, no OPTIONS file, small caches, filters and indexes in 4 KiB parts.
// Owned by the Store. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/database.hpp"
#include "store/later.hpp"

namespace rocksdb {
class FileSystem;
}

namespace satchel::store {

// Whether a store is made (by `satchel setup` alone) or must be there. An open that may make one
// would wipe a store whose CURRENT was lost. reading: nothing is written, every write is refused (broken).
enum class Setup { create, existing, reading };

// Told when the database was closed: whether all that was written is on disk.
class CloseListener {
 public:
  virtual ~CloseListener() = default;
  virtual void closed_cleanly() = 0;
};

// `listener` may be null. Errors: corrupt, locked, no_space, read_only, broken.
Result<std::unique_ptr<Database>> open_rocks_database(const std::string& folder,
                                                      std::shared_ptr<rocksdb::FileSystem> file_system, Setup setup,
                                                      std::shared_ptr<CloseListener> listener, Later later = {});

}  // namespace satchel::store
