#include "proxy/stream/signal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace satchel::stream {
namespace {

using boost::asio::awaitable;
constexpr std::chrono::seconds long_wait{30};

awaitable<void> wait_beyond(Signal& signal, std::uint64_t count, bool& done) {
  co_await signal.wait_beyond(count, long_wait);
  done = true;
}

awaitable<void> wait(Signal& signal, bool& done) {
  co_await signal.wait(long_wait);
  done = true;
}

TEST(Signal, WakesAllThatWait) {
  boost::asio::io_context loop;
  Signal signal(loop.get_executor());
  bool one = false;
  bool two = false;
  co_spawn(loop, wait(signal, one), boost::asio::detached);
  co_spawn(loop, wait_beyond(signal, signal.count(), two), boost::asio::detached);
  loop.poll();
  EXPECT_FALSE(one || two);
  signal.notify();
  loop.poll();
  EXPECT_TRUE(one && two);
}

// What came between a look and the wait is not slept over.
TEST(Signal, ANotifyDuringTheCheckEndsTheWaitAtOnce) {
  boost::asio::io_context loop;
  Signal signal(loop.get_executor());
  bool done = false;
  const std::uint64_t seen = signal.count();
  signal.notify();
  co_spawn(loop, wait_beyond(signal, seen, done), boost::asio::detached);
  loop.poll();
  EXPECT_TRUE(done);
}

TEST(Signal, EndsAfterItsLimit) {
  boost::asio::io_context loop;
  Signal signal(loop.get_executor());
  bool ended = false;
  const auto briefly = [&]() -> awaitable<void> { return signal.wait(std::chrono::milliseconds(1)); };
  co_spawn(loop, briefly(), [&](const std::exception_ptr&) { ended = true; });
  loop.run();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace satchel::stream
