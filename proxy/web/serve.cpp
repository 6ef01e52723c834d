#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "proxy/web/door_rules.hpp"
#include "proxy/web/http.hpp"

namespace satchel::web {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr std::chrono::seconds request_limit{30};
constexpr std::uint32_t header_limit = 16 * 1024;

using HttpRequest = http::request<http::string_body>;
using HttpReply = http::response<http::string_body>;

std::string field(const HttpRequest& request, http::field name) {
  const auto value = request[name];
  return std::string(value.data(), value.size());
}

HttpReply make_reply(const HttpRequest& request, Reply reply) {
  HttpReply out(http::int_to_status(reply.status), request.version());
  out.set(http::field::content_type, reply.content_type);
  out.set(http::field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  out.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  out.set("Cross-Origin-Resource-Policy", "same-origin");
  out.keep_alive(request.keep_alive());
  out.body() = std::move(reply.body);
  out.prepare_payload();
  return out;
}

Reply refuse(Verdict verdict) {
  return {verdict == Verdict::no_token ? 401u : 403u, "{\"error\":\"refused\"}", "application/json"};
}

}  // namespace

boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, Door door, Handler handler) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(header_limit);
    parser.body_limit(request_body_limit);
    stream.expires_after(request_limit);
    const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, completion);
    if (read_error) co_return;
    stream.expires_never();
    const HttpRequest request = parser.release();
    const Headers headers{field(request, http::field::host), field(request, http::field::origin),
                          field(request, http::field::authorization), field(request, http::field::cookie),
                          field(request, http::field::sec_fetch_site)};
    const Verdict verdict = judge(headers, door);
    Reply reply;
    if (verdict != Verdict::admit) {
      reply = refuse(verdict);
    } else {
      const std::string target(request.target());
      // Named, not a braced temporary inside the co_await: g++ 12 destroys those twice.
      Request asked{std::string(request.method_string()), target.substr(0, target.find('?')), request.body()};
      reply = co_await handler(std::move(asked));
    }
    const HttpReply out = make_reply(request, std::move(reply));
    stream.expires_after(request_limit);
    const auto [write_error, written] = co_await http::async_write(stream, out, completion);
    if (write_error || !out.keep_alive()) co_return;
  }
}

}  // namespace satchel::web
