// A line to a scripted server, and what a test asks of it.
#pragma once

#include <gtest/gtest.h>

#include "proxy/account/imap_line.hpp"
#include "tests/support/heard_contents.hpp"
#include "tests/support/scripted_server.hpp"

namespace satchel::account {

using tests::Rule;
using tests::Script;

class ScriptedConnector final : public stream::Connector {
 public:
  ScriptedConnector(boost::asio::io_context& loop, std::shared_ptr<Script> script, bool secure)
      : loop_(loop), script_(std::move(script)), secure_(secure) {}
  awaitable<stream::Connected> connect() override {
    stream::Connected connected;
    connected.stream = tests::connect(loop_, script_);
    if (secure_) (void)co_await connected.stream->start_tls();
    co_return connected;
  }

 private:
  boost::asio::io_context& loop_;
  std::shared_ptr<Script> script_;
  bool secure_;
};

class ImapLineTest : public testing::Test {
 protected:
  // Logs in to a server that has these capabilities and follows these rules.
  void open(const std::string& capabilities, std::vector<Rule> rules, Line::Along along = Line::Along::nothing) {
    script_->rules = std::move(rules);
    const std::vector<Rule> usual = {
        {"CAPABILITY", "* CAPABILITY IMAP4rev1 " + capabilities + "\r\nTAG OK\r\n"},
        {"LOGIN", "TAG OK in\r\n"},
        {"ENABLE QRESYNC", "* ENABLED QRESYNC\r\nTAG OK\r\n"},
        {"ENABLE CONDSTORE", "* ENABLED CONDSTORE\r\nTAG OK\r\n"},
        {"LIST \"\" \"\"", "* LIST (\\Noselect) \".\" \"\"\r\nTAG OK\r\n"},
        {"EXAMINE", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 10] n\r\nTAG OK [READ-ONLY]\r\n"},
        {"SELECT", "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 10] n\r\nTAG OK [READ-WRITE]\r\n"}};
    script_->rules.insert(script_->rules.end(), usual.begin(), usual.end());
    line_ = std::make_unique<ImapLine>(loop_.get_executor(), store::AccountSettings(),
                                       std::make_unique<ScriptedConnector>(loop_, script_, secure_), contents_,
                                       learned_, Options().answer_limit);
    LoginTried tried;
    const auto log_in = [](ImapLine& line, Line::Along with, LoginTried& into) -> awaitable<void> {
      into = co_await line.open(with);
    };
    boost::asio::co_spawn(loop_, log_in(*line_, along, tried), boost::asio::detached);
    wait_until([&] { return tried.state == State::online; });
    ASSERT_EQ(tried.state, State::online) << tried.detail;
  }

  template <class Question>
  typename Question::Answer ask(Question question) {
    sync::Answer answer;
    bool answered = false;
    const auto put = [](ImapLine& line, sync::Ask one, sync::Answer& into, bool& done) -> awaitable<void> {
      into = co_await line.perform(one);
      done = true;
    };
    boost::asio::co_spawn(loop_, put(*line_, sync::Ask(std::move(question)), answer, answered), boost::asio::detached);
    wait_until([&] { return answered; });
    EXPECT_TRUE(answered);
    return std::get<typename Question::Answer>(std::move(answer));
  }

  // Watches until there is news or 10 ms passed.
  bool watch(const std::string& mailbox) {
    bool news = false;
    bool ended = false;
    const auto look = [](ImapLine& line, std::string name, bool& found, bool& done) -> awaitable<void> {
      const auto heard = [&found] { found = true; };
      const bool perhaps = co_await line.watch(std::move(name), std::chrono::milliseconds(10), heard);
      found = found || perhaps;
      done = true;
    };
    boost::asio::co_spawn(loop_, look(*line_, mailbox, news, ended), boost::asio::detached);
    wait_until([&] { return ended; });
    EXPECT_TRUE(ended);
    return news;
  }

  template <class Condition>
  void wait_until(Condition condition) {
    loop_.restart();
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < late) loop_.run_one_for(std::chrono::seconds(1));
  }

  boost::asio::io_context loop_;
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::shared_ptr<Learned> learned_ = std::make_shared<Learned>();
  bool secure_ = false;
  tests::HeardContents contents_;
  std::unique_ptr<ImapLine> line_;
  const sync::At inbox_{"INBOX", 7};
};

inline std::vector<std::uint32_t> uids_of(const std::vector<UpstreamUid>& uids) {
  std::vector<std::uint32_t> numbers;
  for (const UpstreamUid uid : uids) numbers.push_back(uid.value);
  return numbers;
}

}  // namespace satchel::account
