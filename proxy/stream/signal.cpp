#include "proxy/stream/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

namespace satchel::stream {

struct Signal::State {
  boost::asio::any_io_executor executor;
  std::list<boost::asio::steady_timer*> waiting;
};

Signal::Signal(boost::asio::any_io_executor executor)
    : state_(std::make_shared<State>(State{std::move(executor), {}})) {}

Signal::~Signal() {
  notify();
}

boost::asio::awaitable<void> Signal::wait(std::chrono::milliseconds limit) {
  const auto state = state_;
  boost::asio::steady_timer timer(state->executor, limit);
  struct Place {
    State& state;
    std::list<boost::asio::steady_timer*>::iterator at;
    ~Place() { state.waiting.erase(at); }
  } place{*state, state->waiting.insert(state->waiting.end(), &timer)};
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void Signal::notify() {
  for (boost::asio::steady_timer* timer : state_->waiting) timer->cancel();
}

}  // namespace satchel::stream
