// The ordered key-value database under the replica: RocksDB on sealed files (rocks_database.hpp),
// or memory (memory_database.hpp), whose simulated crash keeps any prefix of the writes from the
// last durable one on. Keys and values are bytes; order is that of memcmp.
// Calls block; they may come from any thread. store/FORMAT.md gives keys and values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace satchel::store {

// Changes that happen together or not at all.
class WriteBatch {
 public:
  struct Change {
    std::string key;
    std::string value;
    bool erased = false;
  };

  void put(std::string key, std::string value) { changes_.push_back({std::move(key), std::move(value), false}); }
  void erase(std::string key) { changes_.push_back({std::move(key), {}, true}); }
  bool empty() const { return changes_.empty(); }
  void clear() { changes_.clear(); }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  std::vector<Change> changes_;
};

// Walks keys upwards over a snapshot of the moment in which it was made. After a failed read
// valid() is false and error() tells: never mistake that for the end.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual void seek(std::string_view key) = 0;  // to the first key not below `key`
  virtual bool valid() const = 0;
  virtual void next() = 0;
  virtual std::string_view key() const = 0;    // until the next call
  virtual std::string_view value() const = 0;  // until the next call
  virtual Result<> error() const = 0;
};

class Database {
 public:
  virtual ~Database() = default;

  // Errors: not_found (there is no such key), corrupt (what is there does not open).
  virtual Result<std::string> get(std::string_view key) const = 0;

  // Positioned before the first key at or above `from`; call valid() first.
  virtual std::unique_ptr<Cursor> scan(std::string_view from) const = 0;

  // Visible at once, durable with the next write_durable() or make_durable().
  virtual Result<> write(const WriteBatch& batch) = 0;

  // Returns when this batch and all before it are on the disk. After an error (no_space,
  // read_only, broken) nothing of it counts; the database then refuses all writes (broken) until it is
  // opened again, except after no_space, where a later write may work.
  virtual Result<> write_durable(const WriteBatch& batch) = 0;
  virtual Result<> make_durable() = 0;

  // Bytes on disk, all files.
  virtual Result<std::uint64_t> disk_bytes() const = 0;
};

}  // namespace satchel::store
