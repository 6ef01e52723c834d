// A timer on the machine's time, or on one that a simulation moves.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace satchel::stream {

using TimePoint = std::chrono::steady_clock::time_point;

// A simulation's time, of its thread. While there is one, no timer asks the machine.
class MovedTime {
 public:
  virtual ~MovedTime() = default;
  virtual TimePoint now() const = 0;
  // Calls `what` at that moment, unless the token is gone by then.
  virtual std::shared_ptr<void> at(TimePoint when, std::function<void()> what) = 0;

  static inline thread_local MovedTime* current = nullptr;  // null: the machine's
};

TimePoint time_now();

// One coroutine waits at a time. Its executor's thread.
class Timer {
 public:
  explicit Timer(boost::asio::any_io_executor executor, std::chrono::milliseconds limit = {});
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void expires_at(TimePoint when);  // ends a wait that is under way
  // Returns at that moment, or at cancel(): whoever waits looks which.
  boost::asio::awaitable<void> wait();
  void cancel();

 private:
  void wake();

  boost::asio::any_io_executor executor_;
  std::optional<boost::asio::steady_timer> real_;  // none where the time is moved
  TimePoint when_{};
  std::function<void()> waiter_;
  std::shared_ptr<void> token_;
};

}  // namespace satchel::stream
