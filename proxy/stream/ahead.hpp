// Runs one coroutine beside its owner, who takes the result later: what was read before is sent, or written, while
// reading goes on. The owner takes before it ends, always.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "proxy/stream/signal.hpp"

namespace satchel::stream {

template <class Value>
class Ahead {
 public:
  explicit Ahead(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void start(boost::asio::awaitable<Value> work) {
    state_ = std::make_shared<State>(executor_);
    boost::asio::co_spawn(executor_, std::move(work), [state = state_](std::exception_ptr broken, Value value) {
      state->broken = broken;
      state->value.emplace(std::move(value));
      state->done.notify();
    });
  }

  bool running() const { return state_ != nullptr; }

  // What start() was given ended in; throws what that threw.
  boost::asio::awaitable<Value> take() {
    const auto state = std::move(state_);
    while (!state->value) co_await state->done.wait(std::chrono::hours(1));
    if (state->broken) std::rethrow_exception(state->broken);
    co_return std::move(*state->value);
  }

 private:
  struct State {
    explicit State(boost::asio::any_io_executor executor) : done(std::move(executor)) {}
    Signal done;
    std::exception_ptr broken;
    std::optional<Value> value;
  };

  boost::asio::any_io_executor executor_;
  std::shared_ptr<State> state_;
};

}  // namespace satchel::stream
