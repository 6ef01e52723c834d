// The disk as RocksDB sees it: files, folders, and the calls on both.
#include <algorithm>
#include <cstring>

#include "tests/support/lossy_parts.hpp"

namespace satchel::tests {

class LossyWritable final : public rocksdb::FSWritableFile {
 public:
  LossyWritable(std::shared_ptr<LossyDisk> disk, LossyDisk::NodePtr node)
      : disk_(std::move(disk)), node_(std::move(node)) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    const auto append = [&](std::size_t size) { node_->bytes.append(data.data(), size); };
    return disk_->change([&] { return append(data.size()), IOStatus::OK(); }, [&] { append(data.size() / 2); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    return disk_->change([&] {
      node_->bytes.resize(size);
      node_->synced = std::min<std::size_t>(node_->synced, size);
      return IOStatus::OK();
    });
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const auto sync = [&] {
      if (!node_->stuck) node_->synced = node_->bytes.size();
      return IOStatus::OK();
    };
    return disk_->change(sync, [&] { node_->stuck = true; });
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(disk_->mutex_);
    return node_->bytes.size();
  }

 private:
  std::shared_ptr<LossyDisk> disk_;
  LossyDisk::NodePtr node_;
};

class LossyReader final : public rocksdb::FSRandomAccessFile, public rocksdb::FSSequentialFile {
 public:
  LossyReader(std::shared_ptr<LossyDisk> disk, LossyDisk::NodePtr node)
      : disk_(std::move(disk)), node_(std::move(node)) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    const std::lock_guard lock(disk_->mutex_);
    if (!disk_->on_) return power_is_off();
    const std::size_t from = std::min<std::size_t>(offset, node_->bytes.size());
    const std::size_t count = std::min(size, node_->bytes.size() - from);
    std::memcpy(scratch, node_->bytes.data() + from, count);
    *result = Slice(scratch, count);
    return IOStatus::OK();
  }
  IOStatus Read(std::size_t size, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    const IOStatus status = Read(at_, size, options, result, scratch, debug);
    if (status.ok()) at_ += result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t size) override {
    at_ += size;
    return IOStatus::OK();
  }
  bool use_direct_io() const override { return false; }
  std::size_t GetRequiredBufferAlignment() const override { return page; }
  IOStatus InvalidateCache(std::size_t, std::size_t) override { return IOStatus::OK(); }

 private:
  std::shared_ptr<LossyDisk> disk_;
  LossyDisk::NodePtr node_;
  std::uint64_t at_ = 0;
};

class LossyFolder final : public rocksdb::FSDirectory {
 public:
  LossyFolder(std::shared_ptr<LossyDisk> disk, std::string path) : disk_(std::move(disk)), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return disk_->change([&] { return disk_->sync_folder(path_), IOStatus::OK(); });
  }

 private:
  std::shared_ptr<LossyDisk> disk_;
  std::string path_;
};

// Calls that no store needs are not supported, so that none goes to a real disk.
class Mount final : public rocksdb::FileSystem {
  using Path = const std::string&;
  using Options = const IOOptions&;
  using Debug = IODebugContext*;

 public:
  explicit Mount(std::shared_ptr<LossyDisk> disk) : disk_(std::move(disk)) {}

  const char* Name() const override { return "LossyDisk"; }

  IOStatus NewSequentialFile(Path path, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             Debug) override {
    return open(path, result);
  }
  IOStatus NewRandomAccessFile(Path path, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, Debug) override {
    return open(path, result);
  }
  IOStatus NewWritableFile(Path given, const rocksdb::FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>* result,
                           Debug) override {
    const std::string path = plain(given);
    return disk_->change([&] {
      auto node = disk_->find(path);
      if (node) {
        *node = {};
      } else {
        if (!disk_->find(folder_of(path))) return missing(path);
        node = std::make_shared<LossyDisk::Node>();
        disk_->set({{path, node}});
      }
      *result = std::make_unique<LossyWritable>(disk_, node);
      return IOStatus::OK();
    });
  }
  IOStatus NewDirectory(Path path, Options, std::unique_ptr<rocksdb::FSDirectory>* result, Debug) override {
    return look([&] {
      if (!disk_->find(path)) return missing(path);
      *result = std::make_unique<LossyFolder>(disk_, plain(path));
      return IOStatus::OK();
    });
  }
  IOStatus FileExists(Path path, Options, Debug) override {
    return look([&] { return disk_->find(path) ? IOStatus::OK() : IOStatus::NotFound(path); });
  }
  IOStatus GetChildren(Path given, Options, std::vector<std::string>* result, Debug) override {
    const std::string folder = plain(given);
    return look([&] {
      result->clear();
      if (!disk_->find(folder)) return IOStatus::NotFound(folder);
      for (const auto& [path, node] : disk_->names_)
        if (folder_of(path) == folder) result->push_back(path.substr(folder.size() + 1));
      return IOStatus::OK();
    });
  }
  IOStatus GetFileSize(Path path, Options, std::uint64_t* size, Debug) override {
    return look([&] {
      const auto node = disk_->find(path);
      if (!node) return missing(path);
      *size = node->bytes.size();
      return IOStatus::OK();
    });
  }
  IOStatus IsDirectory(Path path, Options, bool* is, Debug) override {
    return look([&] {
      const auto node = disk_->find(path);
      *is = node && node->folder;
      return node ? IOStatus::OK() : missing(path);
    });
  }
  IOStatus DeleteFile(Path path, Options, Debug) override {
    return disk_->change([&] {
      if (!disk_->find(path)) return missing(path);
      disk_->set({{plain(path), nullptr}});
      return IOStatus::OK();
    });
  }
  IOStatus RenameFile(Path from, Path to, Options, Debug) override {
    return disk_->change([&] {
      const auto node = disk_->find(from);
      if (!node) return missing(from);
      if (folder_of(plain(from)) != folder_of(plain(to))) return IOStatus::NotSupported("from folder to folder");
      disk_->set({{plain(from), nullptr}, {plain(to), node}});
      return IOStatus::OK();
    });
  }
  IOStatus LinkFile(Path from, Path to, Options, Debug) override {
    return disk_->change([&] {
      const auto node = disk_->find(from);
      if (!node) return missing(from);
      disk_->set({{plain(to), node}});
      return IOStatus::OK();
    });
  }
  IOStatus CreateDir(Path path, Options, Debug) override {
    return disk_->change([&] {
      if (disk_->find(path)) return IOStatus::IOError(path, "File exists");
      return make_folder(path);
    });
  }
  IOStatus CreateDirIfMissing(Path path, Options, Debug) override {
    return disk_->change([&] { return disk_->find(path) ? IOStatus::OK() : make_folder(path); });
  }
  IOStatus LockFile(Path path, Options, rocksdb::FileLock** lock, Debug) override {
    return look([&] {
      if (!disk_->locked_.insert(path).second) return IOStatus::IOError("lock " + path, "already held");
      *lock = new Lock(path);
      return IOStatus::OK();
    });
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, Options, Debug) override {
    const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
    const std::lock_guard guard(disk_->mutex_);
    disk_->locked_.erase(owned->path);
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(Path path, Options, std::string* absolute, Debug) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus DeleteDir(Path, Options, Debug) override { return IOStatus::NotSupported("DeleteDir"); }
  IOStatus GetFileModificationTime(Path, Options, std::uint64_t*, Debug) override {
    return IOStatus::NotSupported("GetFileModificationTime");
  }
  IOStatus GetTestDirectory(Options, std::string*, Debug) override {
    return IOStatus::NotSupported("GetTestDirectory");
  }

 private:
  struct Lock final : rocksdb::FileLock {
    explicit Lock(std::string of) : path(std::move(of)) {}
    std::string path;
  };

  template <class Work>
  IOStatus look(Work&& work) {
    const std::lock_guard lock(disk_->mutex_);
    return disk_->on_ ? work() : power_is_off();
  }

  template <class File>
  IOStatus open(Path path, std::unique_ptr<File>* result) {
    return look([&] {
      const auto node = disk_->find(path);
      if (!node || node->folder) return missing(path);
      *result = std::make_unique<LossyReader>(disk_, node);
      return IOStatus::OK();
    });
  }

  IOStatus make_folder(Path given) {
    const std::string path = plain(given);
    if (!disk_->find(folder_of(path))) return missing(path);
    const auto node = std::make_shared<LossyDisk::Node>();
    node->folder = true;
    disk_->set({{path, node}});
    return IOStatus::OK();
  }

  std::shared_ptr<LossyDisk> disk_;
};

std::shared_ptr<rocksdb::FileSystem> LossyDisk::mount() {
  return std::make_shared<Mount>(shared_from_this());
}

}  // namespace satchel::tests
