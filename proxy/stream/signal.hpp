// Wakes whoever waits: "something changed, look again". The event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
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

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace satchel::stream
