#include "proxy/app/home.hpp"

#include <chrono>
#include <thread>

#include "crypto/kdf.hpp"
#include "proxy/app/keys.hpp"
#include "proxy/app/summariser.hpp"
#include "store/sealed_store.hpp"

namespace satchel::app {
namespace {

constexpr std::chrono::seconds patience{3};
constexpr std::chrono::milliseconds look_again{25};

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char byte : bytes) {
    out += digits[static_cast<unsigned char>(byte) >> 4];
    out += digits[byte & 15];
  }
  return out;
}

// A verb that does its work without a proxy has the home for a moment: that is waited for.
Result<store::HomeLock> take_lock(const std::filesystem::path& folder) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    auto lock = store::HomeLock::take(folder);
    if (lock || lock.error().code != ErrorCode::locked || std::chrono::steady_clock::now() > until) return lock;
    std::this_thread::sleep_for(look_again);
  }
}

}  // namespace

Result<HomeFiles> HomeFiles::open(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored))
    return fail(ErrorCode::not_found,
                "There is no home at " + folder.string() + " yet: make one with 'satchel key init'.");
  auto lock = take_lock(folder);
  if (!lock) return lock.error();
  auto key = open_store_key(folder);
  if (!key) return key.error();
  HomeFiles files;
  files.mark_name = hex(crypto::derive(*key, "generation mark name").view().substr(0, 16));
  const store::SealedStoreOpener opener(folder / "store", std::move(*key));
  const auto open_parts_for = [opener](store::Setup setup) -> Result<store::StoreParts> {
    auto opened = opener.open(setup);
    if (!opened) return opened.error();
    store::StoreParts made;
    made.database = std::move(opened->database);
    made.segments = std::move(opened->segments);
    return made;
  };
  auto parts = open_parts_for(store::Setup::existing);
  if (!parts) return parts.error();
  // Mail can be read on a disk that became read-only meanwhile. Each change tries anew.
  parts->reopen = [open_parts_for] {
    auto again = open_parts_for(store::Setup::existing);
    const bool only_to_read = !again && again.error().code == ErrorCode::read_only;
    return only_to_read ? open_parts_for(store::Setup::reading) : std::move(again);
  };
  files.lock = std::make_unique<store::HomeLock>(std::move(*lock));
  files.parts = std::move(*parts);
  return files;
}

Result<std::unique_ptr<Home>> Home::open(const std::filesystem::path& folder, boost::asio::any_io_executor loop,
                                         boost::asio::thread_pool& pool) {
  auto files = HomeFiles::open(folder);
  if (!files) return files.error();
  std::unique_ptr<Home> home(new Home());
  home->lock_ = std::move(files->lock);
  home->mark_name_ = std::move(files->mark_name);
  auto opened = store::Store::open({std::move(loop), pool.get_executor()}, std::move(files->parts), make_summarisers(),
                                   seconds_now);
  if (!opened) return opened.error();
  home->store_ = std::move(*opened);
  return home;
}

}  // namespace satchel::app
