// Runs a function on the pool and awaits its result; the coroutine goes on where it was. Not
// to be cancelled on the way: what the function refers to lives until it is done.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>

namespace satchel::store {

template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function>> on_pool(boost::asio::any_io_executor pool, Function function) {
  using Value = std::invoke_result_t<Function>;
  std::optional<Value> value;
  std::exception_ptr thrown;
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto run = [&] {
    try {
      value.emplace(function());
    } catch (...) {
      thrown = std::current_exception();
    }
  };
  const auto start = [&](auto handler) {
    auto guard = boost::asio::make_work_guard(executor);
    boost::asio::post(pool, [&run, guard = std::move(guard), executor, handler = std::move(handler)]() mutable {
      run();
      boost::asio::post(executor, std::move(handler));
    });
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(start,
                                                                                      boost::asio::use_awaitable);
  if (thrown) std::rethrow_exception(thrown);
  co_return std::move(*value);
}

}  // namespace satchel::store
