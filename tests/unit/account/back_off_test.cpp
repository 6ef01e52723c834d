// How long the engine waits before it tries again: grows, is bounded, is never twice the same, and
// begins anew after a success. On a clock that the test moves.
#include "engine_world.hpp"

namespace satchel::account::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr milliseconds look{50};  // how exactly the times are known

class BackOffTest : public EngineWorld {
 protected:
  // Moves the clock and gives what passed before each try in that time.
  std::vector<milliseconds> pauses(milliseconds span) {
    std::vector<milliseconds> found;
    milliseconds since{0};
    for (milliseconds at{0}; at < span; at += look) {
      const int before = upstream_.logins;
      pass(look);
      since += look;
      if (upstream_.logins == before) continue;
      EXPECT_EQ(upstream_.logins, before + 1);
      found.push_back(std::exchange(since, milliseconds{0}));
    }
    return found;
  }

  void start_offline() {
    upstream_.login = {State::offline, "No way there."};
    start(2);
    ASSERT_TRUE(until([this] { return upstream_.logins == 1; }));
    settle();
  }
};

TEST_F(BackOffTest, DoublesUpToAMinute) {
  start_offline();
  const std::vector<milliseconds> found = pauses(minutes(12));
  ASSERT_GE(found.size(), 15u);
  milliseconds span{500};
  for (const milliseconds pause : found) {
    EXPECT_GE(pause, span / 2);
    EXPECT_LE(pause, span + look);
    span = std::min<milliseconds>(2 * span, seconds(60));
  }
}

TEST_F(BackOffTest, IsNotTheSameEachTime) {
  start_offline();
  const std::vector<milliseconds> found = pauses(minutes(15));
  ASSERT_GE(found.size(), 15u);
  const std::set<milliseconds> long_ones(found.begin() + 7, found.end());
  EXPECT_GT(long_ones.size(), 3u) << "many clients that lost the same server come back at different times";
}

TEST_F(BackOffTest, IsTheSameWithTheSameSeed) {
  std::vector<std::vector<milliseconds>> found;
  for (const std::uint32_t seed : {5u, 5u, 6u}) {
    upstream_.logins = 0;
    upstream_.login = {State::offline, "No way there."};
    start(2, seed);
    ASSERT_TRUE(until([this] { return upstream_.logins == 1; }));
    settle();
    found.push_back(pauses(minutes(3)));
    stop();
  }
  EXPECT_GT(found[0].size(), 5u);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_NE(found[0], found[2]);
}

TEST_F(BackOffTest, BeginsAnewAfterASuccess) {
  start_offline();
  ASSERT_GT(pauses(minutes(4)).size(), 5u);
  upstream_.login = {State::online, "The login works."};
  pass(minutes(1));
  ASSERT_TRUE(until([this] { return status().in_sync && upstream_.watchers > 0; }));
  pass(seconds(11));
  upstream_.login = {State::offline, "No way there."};
  const int before = upstream_.logins;
  upstream_.drop_lines();
  ASSERT_TRUE(until([this, before] { return upstream_.logins > before && status().state == State::offline; }));
  settle();
  const std::vector<milliseconds> found = pauses(seconds(20));
  ASSERT_GE(found.size(), 3u);
  EXPECT_LE(found[0], milliseconds(500) + look);
  EXPECT_LE(found[1], milliseconds(1000) + look);
}

// A server that takes the login and then ends the line, again and again.
TEST_F(BackOffTest, GrowsWithSessionsThatEndAtOnce) {
  upstream_.loses_each_line = true;
  start(1);
  int waited = 0;
  for (; waited < 400 && status().state != State::offline; ++waited) {
    settle();
    pass(look);
    until([this] { return status().state != State::online; });
  }
  EXPECT_EQ(status().state, State::offline);
  EXPECT_EQ(status().detail, "The server ends each connection soon after the login.");
  const int before = upstream_.logins;
  EXPECT_GE(before, 6);
  pass(seconds(7));
  EXPECT_EQ(upstream_.logins, before) << "by now between eight and sixteen seconds";
  pass(seconds(10));
  EXPECT_EQ(upstream_.logins, before + 1);
}

// --- hints of the system

TEST_F(BackOffTest, AHintEndsThePause) {
  upstream_.login = {State::login_refused, "The server refuses the password."};
  start(2);
  ASSERT_TRUE(until([this] { return upstream_.logins == 1; }));
  pass(seconds(1));
  EXPECT_EQ(upstream_.logins, 1);
  for (const Hint hint : {Hint::network_changed, Hint::slept}) {
    const int before = upstream_.logins;
    engine_->heed(hint);
    EXPECT_TRUE(until([this, before] { return upstream_.logins == before + 1; }));
    pass(seconds(1));
    EXPECT_EQ(upstream_.logins, before + 1) << "once for each hint";
  }
}

TEST_F(BackOffTest, AfterSleepEachLineIsOpenedAnew) {
  deliver(1);
  start_in_sync(2);
  ASSERT_TRUE(until([this] { return upstream_.watchers > 0; }));
  const int before = upstream_.logins;
  pass(minutes(1));
  engine_->heed(Hint::slept);
  EXPECT_TRUE(until([this, before] { return upstream_.logins > before + 1 && upstream_.watchers > 0; }));
  EXPECT_EQ(status().state, State::online);
}

}  // namespace
}  // namespace satchel::account::test
