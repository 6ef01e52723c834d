// Nothing may stand between the OK that begins TLS and the handshake, in whatever pieces it comes (attack U3).
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

using namespace std::string_literals;

// Greets, and answers STARTTLS with `answer`, cut in two at `cut`. What was not read before the handshake goes into
// it, and no handshake is a good one then.
class Upgrades final : public stream::Stream {
 public:
  Upgrades(std::string answer, std::size_t cut, bool& handshake)
      : answer_(std::move(answer)), cut_(cut), handshake_(handshake) {}

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds) override {
    const std::size_t count = std::min({size, bytes_.size(), asked_ ? std::max<std::size_t>(cut_, 1) : size});
    if (asked_) cut_ = bytes_.size();
    bytes_.copy(into, count);
    bytes_.erase(0, count);
    co_return count;
  }
  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds) override {
    bytes_ = std::string(bytes.substr(0, bytes.find(' '))) + answer_;
    asked_ = true;
    co_return Result<>{};
  }
  awaitable<Result<>> start_tls() override {
    if (!bytes_.empty()) co_return fail(ErrorCode::refused, "That is no TLS.");
    handshake_ = true;
    co_return Result<>{};
  }
  bool secure() const override { return handshake_; }
  void close() override {}

 private:
  std::string bytes_ = "* OK [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n";
  std::string answer_;
  std::size_t cut_;
  bool asked_ = false;
  bool& handshake_;
};

struct Outcome {
  bool secured = false;
  bool handshake = false;
  bool alive = false;
};

Outcome upgrade(const std::string& answer, std::size_t cut) {
  Outcome outcome;
  boost::asio::io_context loop;
  Connection line(loop.get_executor(), std::make_unique<Upgrades>(answer, cut, outcome.handshake));
  const auto talk = [](Connection& on, Outcome& into) -> awaitable<void> {
    EXPECT_TRUE(co_await on.greet());
    into.secured = bool(co_await on.start_tls());
  };
  boost::asio::co_spawn(loop, talk(line, outcome), boost::asio::detached);
  loop.run();
  outcome.alive = line.alive();
  return outcome;
}

constexpr std::size_t longest = 120;  // more than any answer here has bytes

TEST(StartTls, AnOkAloneBeginsTlsInEverySplit) {
  for (std::size_t cut = 0; cut < longest; ++cut) {
    const Outcome outcome = upgrade(" OK begin\r\n", cut);
    EXPECT_TRUE(outcome.secured && outcome.handshake && outcome.alive) << cut;
  }
}

TEST(StartTls, WhateverStandsBehindTheOkEndsTheLineInEverySplit) {
  for (const std::string& behind :
       {"* LIST () \"/\" evil\r\n"s, "a1 OK [CAPABILITY IMAP4rev1] in\r\n"s, "\r\n"s, "*"s, "\0"s, "\x16\x03\x01"s,
        "* 1 FETCH (BODY[] {4}\r\nevil)\r\n"s, "* 1 FETCH (BODY[] {9"s})
    for (std::size_t cut = 0; cut < longest; ++cut) {
      const Outcome outcome = upgrade(" OK begin\r\n" + behind, cut);
      EXPECT_FALSE(outcome.secured || outcome.handshake || outcome.alive) << behind << " cut at " << cut;
    }
}

TEST(StartTls, NoOtherAnswerBeginsTls) {
  for (const std::string& answer :
       {" NO not now\r\n"s, " BAD what\r\n"s, "x OK begin\r\n"s, "\r\n* BYE gone\r\n"s, " PREAUTH in\r\n"s, ""s})
    for (std::size_t cut = 0; cut < longest; ++cut) {
      const Outcome outcome = upgrade(answer, cut);
      EXPECT_FALSE(outcome.secured || outcome.handshake || outcome.alive) << answer << " cut at " << cut;
    }
}

}  // namespace
}  // namespace satchel::upstream
