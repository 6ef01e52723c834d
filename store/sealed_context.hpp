// What the files of one open store share: the master key, the anchor, and whether a write has
// failed. Internal to the sealed file system. Thread-safe.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crypto/kdf.hpp"
#include "crypto/sealed_header.hpp"
#include "crypto/sealed_records.hpp"
#include "store/sealed_file_kind.hpp"

namespace satchel::store {

class Anchor;

// After a failed sync the kernel marks pages clean that never reached the disk: nothing may be
// written or synced any more until the store is opened again.
class WriteHealth {
 public:
  bool good() const { return !stopped_; }
  void stop() { stopped_ = true; }

  // Status of an append: a full disk ends that file only, all else ends the store.
  rocksdb::IOStatus after_append(const rocksdb::IOStatus& status);
  // Status of a sync, close, rename or creation: any failure ends the store.
  rocksdb::IOStatus after_sync(const rocksdb::IOStatus& status);

 private:
  std::atomic<bool> stopped_ = false;
};

// A write-ahead log that is open for appending.
class OpenLog {
 public:
  virtual ~OpenLog() = default;
  virtual rocksdb::IOStatus sync_appended() = 0;
};

// Before the first record of a log is written, the logs before it are synced: else a crash could
// keep the new one's head without the old one's tail, which is no prefix of what was written.
class OpenLogs {
 public:
  void add(OpenLog& log);
  void remove(OpenLog& log);
  rocksdb::IOStatus sync_before(OpenLog& log);

 private:
  std::mutex mutex_;
  std::vector<OpenLog*> logs_;  // oldest first
};

// Number of a log, and how many records of it count.
using LogEnds = std::map<std::uint64_t, std::uint64_t>;

struct SealedContext {
  SealedContext(crypto::Key files_key, std::shared_ptr<Anchor> store_anchor, std::optional<LogEnds> ends = {})
      : key(std::move(files_key)), anchor(std::move(store_anchor)), log_ends(std::move(ends)) {}

  crypto::Key key;
  std::shared_ptr<Anchor> anchor;
  // Known where the store was open before in this process: what lies behind them was answered with an error. A log
  // that is not among them holds nothing that counts.
  std::optional<LogEnds> log_ends;
  WriteHealth health;
  OpenLogs logs;
};

// The binding of a file, its name bound where RocksDB never renames it. Valid while `name` lives.
crypto::FileBinding binding_of(const FileName& name);

// The bytes of a real file, as crypto reads them.
class FileSource final : public crypto::ByteSource {
 public:
  FileSource(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}

  std::uint64_t size() const override { return size_; }
  Result<> read(std::uint64_t offset, std::size_t size, char* out) const override;

 private:
  std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
  std::uint64_t size_;
};

// What came, went or was renamed in a folder is on disk.
rocksdb::IOStatus sync_folder(rocksdb::FileSystem& base, const std::string& folder);

// Opens a file of the base file system and asks its size. Errors: not_found, else what the disk said.
Result<std::unique_ptr<FileSource>> open_source(rocksdb::FileSystem& base, const std::string& path);

}  // namespace satchel::store
