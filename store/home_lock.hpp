// One program at a time in a home. Held from before the store is opened until the process ends.
// Owned by the app; any thread.
#pragma once

#include <filesystem>

#include "base/result.hpp"

namespace satchel::store {

class HomeLock {
 public:
  // Errors: locked (another instance has it), read_only, refused (no such folder).
  static Result<HomeLock> take(const std::filesystem::path& home);

  HomeLock(HomeLock&& other) noexcept;
  HomeLock& operator=(HomeLock&& other) noexcept;
  ~HomeLock();

 private:
  explicit HomeLock(int file) : file_(file) {}

  int file_ = -1;
};

}  // namespace satchel::store
