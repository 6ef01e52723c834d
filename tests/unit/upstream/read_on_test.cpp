// What is sent ahead leaves together with what it stands behind, and is read on while nobody waits for it.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "proxy/stream/memory_stream.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

using std::chrono::seconds;

// Counts the bytes that are read of it and the packets that are written.
class CountedStream final : public stream::Stream {
 public:
  CountedStream(stream::StreamPtr inner, std::size_t& count, int& packets)
      : inner_(std::move(inner)), count_(count), packets_(packets) {}
  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) override {
    const auto read = co_await inner_->read_some(into, size, limit);
    if (read) count_ += *read;
    co_return read;
  }
  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds limit) override {
    ++packets_;
    return inner_->write(bytes, limit);
  }
  awaitable<Result<>> start_tls() override { return inner_->start_tls(); }
  bool secure() const override { return inner_->secure(); }
  void close() override { inner_->close(); }

 private:
  stream::StreamPtr inner_;
  std::size_t& count_;
  int& packets_;
};

class ReadOnTest : public testing::Test {
 protected:
  ReadOnTest() {
    auto [here, there] = stream::make_memory_pair(loop_.get_executor());
    auto counted = std::make_unique<CountedStream>(std::move(here), read_, packets_);
    line_ = std::make_unique<Connection>(loop_.get_executor(), std::move(counted));
    server_ = std::move(there);
  }

  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop_, keep(std::move(work), result), boost::asio::detached);
    loop_.restart();
    while (!result && loop_.run_one_for(seconds(10)) > 0) {
    }
    EXPECT_TRUE(result);
    return std::move(*result);
  }
  template <class T>
  static awaitable<void> keep(awaitable<T> work, std::optional<T>& into) {
    into.emplace(co_await std::move(work));
  }
  void settle() {
    loop_.restart();
    loop_.poll();
  }
  void say(const std::string& text) {
    EXPECT_TRUE(wait(server_->write(text, seconds(5))));
    settle();
  }
  // The tags of the commands that came.
  std::vector<std::string> tags() {
    char bytes[4096];
    const auto count = wait(server_->read_some(bytes, sizeof bytes, seconds(5)));
    const std::string heard(bytes, count ? *count : 0);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < heard.size(); at = heard.find("\r\n", at) + 2)
      all.push_back(heard.substr(at, heard.find(' ', at) - at));
    return all;
  }

  void greet() {
    EXPECT_TRUE(wait(server_->write("* OK hello\r\n", seconds(5))));
    EXPECT_TRUE(wait(line_->greet()));
  }
  // NOOP was answered; NAMESPACE went along, and its answer is on its way.
  void send_ahead() {
    greet();
    std::optional<Result<imap::StatusResponse>> answer;
    const imap::Command first = imap::Noop{};
    const std::optional<imap::Command> second = imap::Namespace{};
    boost::asio::co_spawn(loop_, keep(line_->execute(first, {}, second), answer), boost::asio::detached);
    settle();
    sent_ = tags();
    ASSERT_EQ(sent_.size(), 2u);
    say(sent_[0] + " OK\r\n");
    ASSERT_TRUE(answer);
    read_ = 0;
  }

  boost::asio::io_context loop_;
  std::size_t read_ = 0;
  int packets_ = 0;
  std::unique_ptr<Connection> line_;
  stream::StreamPtr server_;
  std::vector<std::string> sent_;
};

// Between two packets the answer to the first one may come: then both cost a round trip.
TEST_F(ReadOnTest, BothCommandsLeaveInOnePacket) {
  send_ahead();
  EXPECT_EQ(packets_, 1);
}

TEST_F(ReadOnTest, WhatComesMeanwhileIsPartOfItsAnswer) {
  send_ahead();
  line_->read_on();
  const std::string data = "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n";
  say(data);
  EXPECT_EQ(read_, data.size()) << "nobody waits for it yet";
  say(sent_[1] + " OK\r\n");
  int heard = 0;
  const auto count = [&heard](imap::Response& response) {
    heard += std::holds_alternative<imap::NamespaceData>(response);
  };
  const imap::Command second = imap::Namespace{};
  EXPECT_TRUE(wait(line_->execute(second, count)));
  EXPECT_EQ(heard, 1);
}

TEST_F(ReadOnTest, NothingIsReadWhereNothingWasSentAhead) {
  greet();
  read_ = 0;
  line_->read_on();
  say("* 1 EXISTS\r\n");
  EXPECT_EQ(read_, 0u);
}

TEST_F(ReadOnTest, ALineThatEndsMeanwhileIsLost) {
  send_ahead();
  line_->read_on();
  server_->close();
  settle();
  const imap::Command second = imap::Namespace{};
  EXPECT_FALSE(wait(line_->execute(second, {})));
  EXPECT_FALSE(line_->alive());
}

}  // namespace
}  // namespace satchel::upstream
