// The one time of a world: nothing waits for the machine's. What is to happen later is an event; the
// world runs from one moment at which something is due to the next.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "proxy/stream/stream.hpp"
#include "proxy/stream/timer.hpp"

namespace satchel::sim {

using Span = std::chrono::steady_clock::duration;

class Time final : public stream::MovedTime {
 public:
  Time();
  ~Time() override;
  Time(const Time&) = delete;
  Time& operator=(const Time&) = delete;

  Span passed() const { return now_; }
  stream::TimePoint now() const override { return stream::TimePoint(now_); }
  std::shared_ptr<void> at(stream::TimePoint when, std::function<void()> what) override;
  std::int64_t seconds() const;  // since 1970
  // Events of one moment happen in the order in which they were asked for.
  void at(Span when, std::function<void()> what) { add({when, ++last_, std::move(what), {}, false}); }
  void after(Span span, std::function<void()> what) { at(now_ + span, std::move(what)); }

  // Runs `loop` for that long.
  void run(boost::asio::io_context& loop, Span span);
  // ... but of its handlers `handlers` at most; false: they ran, and the world stands at that very one.
  bool run_some(boost::asio::io_context& loop, Span span, std::uint64_t handlers);

 private:
  struct Event {
    Span when;
    std::uint64_t number;
    std::function<void()> what;
    std::weak_ptr<void> token;
    bool has_token;

    bool over() const { return has_token && token.expired(); }
    bool operator>(const Event& other) const { return std::pair(when, number) > std::pair(other.when, other.number); }
  };

  void add(Event event);
  Event take_next();
  void happen();
  void go_on(Span until);

  Span now_;
  std::uint64_t last_ = 0;
  std::vector<Event> events_;  // a heap: the next one is in front
};

// As the program sees it.
class Clock final : public stream::Clock {
 public:
  Clock(boost::asio::any_io_executor executor, const Time& time) : executor_(std::move(executor)), time_(time) {}
  std::chrono::system_clock::time_point now() const override;
  stream::TimePoint steady() const override { return time_.now(); }
  stream::awaitable<Result<>> sleep(std::chrono::milliseconds span) override;

 private:
  boost::asio::any_io_executor executor_;
  const Time& time_;
};

}  // namespace satchel::sim
