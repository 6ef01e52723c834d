// What lossy_disk.cpp and lossy_mount.cpp share.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tests/support/lossy_disk.hpp"

namespace satchel::tests {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

constexpr std::size_t page = 4096;

inline IOStatus power_is_off() {
  return IOStatus::IOError("the power is off");
}

inline IOStatus missing(const std::string& path) {
  return IOStatus::PathNotFound(path);
}

inline std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

// RocksDB now and then says a folder with its slash, and more than one between names.
inline std::string plain(std::string_view path) {
  std::string clean;
  for (const char c : path)
    if (c != '/' || !clean.ends_with('/')) clean += c;
  if (clean.ends_with('/')) clean.pop_back();
  return clean;
}

template <class Work, class Failing>
IOStatus LossyDisk::change(Work&& work, Failing&& failing) {
  const std::lock_guard lock(mutex_);
  if (!on_) return power_is_off();
  if (before) before();
  if (until_failure_ > 0 && --until_failure_ == 0) {
    failed_ = true;
    failing();
    return *failure_;
  }
  return work();
}

}  // namespace satchel::tests
