// The engine with an upstream that the test plays: what news, losses, a wrong password and a waiting
// client make it do.
#include <boost/asio/post.hpp>
#include <future>

#include "engine_world.hpp"
#include "store/client_actions.hpp"

namespace satchel::account::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class EngineTest : public EngineWorld {
 protected:
  // Not so soon after the login that the next one is put off.
  void lose_lines() {
    pass(seconds(11));
    upstream_.drop_lines();
  }

  void flag(std::uint32_t uid) { EXPECT_TRUE(wait(store_->change(account_, flagging(uid)))); }
  store::Store::Change flagging(std::uint32_t uid) const {
    const store::MailboxId mailbox = inbox();
    return [mailbox, uid](store::Transaction& tx) -> Result<> {
      const std::vector<Uid> uids{Uid{uid}};
      store::FlagSet flags;
      flags.add(store::SystemFlag::flagged);
      const auto left = store::store_flags(tx, mailbox, uids, store::FlagChange::add, flags, std::nullopt);
      if (!left) return left.error();
      return {};
    };
  }
  bool flagged_upstream(std::uint32_t uid) { return upstream_.flags[uid].has(store::SystemFlag::flagged); }
};

// --- news

TEST_F(EngineTest, WhatIsThereAtTheBeginningComesIn) {
  deliver(3);
  start_in_sync(4);
  EXPECT_EQ(exists(), 3u);
  EXPECT_TRUE(here(1));
  EXPECT_TRUE(here(3));
  EXPECT_EQ(status().contents_missing, 0u);
}

TEST_F(EngineTest, NewsFromTheWatchCauseAPull) {
  deliver(1);
  start_in_sync(2);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  deliver(1);
  settle();
  EXPECT_EQ(exists(), 1u) << "nobody has told it yet";
  upstream_.tell_news();
  EXPECT_TRUE(until([this] { return exists() == 2; }));
  EXPECT_TRUE(until([this] { return here(2); }));
}

TEST_F(EngineTest, WithoutAWatchTheClockCausesAPull) {
  deliver(1);
  start_in_sync(1);
  deliver(1);
  pass(seconds(59));
  EXPECT_EQ(exists(), 1u);
  pass(seconds(2));
  EXPECT_TRUE(until([this] { return exists() == 2; }));
}

TEST_F(EngineTest, NewsThatBringNothingAreLookedIntoEverLater) {
  deliver(1);
  start_in_sync(2);
  const auto watched = [this] { return upstream_.watchers > 0; };
  const auto looked_beyond = [this](int before) {
    return until([this, before] { return upstream_.selects > before; });
  };
  ASSERT_TRUE(until(watched));
  for (int i = 0; i < 4; ++i) {
    const int before = upstream_.selects;
    upstream_.tell_news();
    ASSERT_TRUE(looked_beyond(before)) << i << ": believed at once";
    ASSERT_TRUE(until(watched));
    settle();
  }
  milliseconds span = seconds(1);
  for (int i = 0; i < 5; ++i, span *= 2) {
    const int before = upstream_.selects;
    upstream_.tell_news();
    settle();
    pass(span - milliseconds(1));
    EXPECT_EQ(upstream_.selects, before) << span.count();
    pass(milliseconds(1));
    ASSERT_TRUE(looked_beyond(before)) << span.count();
    ASSERT_TRUE(until(watched));
    settle();
  }
  // Something did change: the next news are believed again.
  deliver(1);
  upstream_.tell_news();
  settle();
  pass(minutes(1));
  ASSERT_TRUE(until([this, watched] { return exists() == 2 && watched() && status().in_sync; }));
  const int before = upstream_.selects;
  upstream_.tell_news();
  EXPECT_TRUE(looked_beyond(before));
}

// --- losses

TEST_F(EngineTest, ALostLineIsOpenedAnew) {
  deliver(1);
  start_in_sync(2);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  const int before = upstream_.logins;
  deliver(1);
  lose_lines();
  EXPECT_TRUE(until([this, before] { return upstream_.logins > before && exists() == 2; }));
  EXPECT_TRUE(until([this] { return status().state == State::online; }));
}

TEST_F(EngineTest, WhereNobodyAnswersItIsOfflineAndComesBackByItself) {
  deliver(1);
  start_in_sync(2);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  upstream_.login = {State::offline, "No way there."};
  lose_lines();
  ASSERT_TRUE(until([this] { return status().state == State::offline; }));
  EXPECT_EQ(status().detail, "No way there.");
  EXPECT_FALSE(engine_->online());
  const auto told = wait(engine_->fetch_now(inbox(), {Uid{1}}, What::content));
  EXPECT_TRUE(told) << "what is here needs no line";
  upstream_.login.state = State::online;
  deliver(1);
  pass(seconds(2));
  EXPECT_TRUE(until([this] { return status().state == State::online && exists() == 2; }));
}

TEST_F(EngineTest, OfflineAClientIsToldAtOnceThatAContentCannotCome) {
  upstream_.contents_held = true;
  deliver(1);
  start(2);
  ASSERT_TRUE(until([this] { return exists() == 1 && !upstream_.contents_asked.empty(); }));
  upstream_.login = {State::offline, "No way there."};
  lose_lines();
  ASSERT_TRUE(until([this] { return status().state == State::offline; }));
  const auto told = wait(engine_->fetch_now(inbox(), {Uid{1}}, What::content));
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::unavailable);
  const auto synced = wait(engine_->sync(std::nullopt));
  EXPECT_FALSE(synced);
}

TEST_F(EngineTest, WakingTriesAtOnce) {
  upstream_.login = {State::offline, "No way there."};
  start(2);
  ASSERT_TRUE(until([this] { return upstream_.logins == 1; }));
  settle();
  EXPECT_EQ(upstream_.logins, 1);
  engine_->wake();
  settle();
  EXPECT_EQ(upstream_.logins, 2);
}

// --- what clients change

TEST_F(EngineTest, AChangeGoesUpWhenItIsMade) {
  deliver(2);
  start_in_sync(2);
  flag(2);
  engine_->changed();
  EXPECT_TRUE(until([this] { return flagged_upstream(2) && status().in_sync; }));
  EXPECT_EQ(upstream_.stores, 1);
  EXPECT_FALSE(flagged_upstream(1));
}

// Holds up what is written behind it.
class Gate {
 public:
  explicit Gate(boost::asio::thread_pool& writer) {
    boost::asio::post(writer, [opened = opened_] { opened->get_future().wait(); });
  }
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  void open() {
    if (!std::exchange(open_, true)) opened_->set_value();
  }

 private:
  std::shared_ptr<std::promise<void>> opened_ = std::make_shared<std::promise<void>>();
  bool open_ = false;
};

// A worker that looks while a change is being written sees it, and takes the job for it.
TEST_F(EngineTest, AJobForAChangeThatWasNotKeptIsGivenBack) {
  deliver(2);
  start_in_sync(1);
  settle();
  Gate first(writer_);
  std::optional<Result<>> before;
  boost::asio::co_spawn(loop_, keep(store_->change(account_, flagging(2)), before), boost::asio::detached);
  settle();
  Gate second(writer_);  // behind that one's batch
  std::optional<Result<>> kept;
  boost::asio::co_spawn(loop_, keep(store_->change(account_, flagging(1)), kept), boost::asio::detached);
  engine_->changed();
  settle();
  first.open();
  ASSERT_TRUE(until([&before] { return before.has_value(); }));
  settle();
  disk_->fail_next_write(ErrorCode::no_space);
  second.open();
  ASSERT_TRUE(until([&kept] { return kept.has_value(); }));
  ASSERT_FALSE(*kept);
  EXPECT_EQ(upstream_.stores, 0);
  engine_->changed();
  EXPECT_TRUE(until([this] { return flagged_upstream(2) && status().in_sync; }));
  EXPECT_FALSE(flagged_upstream(1));
}

TEST_F(EngineTest, AChangeMadeOfflineGoesUpOnceWhenTheLineIsBack) {
  deliver(2);
  start_in_sync(2);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  upstream_.login = {State::offline, "No way there."};
  lose_lines();
  ASSERT_TRUE(until([this] { return status().state == State::offline; }));
  flag(1);
  engine_->changed();
  settle();
  EXPECT_EQ(status().operations_pending, 1u);
  EXPECT_EQ(upstream_.stores, 0);
  upstream_.login.state = State::online;
  const auto synced = wait(engine_->sync(std::nullopt));
  EXPECT_TRUE(synced);
  EXPECT_TRUE(flagged_upstream(1));
  EXPECT_EQ(upstream_.stores, 1);
  EXPECT_EQ(status().operations_pending, 0u);
}

// --- a password that is wrong

TEST_F(EngineTest, AWrongPasswordIsNotTriedAgainUntilAsked) {
  upstream_.login = {State::login_refused, "The password is wrong."};
  start(4);
  ASSERT_TRUE(until([this] { return status().state == State::login_refused; }));
  EXPECT_EQ(status().detail, "The password is wrong.");
  for (int i = 0; i < 145; ++i) pass(seconds(2));
  EXPECT_EQ(upstream_.logins, 1) << "a server that is asked often locks the account";
  engine_->wake();
  settle();
  EXPECT_EQ(upstream_.logins, 2);
  upstream_.login = {State::online, "The login works."};
  engine_->wake();
  EXPECT_TRUE(until([this] { return status().in_sync; }));
}

TEST_F(EngineTest, AWrongPasswordIsTriedAgainAfterFiveMinutes) {
  upstream_.login = {State::login_refused, "The password is wrong."};
  start(4);
  ASSERT_TRUE(until([this] { return upstream_.logins == 1; }));
  settle();
  pass(minutes(5) - milliseconds(1));
  EXPECT_EQ(upstream_.logins, 1);
  pass(milliseconds(1));
  EXPECT_EQ(upstream_.logins, 2);
}

// --- what a client waits for

// Large enough that each content is asked for by itself: newest first, six in an order.
constexpr std::uint32_t large = 6 * 1024 * 1024;  // two of them are no batch (contents_job.cpp)

TEST_F(EngineTest, WhatAClientWaitsForComesBeforeTheRestOfTheBackFill) {
  deliver(8);
  upstream_.stated_size = large;
  upstream_.contents_held = true;
  start(1);
  ASSERT_TRUE(until([this] { return !upstream_.contents_asked.empty(); }));
  std::optional<Result<>> told;
  boost::asio::co_spawn(loop_, keep(engine_->fetch_now(inbox(), {Uid{1}}, What::content), told), boost::asio::detached);
  settle();
  EXPECT_FALSE(told);
  upstream_.let_contents_through();
  ASSERT_TRUE(until([&told] { return told.has_value(); }));
  EXPECT_TRUE(*told);
  EXPECT_TRUE(until([this] { return status().in_sync; }));
  EXPECT_EQ(upstream_.contents_asked, (std::vector<std::uint32_t>{8, 7, 6, 1, 5, 4, 3, 2}));
}

TEST_F(EngineTest, WithSeveralLinesAClientWaitsForNoBackFillAtAll) {
  deliver(8);
  upstream_.stated_size = large;
  upstream_.contents_held = true;
  start(3);
  ASSERT_TRUE(until([this] { return upstream_.contents_asked.size() == 1; }));
  std::optional<Result<>> told;
  boost::asio::co_spawn(loop_, keep(engine_->fetch_now(inbox(), {Uid{1}}, What::content), told), boost::asio::detached);
  EXPECT_TRUE(until([this] { return upstream_.contents_asked.size() == 2; }));
  EXPECT_EQ(upstream_.contents_asked, (std::vector<std::uint32_t>{8, 1})) << "while 8 is still held back";
  upstream_.let_contents_through();
  EXPECT_TRUE(until([&told] { return told.has_value(); }));
}

TEST_F(EngineTest, WhatTheFirstPullBringsAtOnceIsAskedForByNobodyElse) {
  deliver(2);
  upstream_.contents_held = true;
  start(3);
  ASSERT_TRUE(until([this] { return upstream_.contents_asked.size() == 2; }));
  std::optional<Result<>> told;
  boost::asio::co_spawn(loop_, keep(engine_->fetch_now(inbox(), {Uid{1}}, What::content), told), boost::asio::detached);
  settle();
  EXPECT_EQ(upstream_.contents_asked.size(), 2u) << "they are on their way";
  upstream_.let_contents_through();
  EXPECT_TRUE(until([&told] { return told.has_value(); }));
}

TEST_F(EngineTest, HeadersDoNotWaitForBodiesThatAreLoaded) {
  deliver(400);
  upstream_.stated_size = large;
  upstream_.contents_held = true;
  start(3);
  ASSERT_TRUE(until([this] { return !upstream_.contents_asked.empty(); }));
  EXPECT_TRUE(until([this] {
    const store::Message* oldest = store_->view(account_)->find(inbox())->messages.find(Uid{1});
    return oldest != nullptr && oldest->header;
  }));
  EXPECT_FALSE(here(400));
}

TEST_F(EngineTest, WhatWasMeasuredWhileBodiesCameIsAskedForWithoutAPause) {
  deliver(400);
  upstream_.stated_size = large;
  upstream_.contents_held = true;
  start(3);
  ASSERT_TRUE(until([this] { return !upstream_.contents_asked.empty(); }));
  ASSERT_TRUE(until([this] { return store_->view(account_)->find(inbox())->messages.find(Uid{1})->metadata; }));
  upstream_.let_contents_through();
  ASSERT_TRUE(until([this] { return status().in_sync; }));
  EXPECT_EQ(upstream_.contents_asked.size(), 400u);
  EXPECT_EQ(upstream_.pauses, 1) << "the first one";
}

TEST_F(EngineTest, WhatIsMostUrgentIsLookedAtAnewWhereBodiesTakeLong) {
  deliver(8);
  upstream_.stated_size = 13 * 1024 * 1024;  // two of them are no batch on any line
  upstream_.contents_held = true;
  start(3);
  ASSERT_TRUE(until([this] { return upstream_.contents_asked.size() == 1 && upstream_.watchers > 0; }));
  deliver(1);
  upstream_.tell_news();
  ASSERT_TRUE(until([this] { return exists() == 9; }));
  pass(seconds(31));
  upstream_.let_contents_through();
  ASSERT_TRUE(until([this] { return status().in_sync; }));
  EXPECT_EQ(upstream_.contents_asked, (std::vector<std::uint32_t>{8, 7, 9, 6, 5, 4, 3, 2, 1})) << "7 was sent for";
}

// --- lines

TEST_F(EngineTest, WhatIsToComeTheFirstTimeHasItsLineAtOnce) {
  start_in_sync(3);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  EXPECT_EQ(upstream_.logins, 3);
}

TEST_F(EngineTest, WhereNothingIsMissingNoLineWaitsForWork) {
  start_in_sync(3);
  stop();
  upstream_.logins = 0;
  start_in_sync(3);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  settle();
  EXPECT_EQ(upstream_.logins, 2);
}

TEST_F(EngineTest, StoppingEndsWhatIsUnderWay) {
  upstream_.contents_held = true;
  deliver(2);
  start(4);
  ASSERT_TRUE(until([this] { return !upstream_.contents_asked.empty(); }));
  const auto stop = [](Engine& engine) -> awaitable<Result<>> {
    co_await engine.stop();
    co_return Result<>{};
  };
  EXPECT_TRUE(wait(stop(*engine_)));
  EXPECT_EQ(status().state, State::paused);
}

}  // namespace
}  // namespace satchel::account::test
