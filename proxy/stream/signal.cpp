#include "proxy/stream/signal.hpp"

#include <list>

#include "proxy/stream/timer.hpp"

namespace satchel::stream {

struct Signal::State {
  boost::asio::any_io_executor executor;
  std::list<Timer*> waiting;
  std::uint64_t count = 0;
};

Signal::Signal(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(State{std::move(executor), {}, 0})) {}

Signal::~Signal() {
  notify();
}

boost::asio::awaitable<void> Signal::wait(std::chrono::milliseconds limit) {
  const auto state = state_;
  Timer timer(state->executor, limit);
  struct Place {
    State& state;
    std::list<Timer*>::iterator at;
    ~Place() { state.waiting.erase(at); }
  } place{*state, state->waiting.insert(state->waiting.end(), &timer)};
  co_await timer.wait();
}

boost::asio::awaitable<void> Signal::wait_beyond(std::uint64_t count, std::chrono::milliseconds limit) {
  if (state_->count == count) co_await wait(limit);
}

std::uint64_t Signal::count() const {
  return state_->count;
}

void Signal::notify() {
  ++state_->count;
  for (Timer* timer : state_->waiting) timer->cancel();
}

}  // namespace satchel::stream
