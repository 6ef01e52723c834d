// A port on loopback, on 127.0.0.1 and (where the machine has it) ::1, bound exclusively. No other
// address can be listened on: there is no parameter for it (attacks L3, L6).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace satchel::app {

class Listener {
 public:
  using Accepted = std::function<void(boost::asio::ip::tcp::socket)>;

  // `port` 0: any free one, the same on both addresses. `what` is the setting's name for errors.
  // Errors: locked (taken; the sentence names the owner where that can be told).
  static Result<std::unique_ptr<Listener>> bind(boost::asio::any_io_executor executor, std::uint16_t port,
                                                const std::string& what);

  std::uint16_t port() const { return port_; }

  // Accepts until close(); `accepted` is called on the loop for each connection.
  void start(Accepted accepted);
  void close();

 private:
  Listener(std::vector<boost::asio::ip::tcp::acceptor> acceptors, std::uint16_t port)
      : acceptors_(std::move(acceptors)), port_(port) {}

  std::vector<boost::asio::ip::tcp::acceptor> acceptors_;
  std::uint16_t port_;
};

}  // namespace satchel::app
