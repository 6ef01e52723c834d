#include "store/rocks_status.hpp"

namespace satchel::store {

using rocksdb::IOStatus;
using rocksdb::Status;

IOStatus damaged(std::string_view file, std::string_view what) {
  return IOStatus::IOError(std::string(damage_mark) + " " + std::string(file) + ": " + std::string(what));
}

IOStatus stopped() {
  return IOStatus::IOError(std::string(stopped_mark));
}

IOStatus not_retryable(const IOStatus& status) {
  if (status.ok() || status.IsNotFound() || status.IsPathNotFound() || status.IsNotSupported()) return status;
  IOStatus clean = status.IsNoSpace() ? IOStatus::NoSpace(status.ToString()) : IOStatus::IOError(status.ToString());
  clean.SetRetryable(false);
  return clean;
}

IOStatus to_io_status(const Error& error) {
  if (error.code == ErrorCode::no_space) return IOStatus::NoSpace(error.text);
  if (error.code == ErrorCode::not_found) return IOStatus::PathNotFound(error.text);
  if (error.code == ErrorCode::corrupt) return IOStatus::IOError(std::string(damage_mark) + ": " + error.text);
  return IOStatus::IOError(error.text);
}

Error to_error(const Status& status) {
  const std::string text = status.ToString();
  const auto says = [&text](std::string_view words) { return text.find(words) != std::string::npos; };
  if (says(damage_mark)) return fail(ErrorCode::corrupt, text);
  if (says(stopped_mark)) return fail(ErrorCode::broken, std::string(stopped_mark));
  if (status.IsNoSpace()) return fail(ErrorCode::no_space, "the disk is full");
  if (says("Read-only file system") || says("Permission denied")) return fail(ErrorCode::read_only, text);
  if (status.IsCorruption() || status.IsInvalidArgument()) return fail(ErrorCode::corrupt, text);
  if (says("lock ") || status.IsBusy()) return fail(ErrorCode::locked, "another program has this store open");
  if (status.IsNotFound()) return fail(ErrorCode::not_found, "no such key");
  if (status.IsPathNotFound()) return fail(ErrorCode::corrupt, "a file of the store is missing: " + text);
  return fail(ErrorCode::broken, text);
}

}  // namespace satchel::store
