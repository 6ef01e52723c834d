// The plain file system under a store, with a hook before every call that can change or read a
// file: it sees what goes to the disk, and may answer in the disk's place.
#pragma once

#include <rocksdb/file_system.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace satchel::store {

enum class Call { create, reopen, open_read, read, append, sync, close, rename, link, remove, folder_sync, free_space };

using Hook = std::function<rocksdb::IOStatus(Call call, const std::string& path, std::string_view data)>;

class HookedWritable final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  HookedWritable(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, const Hook& hook)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), hook_(hook) {}

  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::append, path_, {data.data(), data.size()});
    return status.ok() ? FSWritableFileOwnerWrapper::Append(data, options, debug) : status;
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::sync, path_, {});
    return status.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : status;
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::sync, path_, {});
    return status.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : status;
  }
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::close, path_, {});
    return status.ok() ? FSWritableFileOwnerWrapper::Close(options, debug) : status;
  }

 private:
  std::string path_;
  const Hook& hook_;
};

class HookedRandom final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  HookedRandom(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string path, const Hook& hook)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), path_(std::move(path)), hook_(hook) {}

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* debug) const override {
    rocksdb::IOStatus status = hook_(Call::read, path_, {});
    return status.ok() ? FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug) : status;
  }

 private:
  std::string path_;
  const Hook& hook_;
};

class HookedFolder final : public rocksdb::FSDirectoryWrapper {
 public:
  HookedFolder(std::unique_ptr<rocksdb::FSDirectory> folder, std::string path, const Hook& hook)
      : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), hook_(hook) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::folder_sync, path_, {});
    return status.ok() ? FSDirectoryWrapper::Fsync(options, debug) : status;
  }
  rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug,
                                        const rocksdb::DirFsyncOptions& reason) override {
    rocksdb::IOStatus status = hook_(Call::folder_sync, path_, {});
    return status.ok() ? FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason) : status;
  }

 private:
  std::string path_;
  const Hook& hook_;
};

class HookedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit HookedFileSystem(Hook hook) : FileSystemWrapper(rocksdb::FileSystem::Default()), hook_(std::move(hook)) {}

  const char* Name() const override { return "HookedFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = hook_(Call::create, path, {});
    if (status.ok()) status = target_->NewWritableFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<HookedWritable>(std::move(file), path, hook_);
    return status;
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::reopen, path, {});
    return status.ok() ? target_->ReopenWritableFile(path, options, result, debug) : status;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    rocksdb::IOStatus status = hook_(Call::open_read, path, {});
    if (status.ok()) status = target_->NewRandomAccessFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<HookedRandom>(std::move(file), path, hook_);
    return status;
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    rocksdb::IOStatus status = target_->NewDirectory(path, options, &folder, debug);
    if (status.ok()) *result = std::make_unique<HookedFolder>(std::move(folder), path, hook_);
    return status;
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::rename, to, {});
    return status.ok() ? target_->RenameFile(from, to, options, debug) : status;
  }
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::link, to, {});
    return status.ok() ? target_->LinkFile(from, to, options, debug) : status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    rocksdb::IOStatus status = hook_(Call::remove, path, {});
    return status.ok() ? target_->DeleteFile(path, options, debug) : status;
  }

  // A hook that fails here says that nothing is free.
  rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* free,
                                 rocksdb::IODebugContext* debug) override {
    if (hook_(Call::free_space, path, {}).ok()) return target_->GetFreeSpace(path, options, free, debug);
    *free = 0;
    return rocksdb::IOStatus::OK();
  }

 private:
  Hook hook_;
};

}  // namespace satchel::store
