#include "proxy/stream/memory_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace satchel::stream {
namespace {

TEST(MemoryStreamTest, WhatOneWritesTheOtherReads) {
  boost::asio::io_context loop;
  auto [left, right] = make_memory_pair(loop.get_executor());
  std::string got;
  const auto read = [](Stream& stream, std::string& into) -> awaitable<void> {
    char buffer[4];
    while (true) {
      const auto count = co_await stream.read_some(buffer, sizeof buffer, std::chrono::seconds(5));
      if (!count || *count == 0) co_return;
      into.append(buffer, *count);
    }
  };
  const auto write = [](Stream& stream) -> awaitable<void> {
    EXPECT_TRUE(co_await stream.write("hello ", std::chrono::seconds(5)));
    EXPECT_TRUE(co_await stream.write("there", std::chrono::seconds(5)));
    stream.close();
  };
  boost::asio::co_spawn(loop, read(*left, got), boost::asio::detached);
  boost::asio::co_spawn(loop, write(*right), boost::asio::detached);
  loop.run();
  EXPECT_EQ(got, "hello there");
}

TEST(MemoryStreamTest, AWaitHasADeadline) {
  boost::asio::io_context loop;
  auto [left, right] = make_memory_pair(loop.get_executor());
  ErrorCode code = ErrorCode::broken;
  const auto read = [](Stream& stream, ErrorCode& into) -> awaitable<void> {
    char buffer[4];
    const auto count = co_await stream.read_some(buffer, sizeof buffer, std::chrono::milliseconds(20));
    if (!count) into = count.error().code;
  };
  boost::asio::co_spawn(loop, read(*left, code), boost::asio::detached);
  loop.run();
  EXPECT_EQ(code, ErrorCode::retry);
}

}  // namespace
}  // namespace satchel::stream
