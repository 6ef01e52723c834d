// Several commands in one flight, COMPRESS at its end, and commands that are sent ahead.
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "proxy/stream/deflate_stream.hpp"
#include "proxy/stream/memory_stream.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = imap::StatusResponse::Kind;

// A server by hand: a test reads what came and says what goes back.
class Server {
 public:
  explicit Server(stream::StreamPtr stream) : stream_(std::move(stream)) {}

  awaitable<void> say(std::string text) { (void)co_await stream_->write(text, seconds(5)); }

  // The tag of the next command, which must be this one; empty: nothing comes.
  awaitable<std::string> hear(std::string command) {
    std::size_t end;
    while ((end = buffer_.find("\r\n")) == std::string::npos) {
      char bytes[4096];
      const auto count = co_await stream_->read_some(bytes, sizeof bytes, milliseconds(200));
      if (!count || *count == 0) co_return std::string();
      buffer_.append(bytes, *count);
    }
    const std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    const std::size_t space = line.find(' ');
    EXPECT_EQ(line.substr(space + 1), command);
    co_return line.substr(0, space);
  }
  bool heard_all() const { return buffer_.empty(); }

  void compress() {
    std::shared_ptr<stream::Stream> plain = std::move(stream_);
    stream_ = stream::make_deflate_stream(std::move(plain), std::exchange(buffer_, std::string()));
  }
  void close() { stream_->close(); }

 private:
  stream::StreamPtr stream_;
  std::string buffer_;
};

class FlightTest : public testing::Test {
 protected:
  template <class Talk, class Serve>
  void run(Talk talk, Serve serve) {
    auto [here, there] = stream::make_memory_pair(loop_.get_executor());
    line_ = std::make_unique<Connection>(loop_.get_executor(), std::move(here), deadlines_);
    server_ = std::make_unique<Server>(std::move(there));
    const auto greeted = [](Connection& line, Talk then, bool& over) -> awaitable<void> {
      EXPECT_TRUE(co_await line.greet());
      co_await then(line);
      over = true;
    };
    const auto served = [](Server& server, Serve then) -> awaitable<void> {
      co_await server.say("* OK hello\r\n");
      co_await then(server);
    };
    boost::asio::co_spawn(loop_, greeted(*line_, talk, talked_), boost::asio::detached);
    boost::asio::co_spawn(loop_, served(*server_, serve), boost::asio::detached);
    loop_.run_for(seconds(20));
    EXPECT_TRUE(talked_);
  }

  boost::asio::io_context loop_;
  Deadlines deadlines_;
  std::unique_ptr<Connection> line_;
  std::unique_ptr<Server> server_;
  bool talked_ = false;
};

std::vector<imap::Command> two() {
  return {imap::Noop{}, imap::Namespace{}};
}

imap::Fetch fetch_of(std::uint32_t uid) {
  imap::Fetch fetch;
  fetch.uid = true;
  fetch.set = imap::SequenceSet::of({uid});
  fetch.items.emplace_back();
  return fetch;
}

TEST_F(FlightTest, BothCommandsAreThereBeforeEitherIsAnswered) {
  run(
      [](Connection& line) -> awaitable<void> {
        int data = 0;
        const auto on_data = [&data](imap::Response&) { ++data; };
        const auto answers = co_await line.execute_all(two(), on_data);
        EXPECT_TRUE(answers);
        if (!answers) co_return;
        EXPECT_EQ((*answers)[0].kind, Kind::no);
        EXPECT_EQ((*answers)[1].kind, Kind::ok);
        EXPECT_EQ(data, 2);
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("NOOP");
        const std::string second = co_await server.hear("NAMESPACE");
        EXPECT_FALSE(second.empty());
        // Neither depends on the other: the server may answer them as it likes.
        co_await server.say("* 3 EXISTS\r\n" + second + " OK\r\n* 4 EXISTS\r\n" + first + " NO\r\n");
      });
}

TEST_F(FlightTest, OneAnswerTwiceIsNoAnswerToBoth) {
  run(
      [](Connection& line) -> awaitable<void> {
        const auto answers = co_await line.execute_all(two(), {});
        EXPECT_FALSE(answers);
        EXPECT_FALSE(line.alive());
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("NOOP");
        co_await server.say(first + " OK\r\n" + first + " OK\r\n");
      });
}

TEST_F(FlightTest, ANameThatTakesALiteralIsNotPipelined) {
  run(
      [](Connection& line) -> awaitable<void> {
        std::vector<imap::Command> both{imap::Subscribe{"l\xc3\xa4nger"}, imap::Noop{}};
        const auto answers = co_await line.execute_all(std::move(both), {});
        EXPECT_TRUE(answers && (*answers)[0].kind == Kind::ok && (*answers)[1].kind == Kind::ok);
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("SUBSCRIBE {7}");
        EXPECT_TRUE(server.heard_all());
        co_await server.say("+ go on\r\n");
        (void)co_await server.hear("l\xc3\xa4nger");
        co_await server.say(first + " OK\r\n");
        const std::string second = co_await server.hear("NOOP");
        co_await server.say(second + " OK\r\n");
      });
}

TEST_F(FlightTest, TheLineIsCompressedFromTheAnswerOn) {
  run(
      [](Connection& line) -> awaitable<void> {
        auto commands = two();
        const auto answers = co_await line.execute_all(std::move(commands), {}, Connection::Last::compress);
        EXPECT_TRUE(answers && answers->size() == 3 && answers->back().kind == Kind::ok);
        EXPECT_TRUE(co_await line.execute(imap::Noop{}, {}));
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("NOOP");
        const std::string second = co_await server.hear("NAMESPACE");
        const std::string last = co_await server.hear("COMPRESS DEFLATE");
        co_await server.say(first + " OK\r\n" + last + " OK compressed from here on\r\n");
        server.compress();
        co_await server.say(second + " OK\r\n");  // may well stand in the same segment
        const std::string third = co_await server.hear("NOOP");
        co_await server.say(third + " OK\r\n");
      });
}

TEST_F(FlightTest, WithoutItsOkTheLineStaysAsItIs) {
  run(
      [](Connection& line) -> awaitable<void> {
        std::vector<imap::Command> none;
        const auto answers = co_await line.execute_all(std::move(none), {}, Connection::Last::compress);
        EXPECT_TRUE(answers && answers->front().kind == Kind::no);
        EXPECT_TRUE(co_await line.execute(imap::Noop{}, {}));
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("COMPRESS DEFLATE");
        co_await server.say(first + " NO [COMPRESSIONACTIVE] TLS does it\r\n");
        const std::string second = co_await server.hear("NOOP");
        co_await server.say(second + " OK\r\n");
      });
}

TEST_F(FlightTest, ABombEndsTheLineAndIsRemembered) {
  run(
      [](Connection& line) -> awaitable<void> {
        std::vector<imap::Command> none;
        EXPECT_TRUE(co_await line.execute_all(std::move(none), {}, Connection::Last::compress));
        const auto answer = co_await line.execute(imap::Noop{}, {});
        EXPECT_FALSE(answer);
        EXPECT_FALSE(line.alive());
        EXPECT_TRUE(line.compression_failed());
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("COMPRESS DEFLATE");
        co_await server.say(first + " OK\r\n");
        server.compress();
        std::string bomb;
        for (int i = 0; i < 1'000'000; ++i) bomb += "* OK still here\r\n";
        co_await server.say(std::move(bomb));
      });
}

// What else is asked may take its time: this alone is suspicious.
TEST_F(FlightTest, ASilenceBehindCompressIsShort) {
  deadlines_.compression = milliseconds(50);
  run(
      [](Connection& line) -> awaitable<void> {
        auto commands = two();
        EXPECT_TRUE(co_await line.execute_all(std::move(commands), {}, Connection::Last::compress));
        EXPECT_FALSE(line.compression_works());
        const auto answer = co_await line.execute(imap::Noop{}, {});
        EXPECT_FALSE(answer);
        EXPECT_TRUE(line.compression_was_silent());
        EXPECT_FALSE(line.compression_was_silent()) << "once";
        EXPECT_FALSE(line.compression_failed()) << "the line may be to blame";
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("NOOP");
        const std::string second = co_await server.hear("NAMESPACE");
        const std::string last = co_await server.hear("COMPRESS DEFLATE");
        EXPECT_EQ(co_await server.hear(""), "");  // a pause
        co_await server.say(first + " OK\r\n" + second + " OK\r\n" + last + " OK\r\n");
        server.compress();
        const std::string third = co_await server.hear("NOOP");
        EXPECT_FALSE(third.empty());
        EXPECT_EQ(co_await server.hear(""), "");
      });
}

TEST_F(FlightTest, ACompressThatIsNotAnsweredIsNotWaitedForLong) {
  deadlines_.compression = milliseconds(50);
  run(
      [](Connection& line) -> awaitable<void> {
        auto commands = two();
        EXPECT_FALSE(co_await line.execute_all(std::move(commands), {}, Connection::Last::compress));
        EXPECT_TRUE(line.compression_was_silent());
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("NOOP");
        const std::string second = co_await server.hear("NAMESPACE");
        const std::string last = co_await server.hear("COMPRESS DEFLATE");
        EXPECT_FALSE(last.empty());
        EXPECT_EQ(co_await server.hear(""), "");  // a pause
        co_await server.say(first + " OK\r\n" + second + " OK\r\n");
        EXPECT_EQ(co_await server.hear(""), "");
      });
}

TEST_F(FlightTest, OnceSomethingCameCompressedItMayBeSilent) {
  deadlines_.compression = milliseconds(50);
  run(
      [](Connection& line) -> awaitable<void> {
        std::vector<imap::Command> none;
        EXPECT_TRUE(co_await line.execute_all(std::move(none), {}, Connection::Last::compress));
        EXPECT_TRUE(co_await line.execute(imap::Noop{}, {}));
        EXPECT_TRUE(line.compression_works());
        EXPECT_TRUE(co_await line.execute(imap::Noop{}, {}));
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("COMPRESS DEFLATE");
        co_await server.say(first + " OK\r\n");
        server.compress();
        const std::string second = co_await server.hear("NOOP");
        co_await server.say(second + " OK\r\n");
        const std::string third = co_await server.hear("NOOP");
        EXPECT_EQ(co_await server.hear(""), "");
        co_await server.say(third + " OK\r\n");
      });
}

TEST_F(FlightTest, WhatIsSentAheadIsNotSentAgain) {
  run(
      [](Connection& line) -> awaitable<void> {
        std::vector<std::uint32_t> uids;
        const auto on_data = [&uids](imap::Response& response) {
          if (const auto* data = std::get_if<imap::FetchData>(&response)) uids.push_back(data->uid.value_or(0));
        };
        const imap::Command next = fetch_of(2);
        EXPECT_TRUE(co_await line.execute(fetch_of(1), on_data, next));
        EXPECT_EQ(uids, std::vector<std::uint32_t>{1});
        EXPECT_TRUE(co_await line.execute(fetch_of(2), on_data));
        EXPECT_EQ(uids, (std::vector<std::uint32_t>{1, 2}));
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("UID FETCH 1 (FLAGS)");
        const std::string second = co_await server.hear("UID FETCH 2 (FLAGS)");
        EXPECT_FALSE(second.empty());
        co_await server.say("* 1 FETCH (UID 1 FLAGS ())\r\n" + first + " OK\r\n");
        co_await server.say("* 2 FETCH (UID 2 FLAGS ())\r\n" + second + " OK\r\n");
        EXPECT_EQ(co_await server.hear(""), "");
      });
}

TEST_F(FlightTest, WhatWasSentAheadInVainIsReadAway) {
  run(
      [](Connection& line) -> awaitable<void> {
        const imap::Command next = fetch_of(2);
        EXPECT_TRUE(co_await line.execute(fetch_of(1), {}, next));
        int data = 0;
        const auto on_data = [&data](imap::Response&) { ++data; };
        EXPECT_TRUE(co_await line.execute(imap::Noop{}, on_data));
        EXPECT_EQ(data, 0) << "that was no answer to NOOP";
        EXPECT_TRUE(line.alive());
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("UID FETCH 1 (FLAGS)");
        const std::string second = co_await server.hear("UID FETCH 2 (FLAGS)");
        co_await server.say(first + " OK\r\n* 2 FETCH (UID 2 FLAGS ())\r\n" + second + " OK\r\n");
        const std::string third = co_await server.hear("NOOP");
        co_await server.say(third + " OK\r\n");
      });
}

TEST_F(FlightTest, WhatWasSentAheadMayBeAnsweredFirst) {
  run(
      [](Connection& line) -> awaitable<void> {
        const imap::Command second = fetch_of(2);
        const imap::Command third = fetch_of(3);
        int early = 0;
        const auto on_early = [&early](imap::Response&) { ++early; };
        EXPECT_TRUE(co_await line.execute(fetch_of(1), on_early, second));
        EXPECT_EQ(early, 1) << "told while the first one is waited for";
        EXPECT_TRUE(line.is_ahead(second));
        EXPECT_FALSE(line.is_ahead(third));
        const auto answer = co_await line.execute(fetch_of(2), {}, third);
        EXPECT_TRUE(answer);
        EXPECT_EQ(answer ? answer->text : std::string(), "second");
        EXPECT_TRUE(co_await line.execute(fetch_of(3), {}));
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("UID FETCH 1 (FLAGS)");
        const std::string second = co_await server.hear("UID FETCH 2 (FLAGS)");
        co_await server.say("* 2 FETCH (UID 2 FLAGS ())\r\n" + second + " OK second\r\n" + first + " OK\r\n");
        const std::string third = co_await server.hear("UID FETCH 3 (FLAGS)");
        EXPECT_TRUE(server.heard_all());
        co_await server.say(third + " OK\r\n");
      });
}

TEST_F(FlightTest, WhatWasSentAheadIsAnsweredOnce) {
  run(
      [](Connection& line) -> awaitable<void> {
        const imap::Command second = fetch_of(2);
        const auto first = co_await line.execute(fetch_of(1), {}, second);
        EXPECT_FALSE(first);
        EXPECT_FALSE(line.alive());
      },
      [](Server& server) -> awaitable<void> {
        const std::string first = co_await server.hear("UID FETCH 1 (FLAGS)");
        const std::string second = co_await server.hear("UID FETCH 2 (FLAGS)");
        co_await server.say(second + " OK\r\n" + second + " OK\r\n" + first + " OK\r\n");
      });
}

}  // namespace
}  // namespace satchel::upstream
