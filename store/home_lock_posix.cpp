#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "store/home_lock.hpp"

namespace satchel::store {

Result<HomeLock> HomeLock::take(const std::filesystem::path& home) {
  const int file = ::open((home / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    const int why = errno;
    const std::string text = "the lock of the home cannot be opened: " + std::string(std::strerror(why));
    if (why == EROFS || why == EACCES) return fail(ErrorCode::read_only, text);
    return fail(why == ENOSPC ? ErrorCode::no_space : ErrorCode::refused, text);
  }
  HomeLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return fail(ErrorCode::locked,
                "another satchel is running on this home; end it first, or give this one another home");
  return fail(ErrorCode::refused, "the home cannot be locked: " + std::string(std::strerror(errno)));
}

HomeLock::HomeLock(HomeLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

HomeLock& HomeLock::operator=(HomeLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

HomeLock::~HomeLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace satchel::store
