#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "proxy/web/http.hpp"

namespace satchel::web {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr std::uint64_t reply_body_limit = 256 * 1024 * 1024;

boost::asio::awaitable<Result<Reply>> exchange(Door door, std::string path, std::string body,
                                               std::chrono::seconds limit) {
  beast::tcp_stream stream(co_await boost::asio::this_coro::executor);
  stream.expires_after(limit);
  const tcp::endpoint there(boost::asio::ip::make_address("127.0.0.1"), door.port);
  const auto [connect_error] = co_await stream.async_connect(there, completion);
  if (connect_error) co_return fail(ErrorCode::unavailable, "The proxy does not run: start it with 'satchel run'.");
  http::request<http::string_body> request(http::verb::post, path, 11);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(door.port));
  request.set(http::field::authorization, "Bearer " + door.token);
  request.set(http::field::content_type, "application/json");
  request.keep_alive(false);
  request.body() = std::move(body);
  request.prepare_payload();
  const auto [write_error, written] = co_await http::async_write(stream, request, completion);
  if (write_error)
    co_return fail(ErrorCode::retry, "The proxy did not take the request: " + write_error.message() + ".");
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(reply_body_limit);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, completion);
  if (read_error) co_return fail(ErrorCode::retry, "The proxy did not answer: " + read_error.message() + ".");
  auto reply = parser.release();
  co_return Reply{reply.result_int(), std::move(reply.body()), "application/json"};
}

}  // namespace

Result<Reply> post(const Door& door, const std::string& path, const std::string& body, std::chrono::seconds limit) {
  boost::asio::io_context loop(1);
  Result<Reply> result = fail(ErrorCode::retry, "The proxy did not answer.");
  boost::asio::co_spawn(loop, exchange(door, path, body, limit),
                        [&result](std::exception_ptr failed, Result<Reply> reply) {
                          if (!failed) result = std::move(reply);
                        });
  loop.run();
  return result;
}

}  // namespace satchel::web
