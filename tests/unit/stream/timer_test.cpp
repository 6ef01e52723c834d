// A timer on a time that is moved: it never asks the machine.
#include "proxy/stream/timer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

namespace satchel::stream {
namespace {

using namespace std::chrono_literals;

class Moved final : public MovedTime {
 public:
  Moved() { current = this; }
  ~Moved() override { current = nullptr; }
  TimePoint now() const override { return now_; }
  std::shared_ptr<void> at(TimePoint when, std::function<void()> what) override {
    const auto token = std::make_shared<int>(0);
    due_.push_back({when, std::move(what), token});
    return token;
  }
  void pass(std::chrono::milliseconds span) {
    now_ += span;
    for (Due& one : std::exchange(due_, {})) {
      if (one.when > now_)
        due_.push_back(one);
      else if (!one.still.expired())
        one.what();
    }
  }

 private:
  struct Due {
    TimePoint when;
    std::function<void()> what;
    std::weak_ptr<int> still;
  };
  TimePoint now_{1h};
  std::vector<Due> due_;
};

class TimerOnMovedTime : public testing::Test {
 protected:
  static boost::asio::awaitable<void> wait(Timer& timer, int& woken) {
    co_await timer.wait();
    ++woken;
  }
  void begin(Timer& timer) { boost::asio::co_spawn(loop_, wait(timer, woken_), boost::asio::detached); }
  int woken() {
    loop_.restart();
    loop_.poll();
    return woken_;
  }

  Moved time_;
  boost::asio::io_context loop_;
  int woken_ = 0;
};

TEST_F(TimerOnMovedTime, WakesAtItsMoment) {
  Timer timer(loop_.get_executor(), 100ms);
  begin(timer);
  EXPECT_EQ(woken(), 0);
  time_.pass(99ms);
  EXPECT_EQ(woken(), 0);
  time_.pass(1ms);
  EXPECT_EQ(woken(), 1);
}

TEST_F(TimerOnMovedTime, CancelWakesAtOnceAndOnce) {
  Timer timer(loop_.get_executor(), 100ms);
  begin(timer);
  EXPECT_EQ(woken(), 0);
  timer.cancel();
  timer.cancel();
  EXPECT_EQ(woken(), 1);
  time_.pass(200ms);
  EXPECT_EQ(woken(), 1);
}

TEST_F(TimerOnMovedTime, AnotherMomentEndsTheWaitAndIsTheNextOnes) {
  Timer timer(loop_.get_executor(), 100ms);
  begin(timer);
  EXPECT_EQ(woken(), 0);
  timer.expires_at(time_now() + 300ms);
  EXPECT_EQ(woken(), 1);
  begin(timer);
  time_.pass(200ms);
  EXPECT_EQ(woken(), 1);
  time_.pass(100ms);
  EXPECT_EQ(woken(), 2);
}

TEST_F(TimerOnMovedTime, WhoWaitsIsWokenWhenTheTimerGoes) {
  {
    Timer timer(loop_.get_executor(), 100ms);
    begin(timer);
    EXPECT_EQ(woken(), 0);
  }
  EXPECT_EQ(woken(), 1);
}

}  // namespace
}  // namespace satchel::stream
