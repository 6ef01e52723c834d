#ifndef _WIN32

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "proxy/platform/folders.hpp"

namespace satchel::platform {
namespace {

namespace fs = std::filesystem;

Error system_error(int number, const fs::path& path, const char* what) {
  const ErrorCode code = number == ENOSPC || number == EDQUOT ? ErrorCode::no_space
                         : number == EROFS                    ? ErrorCode::read_only
                         : number == ENOENT                   ? ErrorCode::not_found
                                                              : ErrorCode::refused;
  return fail(code, path.string() + " cannot be " + what + ": " + std::strerror(number) + ".");
}

Result<fs::path> from_variables(const char* variable, const char* below_home) {
  if (const char* value = std::getenv(variable); value != nullptr && *value == '/') return fs::path(value) / "satchel";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0)
    return fs::path(home) / below_home / "satchel";
  return fail(ErrorCode::refused, "HOME is not set: say where the home is with --home.");
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

Result<> write_all(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, path, "written");
    bytes.remove_prefix(std::size_t(count));
  }
  return {};
}

Result<> sync_folder(const fs::path& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0 || ::fsync(file.get()) != 0) return system_error(errno, folder, "synced");
  return {};
}

}  // namespace

Result<fs::path> default_home() {
  if (const char* value = std::getenv("SATCHEL_HOME"); value != nullptr && *value != 0) return fs::path(value);
  return from_variables("XDG_DATA_HOME", ".local/share");
}

Result<fs::path> state_folder() {
  return from_variables("XDG_STATE_HOME", ".local/state");
}

Result<> make_private_folder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> made;  // the innermost first
  for (fs::path missing = fs::absolute(folder, error); !missing.empty() && !fs::exists(missing, error);
       missing = missing.parent_path())
    made.push_back(missing);
  fs::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return system_error(errno, folder, "made");
  for (const fs::path& one : made)
    if (const auto synced = sync_folder(one.parent_path()); !synced) return synced;
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) return system_error(errno, folder, "read");
  if (!S_ISDIR(found.st_mode)) return fail(ErrorCode::refused, folder.string() + " is not a folder.");
  if (found.st_uid != ::geteuid()) return fail(ErrorCode::refused, folder.string() + " belongs to another user.");
  if ((found.st_mode & 0077) != 0 && ::chmod(folder.c_str(), 0700) != 0)
    return system_error(errno, folder, "closed to other users");
  return {};
}

Result<> replace_private_file(const fs::path& file, std::string_view bytes) {
  const fs::path fresh = file.string() + ".new";
  const File out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (out.get() < 0) return system_error(errno, fresh, "written");
  if (const auto written = write_all(out.get(), bytes, fresh); !written) return written.error();
  if (::fsync(out.get()) != 0) return system_error(errno, fresh, "written");
  if (::rename(fresh.c_str(), file.c_str()) != 0) return system_error(errno, file, "replaced");
  return sync_folder(file.parent_path());
}

Result<std::string> read_file(const fs::path& file, std::size_t limit) {
  const File in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0) return system_error(errno, file, "read");
  std::string bytes;
  char buffer[65536];
  while (true) {
    const ssize_t count = ::read(in.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno, file, "read");
    if (count == 0) return bytes;
    bytes.append(buffer, std::size_t(count));
    if (bytes.size() > limit) return fail(ErrorCode::malformed, file.string() + " is too large.");
  }
}

}  // namespace satchel::platform

#endif
