#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/file_slot.hpp"
#include "crypto/key_slot_file.hpp"
#include "crypto/recovery_key.hpp"

namespace satchel::crypto {

namespace {

namespace fs = std::filesystem;

class File {
 public:
  File(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Error failure(const std::string& what) {
  const int number = errno;
  const std::string text = what + ": " + std::strerror(number) + ".";
  if (number == ENOENT) return fail(ErrorCode::not_found, text);
  if (number == ENOSPC || number == EDQUOT) return fail(ErrorCode::no_space, text);
  if (number == EEXIST) return fail(ErrorCode::refused, text);
  return fail(ErrorCode::read_only, text);
}

bool write_all(const File& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// At most `limit` bytes; a longer file is malformed.
Result<SecretBytes> read_whole(const fs::path& path, std::size_t limit, const std::string& name) {
  const File file(path, O_RDONLY);
  if (!file) return failure(name + " cannot be opened");
  std::size_t size = 0;
  bool readable = true;
  SecretBytes room = SecretBytes::filled(limit + 1, [&](std::span<unsigned char> bytes) {
    while (size < bytes.size()) {
      const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
      if (got < 0 && errno == EINTR) continue;
      readable = got >= 0;
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
  });
  if (!readable) return failure(name + " cannot be read");
  if (size > limit) return fail(ErrorCode::malformed, name + " is too long.");
  return SecretBytes::copy(room.view().substr(0, size));
}

Result<> sync_folder(const fs::path& folder) {
  const File file(folder.empty() ? fs::path(".") : folder, O_RDONLY | O_DIRECTORY);
  if (!file || ::fsync(file.get()) != 0) return failure("The folder of the keys cannot be synced");
  return {};
}

Result<> write_synced(const fs::path& path, int flags, std::string_view bytes, const std::string& name) {
  const File file(path, O_WRONLY | flags);
  if (!file) return failure(name + " cannot be made");
  if (!write_all(file, bytes) || ::fsync(file.get()) != 0) return failure(name + " cannot be written");
  return {};
}

// Where a path leads, links followed as far as there is something.
Result<> outside_of_home(const fs::path& file, const fs::path& home) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(file, error), error);
  if (error) return fail(ErrorCode::read_only, "The place of the key file cannot be read.");
  const fs::path root = fs::weakly_canonical(fs::absolute(home, error), error);
  if (error) return fail(ErrorCode::read_only, "The home cannot be read.");
  const auto [end_of_root, rest] = std::mismatch(root.begin(), root.end(), place.begin(), place.end());
  const bool inside = end_of_root == root.end() || (std::next(end_of_root) == root.end() && end_of_root->empty());
  if (inside) return fail(ErrorCode::refused, "A key must not lie in the home that it opens: choose another place.");
  return {};
}

Result<> write_new_secret(const fs::path& file, const fs::path& home, const SecretBytes& text,
                          const std::string& name) {
  if (auto place = outside_of_home(file, home); !place) return place.error();
  if (auto written = write_synced(file, O_CREAT | O_EXCL, text.view(), name); !written) return written.error();
  return sync_folder(file.parent_path());
}

}  // namespace

Result<KeySlots> load_key_slots(const fs::path& home) {
  auto text = read_whole(home / slot_file_name, max_slot_file, "keyslots.json");
  if (!text && text.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "This home has no key yet: run `satchel key init`.");
  if (!text && text.error().code == ErrorCode::malformed) return fail(ErrorCode::corrupt, text.error().text);
  if (!text) return text.error();
  return KeySlots::parse(text->view());
}

Result<> create_key_slots(const fs::path& home, const UnlockedSlots& slots) {
  struct stat status;
  if (::lstat((home / slot_file_name).c_str(), &status) == 0)
    return fail(ErrorCode::refused, "This home has a key already: it is never replaced by another one.");
  if (errno != ENOENT) return failure("The home cannot be read");
  return replace_key_slots(home, slots);
}

Result<> replace_key_slots(const fs::path& home, const UnlockedSlots& slots) {
  auto text = slots.serialize();
  if (!text) return text.error();
  const fs::path place = home / slot_file_name;
  fs::path fresh = place;
  fresh += ".new";
  // A leftover of a crash, or a link that somebody put there: never written through.
  ::unlink(fresh.c_str());
  const std::string name = "keyslots.json.new";
  if (auto written = write_synced(fresh, O_CREAT | O_EXCL, *text, name); !written) return written.error();
  auto again = read_whole(fresh, max_slot_file, name);
  if (!again) return again.error();
  if (again->view() != *text) return fail(ErrorCode::read_only, "The new key slots read back otherwise than written.");
  if (::rename(fresh.c_str(), place.c_str()) != 0) return failure("keyslots.json cannot be replaced");
  return sync_folder(home);
}

Result<> destroy_key_slots(const fs::path& home) {
  const fs::path place = home / slot_file_name;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(place, error);
  if (error == std::errc::no_such_file_or_directory) return fail(ErrorCode::not_found, "This home has no key.");
  if (error) return fail(ErrorCode::read_only, "keyslots.json cannot be read.");
  const std::string zeros(std::min<std::uintmax_t>(size, max_slot_file), '\0');
  if (auto written = write_synced(place, O_NOFOLLOW, zeros, slot_file_name); !written) return written.error();
  if (::unlink(place.c_str()) != 0) return failure("keyslots.json cannot be deleted");
  return sync_folder(home);
}

Result<> write_key_file(const fs::path& file, const fs::path& home, const Key& file_key) {
  return write_new_secret(file, home, print_key_file(file_key), "The key file");
}

Result<> write_recovery_file(const fs::path& file, const fs::path& home, const Key& recovery_key) {
  const SecretBytes printed = print_recovery_key(recovery_key);
  const SecretBytes line = SecretBytes::filled(printed.size() + 1, [&](std::span<unsigned char> text) {
    std::memcpy(text.data(), printed.data(), printed.size());
    text.back() = '\n';
  });
  return write_new_secret(file, home, line, "The file of the recovery key");
}

Result<Key> read_key_file(const fs::path& file, const fs::path& home) {
  if (auto place = outside_of_home(file, home); !place) return place.error();
  auto text = read_whole(file, 256, "The key file");
  if (!text) return text.error();
  return parse_key_file(text->view());
}

Result<Key> read_recovery_file(const fs::path& file) {
  auto text = read_whole(file, 1024, "The file of the recovery key");
  if (!text) return text.error();
  return parse_recovery_key(text->view());
}

Result<SecretBytes> read_passphrase_file(const fs::path& file) {
  auto text = read_whole(file, max_passphrase + 2, "The file of the passphrase");
  if (!text) return text.error();
  std::string_view passphrase = text->view();
  if (passphrase.ends_with('\n')) passphrase.remove_suffix(1);
  if (passphrase.ends_with('\r')) passphrase.remove_suffix(1);
  if (passphrase.empty() || passphrase.size() > max_passphrase)
    return fail(ErrorCode::malformed, "The file of the passphrase is empty or too long.");
  return SecretBytes::copy(passphrase);
}

}  // namespace satchel::crypto
