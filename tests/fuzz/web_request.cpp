// links: satchel_web
// Any bytes of a program on this machine to the HTTP interface: the connection ends, what is answered
// is HTTP, and nothing reaches the handler but requests that each brought the token.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdint>
#include <cstdlib>

#include "proxy/web/http.hpp"

using namespace satchel;
using boost::asio::awaitable;
using boost::asio::ip::tcp;
using Local = boost::asio::local::stream_protocol;

namespace {

constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr const char* token = "sesame";

struct Heard {
  int handled = 0;
  bool ended = false;
  std::string said;
};

awaitable<web::Reply> handle(Heard& heard, web::Request request) {
  ++heard.handled;
  if (request.method.empty() || request.path.find('?') != std::string::npos) std::abort();
  if (request.body.size() > web::request_body_limit) std::abort();
  web::Reply reply;
  reply.body = "{}";
  co_return reply;
}

awaitable<void> serve(tcp::socket socket, Heard& heard) {
  const web::Handler handler = [&heard](web::Request request) { return handle(heard, std::move(request)); };
  const web::Door door{4180, token};
  co_await web::serve(std::move(socket), door, handler);
  heard.ended = true;
}

awaitable<void> write_all(Local::socket& socket, std::string_view bytes) {
  co_await boost::asio::async_write(socket, boost::asio::buffer(bytes), completion);
  boost::system::error_code ignored;
  socket.shutdown(Local::socket::shutdown_send, ignored);
}

awaitable<void> read_all(Local::socket& socket, Heard& heard) {
  char piece[4096];
  while (true) {
    const auto [error, count] = co_await socket.async_read_some(boost::asio::buffer(piece), completion);
    if (error) break;
    heard.said.append(piece, count);
  }
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  boost::asio::io_context loop{1};
  Local::socket ours(loop);
  Local::socket theirs(loop);
  boost::asio::local::connect_pair(ours, theirs);
  Heard heard;
  // To the server it is a TCP socket: it only reads and writes on it.
  tcp::socket served(loop, tcp::v4(), theirs.release());
  boost::asio::co_spawn(loop, serve(std::move(served), heard), boost::asio::detached);
  boost::asio::co_spawn(loop, write_all(ours, bytes), boost::asio::detached);
  boost::asio::co_spawn(loop, read_all(ours, heard), boost::asio::detached);
  loop.run();
  if (!heard.ended) std::abort();
  if (!heard.said.empty() && !heard.said.starts_with("HTTP/1.")) std::abort();
  if (std::size_t(heard.handled) > count_of(bytes, token)) std::abort();
  const std::size_t good = count_of(heard.said, "HTTP/1.1 2") + count_of(heard.said, "HTTP/1.0 2");
  if (good != std::size_t(heard.handled)) std::abort();
  return 0;
}
