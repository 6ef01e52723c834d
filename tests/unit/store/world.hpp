// A store in memory with one account, its event loop, and what a crash needs.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/client_actions.hpp"
#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"
#include "store/store.hpp"

namespace satchel::store {

// Header up to the blank line; the index is its first line.
std::unique_ptr<Summariser> make_test_summariser();

std::string mail(const std::string& subject, std::size_t body_size = 100);

class World {
 public:
  explicit World(std::uint64_t segment_size = 64 << 20);
  ~World();

  void open();                     // a new Store on the same disks
  void close();                    // as a process that ends well
  void crash(std::uint64_t seed);  // power cut, then open() again
  Store& store() { return *store_; }
  const View& view() const;
  const Mailbox& mailbox(const std::string& name) const;

  // Runs the loop until the coroutine is done.
  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::co_spawn(*loop_, std::move(work), [&](std::exception_ptr error, T value) {
      thrown = error;
      if (!error) result.emplace(std::move(value));
    });
    loop_->restart();
    loop_->run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }
  // Not waited for: several, to share a batch. Then settle().
  void start(awaitable<Result<>> work, Result<>& result);
  void settle();

  Result<> change(Store::Change change);
  // For changes that must work.
  void must(const std::function<void(Transaction&)>& change);
  MailboxId make_mailbox(const std::string& name);
  StoredContent put(std::string content);
  Uid append(const std::string& mailbox, std::string content, const FlagSet& flags = {});
  Result<std::string> read(ContentNumber content);

  AccountId account;
  std::int64_t now = 1'780'000'000;
  bool can_reopen = true;
  std::shared_ptr<MemoryDatabaseDisk> database = std::make_shared<MemoryDatabaseDisk>();
  std::shared_ptr<MemorySegmentsDisk> segments = std::make_shared<MemorySegmentsDisk>();
  boost::asio::io_context& loop() { return *loop_; }

 private:
  StoreParts parts();

  std::uint64_t segment_size_;
  std::unique_ptr<boost::asio::io_context> loop_ = std::make_unique<boost::asio::io_context>();
  std::unique_ptr<boost::asio::thread_pool> pool_;
  std::unique_ptr<Store> store_;
};

FlagSet flag_set(std::initializer_list<std::string_view> names);
std::vector<std::uint32_t> visible_uids(const Mailbox& mailbox);
// Counts, indexes and marks agree with the rows, and every content that is not missing can be read.
void expect_consistent(World& world);

}  // namespace satchel::store
