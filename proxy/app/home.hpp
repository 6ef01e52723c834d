// Opens a home: lock, key, sealed store, generation mark; and closes it in the other order.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/home_lock.hpp"
#include "store/store.hpp"

namespace satchel::app {

// What a home holds on the disk, opened and not looked into. Its store is locked as long as this lives.
struct HomeFiles {
  // Errors: as Home::open.
  static Result<HomeFiles> open(const std::filesystem::path& folder);

  std::unique_ptr<store::HomeLock> lock;
  store::StoreParts parts;
  std::string mark_name;
};

class Home {
 public:
  // Errors: locked (a second instance; no key fits), not_found (no key yet: "satchel key init"),
  // corrupt, read_only, no_space. Nothing is ever made anew in place of what does not open.
  static Result<std::unique_ptr<Home>> open(const std::filesystem::path& folder, boost::asio::any_io_executor loop,
                                            boost::asio::thread_pool& pool);

  store::Store& store() { return *store_; }

  // What the generation mark of this store is called: derived from its key, so it tells nothing.
  const std::string& mark_name() const { return mark_name_; }

 private:
  Home() = default;

  std::string mark_name_;
  std::unique_ptr<store::HomeLock> lock_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace satchel::app
