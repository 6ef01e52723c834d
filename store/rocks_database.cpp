#include "store/rocks_database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/write_batch.h>

#include <atomic>

#include "store/check.hpp"
#include "store/rocks_environment.hpp"
#include "store/rocks_options.hpp"
#include "store/rocks_status.hpp"
#include "store/sealed_file_kind.hpp"

namespace satchel::store {

namespace {

constexpr std::size_t read_size = 64 * 1024;

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

class RocksCursor final : public Cursor {
 public:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> iterator, std::string_view from) : iterator_(std::move(iterator)) {
    iterator_->Seek(slice(from));
  }

  void seek(std::string_view key) override { iterator_->Seek(slice(key)); }
  bool valid() const override { return iterator_->Valid(); }
  void next() override { iterator_->Next(); }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }
  Result<> error() const override {
    const rocksdb::Status status = iterator_->status();
    if (status.ok()) return {};
    return to_error(status);
  }

 private:
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksDatabase final : public Database, public FilesToCheck {
 public:
  RocksDatabase(std::unique_ptr<rocksdb::Env> environment, std::shared_ptr<rocksdb::FileSystem> files,
                std::unique_ptr<rocksdb::DB> database, std::string folder, std::shared_ptr<CloseListener> listener,
                Setup setup)
      : environment_(std::move(environment)),
        files_(std::move(files)),
        database_(std::move(database)),
        folder_(std::move(folder)),
        listener_(std::move(listener)),
        broken_(setup == Setup::reading) {}

  ~RocksDatabase() override {
    const bool synced = make_durable().has_value();
    const bool closed = database_->Close().ok();
    database_.reset();
    if (listener_ && synced && closed) listener_->closed_cleanly();
  }

  Result<std::string> get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = database_->Get({}, slice(key), &value);
    if (!status.ok()) return to_error(status);
    return value;
  }

  std::unique_ptr<Cursor> scan(std::string_view from) const override {
    return std::make_unique<RocksCursor>(std::unique_ptr<rocksdb::Iterator>(database_->NewIterator({})), from);
  }

  Result<> write(const WriteBatch& batch) override { return write_with(batch, {}); }

  Result<> write_durable(const WriteBatch& batch) override {
    rocksdb::WriteOptions options;
    options.sync = true;
    return write_with(batch, options);
  }

  // Not SyncWAL: on a log whose append failed it ends the process (an assertion of Debian's build).
  Result<> make_durable() override { return write_durable({}); }

  Result<std::uint64_t> disk_bytes() const override {
    std::vector<std::string> names;
    rocksdb::IOStatus status = files_->GetChildren(folder_, {}, &names, nullptr);
    if (!status.ok()) return to_error(status);
    std::uint64_t sum = 0;
    for (const std::string& name : names) {
      std::uint64_t bytes = 0;
      // A file that went away in between counts nothing.
      if (files_->GetFileSize(folder_ + "/" + name, {}, &bytes, nullptr).ok()) sum += bytes;
    }
    return sum;
  }

  std::vector<Error> check_files() const override {
    std::vector<Error> bad;
    if (const rocksdb::Status tables = database_->VerifyChecksum(); !tables.ok()) bad.push_back(to_error(tables));
    std::vector<std::string> names;
    if (const auto listed = files_->GetChildren(folder_, {}, &names, nullptr); !listed.ok())
      bad.push_back(to_error(listed));
    for (const std::string& name : names) {
      const FileKind kind = file_name(name).kind;
      if (!is_record_file(kind) && kind != FileKind::current && kind != FileKind::identity) continue;
      rocksdb::IOStatus status = read_to_end(name);
      // One that is being appended to may have grown between two looks at it.
      if (!status.ok()) status = read_to_end(name);
      if (!status.ok()) bad.push_back(to_error(status));
    }
    return bad;
  }

 private:
  // A file that went away meanwhile is well.
  rocksdb::IOStatus read_to_end(const std::string& name) const {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    rocksdb::IOStatus status = files_->NewSequentialFile(folder_ + "/" + name, {}, &file, nullptr);
    if (status.IsNotFound() || status.IsPathNotFound()) return rocksdb::IOStatus::OK();
    std::string room(read_size, '\0');
    rocksdb::Slice bytes;
    do {
      if (status.ok()) status = file->Read(room.size(), {}, &bytes, room.data(), nullptr);
    } while (status.ok() && !bytes.empty());
    return status;
  }

  Result<> write_with(const WriteBatch& batch, const rocksdb::WriteOptions& options) {
    if (auto ready = ready_to_write(); !ready) return ready;
    rocksdb::WriteBatch changes;
    for (const auto& change : batch.changes()) {
      if (change.erased) {
        changes.Delete(slice(change.key));
      } else {
        changes.Put(slice(change.key), slice(change.value));
      }
    }
    return settle(database_->Write(options, &changes));
  }

  Result<> ready_to_write() const {
    if (broken_) return fail(ErrorCode::broken, std::string(stopped_mark));
    return {};
  }

  // A full disk is gone over: RocksDB looks every five seconds whether there is room again, and then
  // goes on with a new log. (Resume is never called: on a disk that is still full it ends that.)
  Result<> settle(const rocksdb::Status& status) {
    if (status.ok()) return {};
    const bool passing = status.IsNoSpace() && status.severity() < rocksdb::Status::Severity::kFatalError;
    if (!passing) broken_ = true;
    return to_error(status);
  }

  std::unique_ptr<rocksdb::Env> environment_;
  std::shared_ptr<rocksdb::FileSystem> files_;
  std::unique_ptr<rocksdb::DB> database_;
  std::string folder_;
  std::shared_ptr<CloseListener> listener_;
  std::atomic<bool> broken_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_rocks_database(const std::string& folder,
                                                      std::shared_ptr<rocksdb::FileSystem> file_system, Setup setup,
                                                      std::shared_ptr<CloseListener> listener, Later later) {
  const bool alone = later != nullptr;
  auto environment = rocks_environment(file_system, std::move(later));
  rocksdb::Options options = rocks_options(environment.get());
  if (alone) options.max_file_opening_threads = 1;
  options.create_if_missing = setup == Setup::create;
  options.error_if_exists = setup == Setup::create;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = setup == Setup::reading ? rocksdb::DB::OpenForReadOnly(options, folder, &opened)
                                                         : rocksdb::DB::Open(options, folder, &opened);
  if (!status.ok()) return to_error(status);
  return std::make_unique<RocksDatabase>(std::move(environment), std::move(file_system),
                                         std::unique_ptr<rocksdb::DB>(opened), folder, std::move(listener), setup);
}

}  // namespace satchel::store
