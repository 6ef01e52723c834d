// The database in memory, for tests and simulations. The disk outlives the handles that are opened
// on it, as a real one outlives a process; crash() takes from it what a power cut may take.
// Thread-safe. Owned by the test.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace satchel::store {

class MemoryDatabaseDisk {
 public:
  // Keeps any prefix of the writes from the last durable one on, chosen by the seed. Handles
  // opened before answer `broken` from now on.
  void crash(std::uint64_t seed);

  // The next write fails with this code. It is not visible; after a crash it may be there or not.
  void fail_next_write(ErrorCode code);

  // All that was written by now, durable, as a disk of its own.
  std::shared_ptr<MemoryDatabaseDisk> copy() const;

  std::uint64_t durable_writes() const;  // how many returned well: figures for tests

 private:
  friend class MemoryDatabase;
  using Rows = std::map<std::string, std::string, std::less<>>;
  struct Undo {
    std::string key;
    std::optional<std::string> before;
  };

  Rows& rows_for_change();
  void apply(const WriteBatch& batch);
  void undo_last();

  mutable std::mutex mutex_;
  std::shared_ptr<Rows> rows_ = std::make_shared<Rows>();  // copied before a change while a cursor holds it
  std::vector<std::vector<Undo>> undurable_;               // newest last, one entry a batch
  std::optional<WriteBatch> failed_;                       // its fate is known only after the crash
  std::optional<ErrorCode> fail_next_;
  std::uint64_t epoch_ = 0;  // grows with each crash
  std::uint64_t durable_writes_ = 0;
};

// Clean open: everything that was written is there. Never fails.
std::unique_ptr<Database> open_memory_database(std::shared_ptr<MemoryDatabaseDisk> disk);

}  // namespace satchel::store
