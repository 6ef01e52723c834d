// Wakes whoever waits: "something changed, look again". The event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

namespace satchel::stream {

class Signal {
 public:
  explicit Signal(boost::asio::any_io_executor executor);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // Returns at the next notify(), or after `limit`. Check what you wait for before and after.
  boost::asio::awaitable<void> wait(std::chrono::milliseconds limit);
  void notify();

  // For a check that itself awaits: read count() before it, and wait_beyond() returns at once when
  // notify() was called meanwhile.
  std::uint64_t count() const;
  boost::asio::awaitable<void> wait_beyond(std::uint64_t count, std::chrono::milliseconds limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace satchel::stream
