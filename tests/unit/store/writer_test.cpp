// Where a batch is written: on the executor that a simulation gives, else on a thread of its own.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <future>

#include "world.hpp"

namespace satchel::store {
namespace {

std::unique_ptr<Store> open_store(Executors on) {
  StoreParts parts;
  parts.database = open_memory_database(std::make_shared<MemoryDatabaseDisk>());
  parts.segments = open_memory_segments(std::make_shared<MemorySegmentsDisk>());
  auto opened = Store::open(std::move(on), std::move(parts), make_test_summariser, [] { return std::int64_t(1); });
  return std::move(*opened);
}

boost::asio::awaitable<void> add_account(Store& store, bool& added) {
  AccountSettings settings;
  settings.name = "one";
  added = bool(co_await store.add_account(std::move(settings)));
}

TEST(Writer, IsTheExecutorThatWasGiven) {
  boost::asio::io_context loop;
  boost::asio::io_context writer;
  boost::asio::thread_pool pool{1};
  const auto store = open_store(Executors{loop.get_executor(), pool.get_executor(), writer.get_executor()});
  bool added = false;
  boost::asio::co_spawn(loop, add_account(*store, added), boost::asio::detached);
  loop.run_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(added) << "nothing is written before its turn";
  EXPECT_EQ(writer.run_for(std::chrono::milliseconds(50)), 1u) << "one batch";
  loop.restart();
  loop.run_for(std::chrono::seconds(5));
  EXPECT_TRUE(added);
  pool.join();
}

// What is read long on the pool holds up no commit.
TEST(Writer, IsAThreadOfItsOwnWhereNoneIsGiven) {
  boost::asio::io_context loop;
  boost::asio::thread_pool pool{1};
  std::promise<void> read;
  boost::asio::post(pool, [&read] { read.get_future().wait(); });
  {
    const auto store = open_store(Executors{loop.get_executor(), pool.get_executor()});
    bool added = false;
    boost::asio::co_spawn(loop, add_account(*store, added), boost::asio::detached);
    loop.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(added);
    read.set_value();
    pool.join();
  }
}

}  // namespace
}  // namespace satchel::store
