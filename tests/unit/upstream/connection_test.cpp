#include "proxy/upstream/connection.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "tests/support/scripted_server.hpp"

namespace satchel::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using tests::Script;

class ConnectionTest : public testing::Test {
 protected:
  // Runs `conversation` behind the greeting.
  template <class Conversation>
  void run(Conversation conversation) {
    Deadlines deadlines;
    deadlines.end_of_idle = milliseconds(100);
    run(deadlines, conversation);
  }

  template <class Conversation>
  void run(Deadlines deadlines, Conversation conversation) {
    line_ = std::make_unique<Connection>(loop_.get_executor(), tests::connect(loop_, script_), deadlines);
    const auto all = [](Connection& line, Conversation then) -> awaitable<void> {
      EXPECT_TRUE(co_await line.greet());
      co_await then(line);
      line.close();
    };
    boost::asio::co_spawn(loop_, all(*line_, conversation), boost::asio::detached);
    loop_.run_for(seconds(20));
  }

  boost::asio::io_context loop_;
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<Connection> line_;
};

bool any_news(const imap::Response& response) {
  return std::holds_alternative<imap::ExistsData>(response);
}

TEST_F(ConnectionTest, AnIdleWhoseEndIsNotAnsweredEndsTheLine) {
  script_->rules = {{"IDLE", "+ idling\r\n"}, {"DONE", ""}};
  bool ended = false;
  run([&](Connection& line) -> awaitable<void> {
    EXPECT_FALSE(co_await line.idle(any_news, milliseconds(50)));
    EXPECT_FALSE(line.alive());
    ended = true;
  });
  EXPECT_TRUE(ended);
  EXPECT_EQ(script_->count("DONE"), 1);
}

// DONE has no tag of its own: what answers it is the tag of the IDLE.
awaitable<void> idling_server(stream::StreamPtr stream, std::vector<std::string>& heard, std::string news) {
  (void)co_await stream->write("* OK hello\r\n", seconds(5));
  std::string buffer;
  std::string tag;
  char bytes[512];
  while (true) {
    const auto count = co_await stream->read_some(bytes, sizeof bytes, seconds(20));
    if (!count || *count == 0) co_return;
    buffer.append(bytes, *count);
    const std::size_t end = buffer.find("\r\n");
    if (end == std::string::npos) continue;
    const std::string line = buffer.substr(0, end);
    buffer.erase(0, end + 2);
    heard.push_back(line);
    std::string out;
    if (line == "DONE") {
      out = tag + " OK idled\r\n";
    } else {
      tag = line.substr(0, line.find(' '));
      out = line.ends_with("IDLE") ? "+ idling\r\n" + std::exchange(news, "") : tag + " OK done\r\n";
    }
    (void)co_await stream->write(out, seconds(5));
  }
}

struct Idle {
  bool news = false;
  bool alive_after = false;
  std::vector<std::string> heard;
};

Idle idle_for(milliseconds limit, std::string news) {
  Idle result;
  boost::asio::io_context loop;
  auto [here, there] = stream::make_memory_pair(loop.get_executor());
  boost::asio::co_spawn(loop, idling_server(std::move(there), result.heard, std::move(news)), boost::asio::detached);
  Connection line(loop.get_executor(), std::move(here));
  const auto talk = [](Connection& on, milliseconds span, Idle& into) -> awaitable<void> {
    EXPECT_TRUE(co_await on.greet());
    const auto found = co_await on.idle(any_news, span);
    into.news = found && *found;
    const auto after = co_await on.execute(imap::Noop{}, {});
    into.alive_after = after && on.alive();
    on.close();
  };
  boost::asio::co_spawn(loop, talk(line, limit, result), boost::asio::detached);
  loop.run_for(seconds(20));
  return result;
}

TEST(IdleTest, IsRenewedOnTheSameLine) {
  const Idle idle = idle_for(milliseconds(30), "");
  EXPECT_FALSE(idle.news);
  EXPECT_TRUE(idle.alive_after);
  EXPECT_EQ(idle.heard[1], "DONE");
}

TEST(IdleTest, EndsAtNews) {
  const Idle idle = idle_for(seconds(60), "* 5 EXISTS\r\n");
  EXPECT_TRUE(idle.news);
  EXPECT_TRUE(idle.alive_after);
}

TEST_F(ConnectionTest, AnIdleThatIsEndedOnADeadLineDoesNotWaitForItsWholeSpan) {
  script_->rules = {{"IDLE", "+ idling\r\n"}, {"DONE", ""}};
  const auto began = std::chrono::steady_clock::now();
  run([&](Connection& line) -> awaitable<void> {
    boost::asio::post(loop_, [&line] { line.end_idle(); });
    EXPECT_FALSE(co_await line.idle(any_news, std::chrono::minutes(24)));
    EXPECT_FALSE(line.alive());
  });
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(10));
}

TEST_F(ConnectionTest, ListeningEndsWithANoopThatTellsTheNews) {
  script_->rules = {{"NOOP", "* 5 EXISTS\r\nTAG OK done\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    const auto found = co_await line.listen(any_news, milliseconds(30));
    EXPECT_TRUE(found && *found);
    EXPECT_TRUE(co_await line.execute(imap::Noop{}, {})) << "the line lives on";
  });
  EXPECT_EQ(script_->count("NOOP"), 2);
}

TEST_F(ConnectionTest, ListeningWithoutNewsSaysSo) {
  script_->rules = {{"NOOP", "TAG OK done\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    const auto found = co_await line.listen(any_news, milliseconds(30));
    EXPECT_TRUE(found && !*found);
    boost::asio::post(loop_, [&line] { line.end_idle(); });
    const auto again = co_await line.listen(any_news, std::chrono::minutes(24));
    EXPECT_TRUE(again && !*again) << "it ends when it is told to";
  });
}

awaitable<void> greet_and_leave(stream::StreamPtr stream) {
  (void)co_await stream->write("* OK hello\r\n", seconds(5));
  stream->close();
}

TEST(ListenTest, NoticesAtOnceThatTheLineIsGone) {
  boost::asio::io_context loop;
  auto [here, there] = stream::make_memory_pair(loop.get_executor());
  boost::asio::co_spawn(loop, greet_and_leave(std::move(there)), boost::asio::detached);
  Connection line(loop.get_executor(), std::move(here));
  bool noticed = false;
  const auto talk = [](Connection& on, bool& into) -> awaitable<void> {
    EXPECT_TRUE(co_await on.greet());
    const auto found = co_await on.listen(any_news, std::chrono::minutes(24));
    into = !found && !on.alive();
  };
  boost::asio::co_spawn(loop, talk(line, noticed), boost::asio::detached);
  loop.run_for(seconds(5));
  EXPECT_TRUE(noticed);
}

TEST_F(ConnectionTest, AnIdleThatIsRefusedLeavesTheLineAlive) {
  run([&](Connection& line) -> awaitable<void> {
    const auto found = co_await line.idle(any_news, seconds(5));
    EXPECT_TRUE(!found && found.error().code == ErrorCode::refused);
    EXPECT_TRUE(line.alive());
  });
}

TEST_F(ConnectionTest, AServerThatTalksWithoutEndIsLeft) {
  std::string talk;
  for (int i = 0; i < 1200; ++i) talk += "* OK still here\r\n";
  script_->rules = {{"NOOP", talk + "TAG OK\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    line.allow_responses(2000);
    EXPECT_TRUE(co_await line.execute(imap::Noop{}, {}));
    EXPECT_TRUE(co_await line.execute(imap::Noop{}, {})) << "it is counted for each command";
    line.allow_responses(1000);
    EXPECT_FALSE(co_await line.execute(imap::Noop{}, {}));
    EXPECT_FALSE(line.alive());
  });
}

TEST_F(ConnectionTest, SilenceInsideALiteralEndsTheLineInTime) {
  script_->rules = {{"NOOP", "* 1 FETCH (UID 1 BODY[] {1000000000}\r\nabc"}};
  Deadlines deadlines;
  deadlines.command = milliseconds(50);
  run(deadlines, [&](Connection& line) -> awaitable<void> {
    const auto answer = co_await line.execute(imap::Noop{}, {});
    EXPECT_TRUE(!answer && answer.error().code == ErrorCode::retry);
    EXPECT_FALSE(line.alive());
  });
}

imap::Append small_append() {
  imap::Append append;
  append.mailbox = "INBOX";
  append.size = 4;
  return append;
}

awaitable<Result<std::string>> piece_of(std::shared_ptr<std::string> left) {
  co_return std::exchange(*left, "");
}

TEST_F(ConnectionTest, ALiteralThatWasSentAtOnceAndRefusedEndsTheLine) {
  script_->rules = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 LITERAL+\r\nTAG OK\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    EXPECT_TRUE(co_await line.read_capabilities());
    const auto text = std::make_shared<std::string>("text");
    const NextPiece next = [text] { return piece_of(text); };
    auto append = small_append();
    const auto answer = co_await line.append(std::move(append), next);
    EXPECT_TRUE(answer && answer->kind == imap::StatusResponse::Kind::bad);
    EXPECT_TRUE(line.literal_refused());
    EXPECT_FALSE(line.alive()) << "its bytes may have been taken for commands";
  });
}

// Attack U4.
TEST_F(ConnectionTest, AnOkBeforeTheMessageWasSentIsNoAnswer) {
  script_->rules = {{"APPEND", "TAG OK [APPENDUID 1 7] done\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    const auto text = std::make_shared<std::string>("text");
    const NextPiece next = [text] { return piece_of(text); };
    auto append = small_append();
    const auto answer = co_await line.append(std::move(append), next);
    EXPECT_TRUE(!answer && answer.error().code == ErrorCode::retry) << "perhaps done: it is looked up";
    EXPECT_FALSE(line.alive());
    EXPECT_EQ(*text, "text") << "not a byte of it was sent";
  });
}

TEST_F(ConnectionTest, AnOkBeforeThePasswordWasSentIsNoLogin) {
  script_->rules = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nTAG OK\r\n"},
                    {"AUTHENTICATE", "TAG OK come in\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    EXPECT_TRUE(co_await line.read_capabilities());
    EXPECT_FALSE(co_await line.login("user", "secret"));
    EXPECT_FALSE(line.alive());
  });
}

TEST_F(ConnectionTest, ANoBeforeTheMessageWasSentIsItsAnswer) {
  script_->rules = {{"APPEND", "TAG NO [OVERQUOTA] full\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    const auto text = std::make_shared<std::string>("text");
    const NextPiece next = [text] { return piece_of(text); };
    auto append = small_append();
    const auto answer = co_await line.append(std::move(append), next);
    EXPECT_TRUE(answer && answer->code.name == "OVERQUOTA");
    EXPECT_TRUE(line.alive());
  });
}

TEST_F(ConnectionTest, AnInitialResponseThatIsNotUnderstoodIsSentAgainWhenAsked) {
  script_->rules = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nTAG OK\r\n"},
                    {"AUTHENTICATE PLAIN ", "TAG BAD too many words\r\n"},
                    {"AUTHENTICATE PLAIN", "+ \r\n"},
                    {"LOGIN", "TAG OK in\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    EXPECT_TRUE(co_await line.read_capabilities());
    (void)co_await line.login("user", "secret");
  });
  EXPECT_EQ(script_->count("AUTHENTICATE PLAIN"), 2);
}

TEST_F(ConnectionTest, APasswordThatIsRefusedIsNotSentTwice) {
  script_->rules = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\nTAG OK\r\n"},
                    {"AUTHENTICATE", "TAG NO [AUTHENTICATIONFAILED] no\r\n"}};
  run([&](Connection& line) -> awaitable<void> {
    EXPECT_TRUE(co_await line.read_capabilities());
    const auto in = co_await line.login("user", "secret");
    EXPECT_TRUE(!in && in.error().code == ErrorCode::refused);
  });
  EXPECT_EQ(script_->heard.size(), 2u);
}

}  // namespace
}  // namespace satchel::upstream
