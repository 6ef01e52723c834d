#include "store/sealed_file_system.hpp"

#include <algorithm>

#include "store/anchor.hpp"
#include "store/rocks_status.hpp"
#include "store/sealed_block_file.hpp"
#include "store/sealed_record_file.hpp"

namespace satchel::store {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

namespace {

IOStatus refused(std::string_view what) {
  return IOStatus::NotSupported("sealed store", rocksdb::Slice(what.data(), what.size()));
}

// A failed sync of the folder ends the store as one of a file does.
class SealedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  SealedDirectory(std::shared_ptr<SealedContext> context, std::unique_ptr<rocksdb::FSDirectory> target)
      : FSDirectoryWrapper(std::move(target)), context_(std::move(context)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    if (!context_->health.good()) return stopped();
    return context_->health.after_sync(FSDirectoryWrapper::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& reason) override {
    if (!context_->health.good()) return stopped();
    return context_->health.after_sync(FSDirectoryWrapper::FsyncWithDirOptions(options, debug, reason));
  }

 private:
  std::shared_ptr<SealedContext> context_;
};

template <class Writer>
IOStatus make_writer(std::shared_ptr<SealedContext> context, FileName name,
                     std::unique_ptr<rocksdb::FSWritableFile> target,
                     std::unique_ptr<rocksdb::FSWritableFile>* result) {
  auto writer = std::make_unique<Writer>(std::move(context), std::move(name), std::move(target));
  IOStatus status = writer->write_header();
  if (status.ok()) *result = std::move(writer);
  return status;
}

}  // namespace

SealedFileSystem::SealedFileSystem(std::shared_ptr<rocksdb::FileSystem> base, std::shared_ptr<SealedContext> context)
    : FileSystemWrapper(base), context_(std::move(context)) {}

IOStatus SealedFileSystem::open_blocks(const std::string& path, const FileOptions& options,
                                       std::unique_ptr<SealedBlockReader>* result) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  std::uint64_t physical = 0;
  IOStatus status = target_->NewRandomAccessFile(path, options, &file, nullptr);
  if (status.ok()) status = target_->GetFileSize(path, options.io_options, &physical, nullptr);
  if (!status.ok()) return not_retryable(status);
  return SealedBlockReader::open(*context_, file_name(path), std::move(file), physical, result);
}

IOStatus SealedFileSystem::NewSequentialFile(const std::string& path, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext*) {
  result->reset();
  FileName name = file_name(path);
  if (is_record_file(name.kind)) {
    auto source = open_source(*target_, path);
    if (!source) return to_io_status(source.error());
    std::unique_ptr<SealedRecordSequence> file;
    IOStatus status = SealedRecordSequence::open(*context_, std::move(name), std::move(*source), &file);
    if (status.ok()) *result = std::move(file);
    return status;
  }
  if (!is_block_file(name.kind)) return refused("a file of this name is not read: " + name.base);
  std::unique_ptr<SealedBlockReader> reader;
  IOStatus status = open_blocks(path, options, &reader);
  if (status.ok()) *result = std::make_unique<SealedBlockSequence>(std::move(reader));
  return status;
}

IOStatus SealedFileSystem::NewRandomAccessFile(const std::string& path, const FileOptions& options,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext*) {
  result->reset();
  const FileName name = file_name(path);
  if (!is_block_file(name.kind)) {
    // Where a table is missing RocksDB asks for it under the name that tables once had.
    if (!target_->FileExists(path, options.io_options, nullptr).ok()) return IOStatus::PathNotFound(name.base);
    return refused("a file of this name is not read at random: " + name.base);
  }
  std::unique_ptr<SealedBlockReader> reader;
  IOStatus status = open_blocks(path, options, &reader);
  if (status.ok()) *result = std::move(reader);
  return status;
}

IOStatus SealedFileSystem::NewWritableFile(const std::string& path, const FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) {
  result->reset();
  FileName name = file_name(path);
  if (!is_block_file(name.kind) && !is_record_file(name.kind))
    return refused("a file of this name is not written: " + name.base);
  if (!context_->health.good()) return stopped();
  FileOptions plain(options);
  plain.use_direct_writes = false;
  plain.use_mmap_writes = false;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = context_->health.after_append(target_->NewWritableFile(path, plain, &file, nullptr));
  if (!status.ok()) return status;
  if (is_block_file(name.kind))
    return make_writer<SealedBlockWriter>(context_, std::move(name), std::move(file), result);
  return make_writer<SealedRecordWriter>(context_, std::move(name), std::move(file), result);
}

IOStatus SealedFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = not_retryable(target_->NewDirectory(path, options, &directory, debug));
  if (status.ok()) *result = std::make_unique<SealedDirectory>(context_, std::move(directory));
  return status;
}

IOStatus SealedFileSystem::ReopenWritableFile(const std::string&, const FileOptions&,
                                              std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
  return refused("no file is opened again for writing");
}

IOStatus SealedFileSystem::ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
  return refused("no file is written twice");
}

IOStatus SealedFileSystem::NewRandomRWFile(const std::string&, const FileOptions&,
                                           std::unique_ptr<rocksdb::FSRandomRWFile>*, IODebugContext*) {
  return refused("no file is written in place");
}

IOStatus SealedFileSystem::NewMemoryMappedFileBuffer(const std::string&,
                                                     std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) {
  return refused("no file is mapped");
}

IOStatus SealedFileSystem::Truncate(const std::string&, std::size_t, const IOOptions&, IODebugContext*) {
  return refused("no file is cut");
}

IOStatus SealedFileSystem::NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>*,
                                     IODebugContext*) {
  return refused("there is no log file");
}

IOStatus SealedFileSystem::GetFileSize(const std::string& path, const IOOptions& options, std::uint64_t* size,
                                       IODebugContext* debug) {
  FileName name = file_name(path);
  if (is_record_file(name.kind)) {
    auto source = open_source(*target_, path);
    if (!source) return to_io_status(source.error());
    return record_file_size(*context_, std::move(name), std::move(*source), size);
  }
  IOStatus status = not_retryable(target_->GetFileSize(path, options, size, debug));
  if (!status.ok() || !is_block_file(name.kind)) return status;
  auto logical = crypto::block_file_logical_size(*size);
  if (!logical) return damaged(name.base, logical.error().text);
  *size = *logical;
  return status;
}

// The base class' way, by our GetFileSize: the wrapper's would ask the plain file system.
IOStatus SealedFileSystem::GetChildrenFileAttributes(const std::string& folder, const IOOptions& options,
                                                     std::vector<rocksdb::FileAttributes>* result,
                                                     IODebugContext* debug) {
  return FileSystem::GetChildrenFileAttributes(folder, options, result, debug);
}

IOStatus SealedFileSystem::GetChildren(const std::string& folder, const IOOptions& options,
                                       std::vector<std::string>* result, IODebugContext* debug) {
  IOStatus status = not_retryable(target_->GetChildren(folder, options, result, debug));
  std::erase_if(*result, [](const std::string& name) { return file_name(name).kind == FileKind::anchor; });
  return status;
}

IOStatus SealedFileSystem::DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) {
  const FileName name = file_name(path);
  if (is_record_file(name.kind)) {
    if (auto forgotten = context_->anchor->forget(name); !forgotten) return to_io_status(forgotten.error());
  }
  return not_retryable(target_->DeleteFile(path, options, debug));
}

IOStatus SealedFileSystem::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                      IODebugContext* debug) {
  const FileKind kind = file_name(to).kind;
  if (kind != file_name(from).kind || (kind != FileKind::current && kind != FileKind::identity))
    return refused("this file keeps its name");
  if (!context_->health.good()) return stopped();
  IOStatus status = context_->health.after_sync(target_->RenameFile(from, to, options, debug));
  if (status.ok() && kind == FileKind::current) status = note_current(to);
  return status;
}

IOStatus SealedFileSystem::note_current(const std::string& path) {
  std::unique_ptr<SealedBlockReader> reader;
  IOStatus status = open_blocks(path, {}, &reader);
  if (!status.ok()) return status;
  char bytes[64];
  rocksdb::Slice text;
  status = reader->Read(0, sizeof bytes, {}, &text, bytes, nullptr);
  if (!status.ok()) return status;
  auto manifest = manifest_in({text.data(), text.size()});
  if (!manifest) return to_io_status(manifest.error());
  context_->anchor->current_is(*manifest);
  return IOStatus::OK();
}

IOStatus SealedFileSystem::LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                                    IODebugContext* debug) {
  const FileName name = file_name(to);
  if (name.base != file_name(from).base || name.kind != FileKind::table) return refused("this file is not linked");
  return not_retryable(target_->LinkFile(from, to, options, debug));
}

Result<std::uint64_t> manifest_in(std::string_view current) {
  if (!current.empty() && current.back() == '\n') {
    const FileName name = file_name(current.substr(0, current.size() - 1));
    if (name.kind == FileKind::manifest) return name.number;
  }
  return fail(ErrorCode::corrupt, std::string(damage_mark) + " CURRENT: it names no manifest");
}

}  // namespace satchel::store
