// What is read while nobody takes it.
#include "proxy/stream/backlog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "proxy/stream/memory_stream.hpp"

namespace satchel::stream {
namespace {

constexpr std::chrono::seconds limit{5};

class BacklogTest : public testing::Test {
 protected:
  BacklogTest() {
    auto [here, there] = make_memory_pair(loop_.get_executor());
    here_ = std::move(here);
    there_ = std::move(there);
  }

  void begin() { backlog_ = std::make_unique<Backlog>(loop_.get_executor(), here_, limit); }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop_, keep(std::move(work), result), boost::asio::detached);
    loop_.restart();
    while (!result && loop_.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    EXPECT_TRUE(result);
    return std::move(*result);
  }
  template <class T>
  static awaitable<void> keep(awaitable<T> work, std::optional<T>& into) {
    into.emplace(co_await std::move(work));
  }
  void say(const std::string& bytes) {
    boost::asio::co_spawn(loop_, said(bytes), boost::asio::detached);
    settle();
  }
  awaitable<void> said(std::string bytes) { (void)co_await there_->write(bytes, limit); }

  // All that is there, until it is the owner's turn to read.
  std::string taken() {
    std::string all;
    while (true) {
      const auto piece = wait(backlog_->take());
      EXPECT_TRUE(piece);
      if (!piece || piece->empty()) return all;
      all += *piece;
    }
  }

  boost::asio::io_context loop_;
  std::shared_ptr<Stream> here_;
  std::shared_ptr<Stream> there_;
  std::unique_ptr<Backlog> backlog_;
};

TEST_F(BacklogTest, WhatCameMeanwhileIsTakenInOrder) {
  begin();
  say("one ");
  say("two ");
  say("three");
  std::string all;
  for (int piece = 0; piece < 3; ++piece) all += wait(backlog_->take()).value();
  EXPECT_EQ(all, "one two three");
}

TEST_F(BacklogTest, WhereNothingCameItIsWaitedForOnce) {
  begin();
  settle();
  std::optional<Result<std::string>> first;
  boost::asio::co_spawn(loop_, keep(backlog_->take(), first), boost::asio::detached);
  settle();
  EXPECT_FALSE(first);
  say("late");
  settle();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->value(), "late");
  EXPECT_EQ(taken(), "") << "the owner reads on";
  say("more");
  char bytes[8];
  const auto count = wait(here_->read_some(bytes, sizeof bytes, limit));
  ASSERT_TRUE(count);
  EXPECT_EQ(std::string(bytes, *count), "more");
}

TEST_F(BacklogTest, NoMoreIsKeptThanIsAllowed) {
  begin();
  const std::string piece(1024 * 1024, 'x');
  for (std::size_t sent = 0; sent < 2 * Backlog::most_bytes; sent += piece.size()) say(piece);
  const std::size_t kept = taken().size();
  EXPECT_GE(kept, Backlog::most_bytes);
  EXPECT_LT(kept, Backlog::most_bytes + 2 * piece.size());
}

TEST_F(BacklogTest, ALineThatIsLostIsToldBehindWhatCame) {
  begin();
  say("last words");
  here_->close();
  settle();
  const auto words = wait(backlog_->take());
  ASSERT_TRUE(words);
  EXPECT_EQ(*words, "last words");
  EXPECT_FALSE(wait(backlog_->take()));
}

TEST_F(BacklogTest, AnOrderlyEndIsLeftToBeRead) {
  begin();
  say("end");
  there_->close();
  settle();
  EXPECT_EQ(taken(), "end");
  char bytes[8];
  const auto count = wait(here_->read_some(bytes, sizeof bytes, limit));
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 0u);
}

}  // namespace
}  // namespace satchel::stream
