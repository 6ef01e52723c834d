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

void Time::add(Event event) {
  events_.push_back(std::move(event));
  std::push_heap(events_.begin(), events_.end(), std::greater<>());
}

std::shared_ptr<void> Time::at(stream::TimePoint when, std::function<void()> what) {
  std::shared_ptr<void> token = std::make_shared<char>();
  add({when.time_since_epoch(), ++last_, std::move(what), token, true});
  return token;
}

Time::Event Time::take_next() {
  std::pop_heap(events_.begin(), events_.end(), std::greater<>());
  Event event = std::move(events_.back());
  events_.pop_back();
  return event;
}

void Time::happen() {
  while (!events_.empty() && events_.front().when <= now_)
    if (const Event event = take_next(); !event.over()) event.what();
}

// To the next moment at which something is due, `until` at most.
void Time::go_on(Span until) {
  while (!events_.empty() && events_.front().over()) take_next();
  now_ = events_.empty() ? until : std::min(until, std::max(now_, events_.front().when));
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
