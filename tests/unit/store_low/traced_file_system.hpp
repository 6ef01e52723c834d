// Writes down which method RocksDB calls on which kind of file. Lies between RocksDB and the sealed
// file system.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "store/sealed_file_kind.hpp"

namespace satchel::store {

class CallTrace {
 public:
  void note(FileKind kind, const std::string& method) {
    std::lock_guard lock(mutex_);
    seen_.insert(std::string(to_string(kind)) + ": " + method);
  }
  std::set<std::string> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> seen_;
};

class TracedWritable final : public rocksdb::FSWritableFileOwnerWrapper {
  using Base = rocksdb::FSWritableFileOwnerWrapper;
  using Options = const rocksdb::IOOptions&;
  using Debug = rocksdb::IODebugContext*;

 public:
  TracedWritable(std::unique_ptr<rocksdb::FSWritableFile> file, FileKind kind, CallTrace& trace)
      : Base(std::move(file)), kind_(kind), trace_(trace) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, Options options, Debug debug) override {
    return noted("W.Append"), Base::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, Options options, const rocksdb::DataVerificationInfo& info,
                           Debug debug) override {
    return noted("W.Append verified"), Base::Append(data, options, info, debug);
  }
  rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, std::uint64_t offset, Options options,
                                     Debug debug) override {
    return noted("W.PositionedAppend"), Base::PositionedAppend(data, offset, options, debug);
  }
  rocksdb::IOStatus Truncate(std::uint64_t size, Options options, Debug debug) override {
    return noted("W.Truncate"), Base::Truncate(size, options, debug);
  }
  rocksdb::IOStatus Close(Options options, Debug debug) override {
    return noted("W.Close"), Base::Close(options, debug);
  }
  rocksdb::IOStatus Flush(Options options, Debug debug) override {
    return noted("W.Flush"), Base::Flush(options, debug);
  }
  rocksdb::IOStatus Sync(Options options, Debug debug) override { return noted("W.Sync"), Base::Sync(options, debug); }
  rocksdb::IOStatus Fsync(Options options, Debug debug) override {
    return noted("W.Fsync"), Base::Fsync(options, debug);
  }
  rocksdb::IOStatus RangeSync(std::uint64_t offset, std::uint64_t size, Options options, Debug debug) override {
    return noted("W.RangeSync"), Base::RangeSync(offset, size, options, debug);
  }
  std::uint64_t GetFileSize(Options options, Debug debug) override {
    return noted("W.GetFileSize"), Base::GetFileSize(options, debug);
  }

 private:
  void noted(const char* method) { trace_.note(kind_, method); }

  FileKind kind_;
  CallTrace& trace_;
};

class TracedRandom final : public rocksdb::FSRandomAccessFileOwnerWrapper {
  using Base = rocksdb::FSRandomAccessFileOwnerWrapper;
  using Options = const rocksdb::IOOptions&;
  using Debug = rocksdb::IODebugContext*;

 public:
  TracedRandom(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FileKind kind, CallTrace& trace)
      : Base(std::move(file)), kind_(kind), trace_(trace) {}

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, Options options, rocksdb::Slice* result, char* scratch,
                         Debug debug) const override {
    trace_.note(kind_, "R.Read");
    return Base::Read(offset, size, options, result, scratch, debug);
  }
  rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, Options options,
                              Debug debug) override {
    trace_.note(kind_, "R.MultiRead");
    return Base::MultiRead(requests, count, options, debug);
  }
  rocksdb::IOStatus Prefetch(std::uint64_t offset, std::size_t size, Options options, Debug debug) override {
    trace_.note(kind_, "R.Prefetch");
    return Base::Prefetch(offset, size, options, debug);
  }
  rocksdb::IOStatus InvalidateCache(std::size_t offset, std::size_t length) override {
    trace_.note(kind_, "R.InvalidateCache");
    return Base::InvalidateCache(offset, length);
  }

 private:
  FileKind kind_;
  CallTrace& trace_;
};

class TracedSequence final : public rocksdb::FSSequentialFileOwnerWrapper {
  using Base = rocksdb::FSSequentialFileOwnerWrapper;

 public:
  TracedSequence(std::unique_ptr<rocksdb::FSSequentialFile> file, FileKind kind, CallTrace& trace)
      : Base(std::move(file)), kind_(kind), trace_(trace) {}

  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override {
    trace_.note(kind_, "S.Read");
    return Base::Read(size, options, result, scratch, debug);
  }
  rocksdb::IOStatus Skip(std::uint64_t size) override {
    trace_.note(kind_, "S.Skip");
    return Base::Skip(size);
  }

 private:
  FileKind kind_;
  CallTrace& trace_;
};

class TracedFileSystem final : public rocksdb::FileSystemWrapper {
  using Base = rocksdb::FileSystemWrapper;
  using Path = const std::string&;
  using Options = const rocksdb::IOOptions&;
  using Debug = rocksdb::IODebugContext*;

 public:
  TracedFileSystem(std::shared_ptr<rocksdb::FileSystem> target, CallTrace& trace)
      : Base(std::move(target)), trace_(trace) {}

  const char* Name() const override { return "TracedFileSystem"; }

  rocksdb::IOStatus NewSequentialFile(Path path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result, Debug debug) override {
    note(path, "NewSequentialFile");
    rocksdb::IOStatus status = Base::NewSequentialFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<TracedSequence>(std::move(*result), file_name(path).kind, trace_);
    return status;
  }
  rocksdb::IOStatus NewRandomAccessFile(Path path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result, Debug debug) override {
    note(path, "NewRandomAccessFile");
    rocksdb::IOStatus status = Base::NewRandomAccessFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<TracedRandom>(std::move(*result), file_name(path).kind, trace_);
    return status;
  }
  rocksdb::IOStatus NewWritableFile(Path path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override {
    note(path, "NewWritableFile");
    rocksdb::IOStatus status = Base::NewWritableFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<TracedWritable>(std::move(*result), file_name(path).kind, trace_);
    return status;
  }
  rocksdb::IOStatus ReopenWritableFile(Path path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override {
    return note(path, "ReopenWritableFile"), Base::ReopenWritableFile(path, options, result, debug);
  }
  rocksdb::IOStatus ReuseWritableFile(Path path, Path old_path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override {
    return note(path, "ReuseWritableFile"), Base::ReuseWritableFile(path, old_path, options, result, debug);
  }
  rocksdb::IOStatus NewRandomRWFile(Path path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSRandomRWFile>* result, Debug debug) override {
    return note(path, "NewRandomRWFile"), Base::NewRandomRWFile(path, options, result, debug);
  }
  rocksdb::IOStatus NewMemoryMappedFileBuffer(Path path,
                                              std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* result) override {
    return note(path, "NewMemoryMappedFileBuffer"), Base::NewMemoryMappedFileBuffer(path, result);
  }
  rocksdb::IOStatus Truncate(Path path, std::size_t size, Options options, Debug debug) override {
    return note(path, "Truncate"), Base::Truncate(path, size, options, debug);
  }
  rocksdb::IOStatus GetFileSize(Path path, Options options, std::uint64_t* size, Debug debug) override {
    return note(path, "GetFileSize"), Base::GetFileSize(path, options, size, debug);
  }
  rocksdb::IOStatus GetFileModificationTime(Path path, Options options, std::uint64_t* time, Debug debug) override {
    return note(path, "GetFileModificationTime"), Base::GetFileModificationTime(path, options, time, debug);
  }
  rocksdb::IOStatus RenameFile(Path from, Path to, Options options, Debug debug) override {
    return note(to, "RenameFile"), Base::RenameFile(from, to, options, debug);
  }
  rocksdb::IOStatus LinkFile(Path from, Path to, Options options, Debug debug) override {
    return note(to, "LinkFile"), Base::LinkFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(Path path, Options options, Debug debug) override {
    return note(path, "DeleteFile"), Base::DeleteFile(path, options, debug);
  }
  rocksdb::IOStatus NewLogger(Path path, Options options, std::shared_ptr<rocksdb::Logger>* result,
                              Debug debug) override {
    return note(path, "NewLogger"), Base::NewLogger(path, options, result, debug);
  }

 private:
  void note(Path path, const char* method) { trace_.note(file_name(path).kind, method); }

  CallTrace& trace_;
};

}  // namespace satchel::store
