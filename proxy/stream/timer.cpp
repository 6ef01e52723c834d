#include "proxy/stream/timer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace satchel::stream {

TimePoint time_now() {
  return MovedTime::current ? MovedTime::current->now() : std::chrono::steady_clock::now();
}

Timer::Timer(boost::asio::any_io_executor executor, std::chrono::milliseconds limit) : executor_(std::move(executor)) {
  if (MovedTime::current)
    when_ = time_now() + limit;
  else
    real_.emplace(executor_, limit);
}

Timer::~Timer() {
  wake();
}

void Timer::expires_at(TimePoint when) {
  if (real_) {
    real_->expires_at(when);
    return;
  }
  wake();
  when_ = when;
}

void Timer::cancel() {
  if (real_)
    real_->cancel();
  else
    wake();
}

void Timer::wake() {
  token_.reset();
  if (const auto waiter = std::exchange(waiter_, nullptr)) waiter();
}

boost::asio::awaitable<void> Timer::wait() {
  if (real_) {
    co_await real_->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return;
  }
  const auto start = [this](auto handler) {
    const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    waiter_ = [kept, executor = executor_] { boost::asio::post(executor, std::move(*kept)); };
    token_ = MovedTime::current->at(when_, [this] { wake(); });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(start,
                                                                                      boost::asio::use_awaitable);
}

}  // namespace satchel::stream
