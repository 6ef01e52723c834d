#include "proxy/stream/connector.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/stream/socket_stream.hpp"

namespace satchel::stream {
namespace {

using boost::asio::ip::tcp;
constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr std::chrono::seconds connect_limit{20};

class TcpConnector final : public Connector {
 public:
  TcpConnector(boost::asio::any_io_executor executor, Target target)
      : executor_(std::move(executor)), target_(std::move(target)) {}

  awaitable<Connected> connect() override {
    const auto resolver = std::make_shared<tcp::resolver>(executor_);
    const auto socket = std::make_shared<tcp::socket>(executor_);
    const auto late = std::make_shared<bool>(false);
    boost::asio::steady_timer limit(executor_, connect_limit);
    limit.async_wait([resolver, socket, late](const boost::system::error_code& error) {
      if (error) return;
      *late = true;
      resolver->cancel();
      boost::system::error_code ignored;
      socket->close(ignored);
    });
    const auto [resolve_error, addresses] =
        co_await resolver->async_resolve(target_.host, std::to_string(target_.port), completion);
    if (resolve_error) co_return no_line(*late, "The name " + target_.host + " is not known here.");
    const auto [connect_error, endpoint] = co_await boost::asio::async_connect(*socket, addresses, completion);
    limit.cancel();
    if (connect_error) co_return no_line(*late, target_.host + " cannot be reached: " + connect_error.message() + ".");

    Connected result;
    result.stream = make_socket_stream(std::move(*socket), Role::client, target_.tls, target_.host);
    if (!target_.implicit_tls) co_return result;
    const Result<> secured = co_await result.stream->start_tls();
    if (!secured) co_return Connected{nullptr, handshake_failure(secured.error()), secured.error().text};
    co_return result;
  }

 private:
  static Connected no_line(bool late, std::string detail) {
    if (late) return {nullptr, ConnectFailure::timed_out, "The server did not answer in time."};
    return {nullptr, ConnectFailure::no_network, std::move(detail)};
  }

  boost::asio::any_io_executor executor_;
  Target target_;
};

}  // namespace

std::unique_ptr<Connector> make_connector(boost::asio::any_io_executor executor, Target target) {
  return std::make_unique<TcpConnector>(std::move(executor), std::move(target));
}

}  // namespace satchel::stream
