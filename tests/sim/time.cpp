#include "time.hpp"

#include <algorithm>

namespace satchel::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t beginning = 1'780'000'000;  // seconds since 1970

}  // namespace

Time::Time() : now_(1h) {
  stream::MovedTime::current = this;
}

Time::~Time() {
  stream::MovedTime::current = nullptr;
}

std::int64_t Time::seconds() const {
  return beginning + std::chrono::duration_cast<std::chrono::seconds>(now_).count();
}

std::shared_ptr<void> Time::at(stream::TimePoint when, std::function<void()> what) {
  const auto token = std::make_shared<int>(0);
  at(when.time_since_epoch(), [what = std::move(what), still = std::weak_ptr<int>(token)] {
    if (!still.expired()) what();
  });
  return token;
}

void Time::happen() {
  while (!events_.empty() && events_.begin()->first.first <= now_) {
    const auto event = events_.extract(events_.begin());
    event.mapped()();
  }
}

// To the next moment at which something is due, `until` at most.
void Time::go_on(Span until) {
  now_ = events_.empty() ? until : std::min(until, std::max(now_, events_.begin()->first.first));
}

void Time::run(boost::asio::io_context& loop, Span span) {
  const Span until = now_ + span;
  while (true) {
    happen();
    loop.restart();
    loop.poll();
    if (now_ >= until) return;
    go_on(until);
  }
}

bool Time::run_some(boost::asio::io_context& loop, Span span, std::uint64_t handlers) {
  const Span until = now_ + span;
  while (true) {
    happen();
    loop.restart();
    while (handlers > 0 && loop.poll_one() > 0) --handlers;
    if (handlers == 0) return false;
    if (now_ >= until) return true;
    go_on(until);
  }
}

std::chrono::system_clock::time_point Clock::now() const {
  return std::chrono::system_clock::time_point(std::chrono::seconds(time_.seconds()));
}

stream::awaitable<Result<>> Clock::sleep(std::chrono::milliseconds span) {
  stream::Timer timer(executor_, span);
  co_await timer.wait();
  co_return Result<>{};
}

}  // namespace satchel::sim
