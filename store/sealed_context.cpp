#include "store/sealed_context.hpp"

#include <algorithm>
#include <cstring>

#include "store/rocks_status.hpp"

namespace satchel::store {

using rocksdb::IOStatus;

IOStatus WriteHealth::after_append(const IOStatus& status) {
  if (status.ok()) return status;
  if (!status.IsNoSpace()) stop();
  return not_retryable(status);
}

IOStatus WriteHealth::after_sync(const IOStatus& status) {
  if (status.ok()) return status;
  stop();
  return IOStatus::IOError(status.ToString());
}

void OpenLogs::add(OpenLog& log) {
  std::lock_guard lock(mutex_);
  logs_.push_back(&log);
}

void OpenLogs::remove(OpenLog& log) {
  std::lock_guard lock(mutex_);
  std::erase(logs_, &log);
}

IOStatus OpenLogs::sync_before(OpenLog& log) {
  std::lock_guard lock(mutex_);
  for (OpenLog* older : logs_) {
    if (older == &log) break;
    if (IOStatus status = older->sync_appended(); !status.ok()) return status;
  }
  return IOStatus::OK();
}

crypto::FileBinding binding_of(const FileName& name) {
  using crypto::FileClass;
  using crypto::FileFormat;
  switch (name.kind) {
    case FileKind::table:
      return {FileFormat::blocks, FileClass::table, name.base};
    case FileKind::wal:
      return {FileFormat::records, FileClass::write_ahead_log, name.base};
    case FileKind::manifest:
      return {FileFormat::records, FileClass::manifest, name.base};
    case FileKind::segment:
      return {FileFormat::segment, FileClass::segment, name.base};
    case FileKind::identity:
      return {FileFormat::blocks, FileClass::identity, {}};
    case FileKind::anchor:
      return {FileFormat::blocks, FileClass::anchor, {}};
    default:
      return {FileFormat::blocks, FileClass::current, {}};
  }
}

Result<> FileSource::read(std::uint64_t offset, std::size_t size, char* out) const {
  if (size == 0) return {};
  rocksdb::Slice bytes;
  const IOStatus status = file_->Read(offset, size, {}, &bytes, out, nullptr);
  if (!status.ok()) return to_error(status);
  if (bytes.size() != size) return fail(ErrorCode::corrupt, "the file became shorter");
  if (bytes.data() != out) std::memmove(out, bytes.data(), size);
  return {};
}

IOStatus sync_folder(rocksdb::FileSystem& base, const std::string& folder) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  IOStatus status = base.NewDirectory(folder, {}, &directory, nullptr);
  if (status.ok()) status = directory->Fsync({}, nullptr);
  return status;
}

Result<std::unique_ptr<FileSource>> open_source(rocksdb::FileSystem& base, const std::string& path) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  IOStatus status = base.NewRandomAccessFile(path, {}, &file, nullptr);
  std::uint64_t size = 0;
  if (status.ok()) status = base.GetFileSize(path, {}, &size, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return fail(ErrorCode::not_found, "no such file");
  if (!status.ok()) return to_error(status);
  return std::make_unique<FileSource>(std::move(file), size);
}

}  // namespace satchel::store
