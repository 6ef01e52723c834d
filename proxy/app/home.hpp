// Opens a home: lock, key, sealed store, generation mark; and closes it in the other order.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "store/home_lock.hpp"
#include "store/store.hpp"

namespace satchel::app {

class Home {
 public:
  // Errors: locked (a second instance; no key fits), not_found (no key yet: "satchel key init"),
  // corrupt, read_only, no_space. Nothing is ever made anew in place of what does not open.
  static Result<std::unique_ptr<Home>> open(const std::filesystem::path& folder, boost::asio::any_io_executor loop,
                                            boost::asio::thread_pool& pool);

  store::Store& store() { return *store_; }

  // Writes the generation mark (design section 8); at most a minute old while the proxy runs.
  Result<> write_mark();

 private:
  Home() = default;

  std::filesystem::path folder_;
  std::unique_ptr<store::HomeLock> lock_;
  std::unique_ptr<store::Store> store_;
};

// The store key, opened by the passphrase (SATCHEL_PASSPHRASE_FILE, else asked at the terminal) or
// by a key file. Errors: not_found (no slot file), locked (the sentence says what to do).
Result<crypto::Key> open_store_key(const std::filesystem::path& folder);

}  // namespace satchel::app
