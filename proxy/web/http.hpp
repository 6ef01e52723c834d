// The local HTTP interface: what the verbs of the command line use to talk to a running proxy.
// Every request carries the token; Host and Origin are checked, so that no web page gets in
// (design section 9, attacks L5). The event loop's thread; Beast stays behind this header.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <string>

#include "base/result.hpp"

namespace satchel::web {

struct Request {
  std::string method;  // GET, POST
  std::string path;    // without the query
  std::string body;
};

struct Reply {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
};

using Handler = std::function<boost::asio::awaitable<Reply>(Request)>;

struct Door {
  std::uint16_t port = 0;
  std::string token;
};

constexpr std::size_t request_body_limit = 1024 * 1024;

// One connection, until it ends. Requests without the token, with another Host or with an Origin
// that is not ours are answered 401 or 403 and never reach the handler.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, Door door, Handler handler);

// For the verbs: sends one POST and waits for the answer. Errors: unavailable (nobody listens), retry.
Result<Reply> post(const Door& door, const std::string& path, const std::string& body, std::chrono::seconds limit);

}  // namespace satchel::web
