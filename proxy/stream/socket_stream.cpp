#include "proxy/stream/socket_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "proxy/stream/tls_context.hpp"

namespace satchel::stream {
namespace {

using boost::asio::ip::tcp;
using std::chrono::steady_clock;
constexpr auto completion = boost::asio::as_tuple(boost::asio::use_awaitable);
constexpr std::chrono::seconds handshake_limit{20};
constexpr std::string_view portal_text = "Something other than TLS answered.";
constexpr std::string_view certificate_text = "The certificate is not to be trusted: ";

// Ends waits that are over time. One timer for both directions, armed anew only when a deadline
// comes before the one it is armed for: a read costs no timer of its own.
class Watchdog : public std::enable_shared_from_this<Watchdog> {
 public:
  Watchdog(const tcp::socket::executor_type& executor, tcp::socket& socket) : timer_(executor), socket_(&socket) {}

  void watch(steady_clock::time_point& slot, std::chrono::milliseconds limit) {
    slot = steady_clock::now() + limit;
    if (slot < armed_) arm(slot);
  }
  void stop() {
    socket_ = nullptr;
    timer_.cancel();
  }

  steady_clock::time_point read_until = steady_clock::time_point::max();
  steady_clock::time_point write_until = steady_clock::time_point::max();

 private:
  void arm(steady_clock::time_point when) {
    armed_ = when;
    timer_.expires_at(when);
    timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
      const auto watchdog = self.lock();
      if (watchdog && !error) watchdog->fire();
    });
  }
  void fire() {
    armed_ = steady_clock::time_point::max();
    if (socket_ == nullptr) return;
    const auto next = std::min(read_until, write_until);
    if (next == steady_clock::time_point::max()) return;
    if (next > steady_clock::now()) return arm(next);
    boost::system::error_code ignored;
    socket_->cancel(ignored);
  }

  boost::asio::steady_timer timer_;
  tcp::socket* socket_;
  steady_clock::time_point armed_ = steady_clock::time_point::max();
};

class SocketStream final : public Stream {
 public:
  SocketStream(tcp::socket socket, Role role, TlsContextPtr tls, std::string host)
      : socket_(std::move(socket)),
        role_(role),
        context_(std::move(tls)),
        host_(std::move(host)),
        watchdog_(std::make_shared<Watchdog>(socket_.get_executor(), socket_)) {}
  ~SocketStream() override {
    watchdog_->stop();
    SocketStream::close();
  }

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) override {
    if (closed_) co_return fail(ErrorCode::cancelled, "The line was closed.");
    watchdog_->watch(watchdog_->read_until, limit);
    const auto buffer = boost::asio::buffer(into, size);
    const auto [error, count] = tls_ ? co_await tls_->async_read_some(buffer, completion)
                                     : co_await socket_.async_read_some(buffer, completion);
    watchdog_->read_until = steady_clock::time_point::max();
    if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated) co_return 0;
    if (error) co_return failure(error);
    co_return count;
  }

  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds limit) override {
    if (closed_) co_return fail(ErrorCode::cancelled, "The line was closed.");
    watchdog_->watch(watchdog_->write_until, limit);
    const auto buffer = boost::asio::buffer(bytes.data(), bytes.size());
    const auto [error, count] = tls_ ? co_await boost::asio::async_write(*tls_, buffer, completion)
                                     : co_await boost::asio::async_write(socket_, buffer, completion);
    watchdog_->write_until = steady_clock::time_point::max();
    if (error) co_return failure(error);
    co_return Result<>{};
  }

  awaitable<Result<>> start_tls() override {
    if (!context_ || tls_) co_return fail(ErrorCode::refused, "TLS cannot be started here.");
    tls_.emplace(socket_, context_->ssl);
    if (role_ == Role::client) {
      boost::system::error_code not_an_address;
      boost::asio::ip::make_address(host_, not_an_address);
      if (not_an_address) SSL_set_tlsext_host_name(tls_->native_handle(), host_.c_str());
      tls_->set_verify_callback(boost::asio::ssl::host_name_verification(host_));
    }
    watchdog_->watch(watchdog_->read_until, handshake_limit);
    const auto side =
        role_ == Role::client ? boost::asio::ssl::stream_base::client : boost::asio::ssl::stream_base::server;
    const auto [error] = co_await tls_->async_handshake(side, completion);
    watchdog_->read_until = steady_clock::time_point::max();
    if (!error) co_return Result<>{};
    const long verified = SSL_get_verify_result(tls_->native_handle());
    const Error result = handshake_error(error, verified);
    close();
    co_return result;
  }

  bool secure() const override { return tls_.has_value(); }

  void close() override {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  Error failure(const boost::system::error_code& error) const {
    if (closed_) return fail(ErrorCode::cancelled, "The line was closed.");
    if (error == boost::asio::error::operation_aborted) return fail(ErrorCode::retry, "Nothing came in time.");
    return fail(ErrorCode::retry, "The line was lost: " + error.message() + ".");
  }

  Error handshake_error(const boost::system::error_code& error, long verified) const {
    if (closed_) return fail(ErrorCode::cancelled, "The line was closed.");
    if (verified != X509_V_OK) {
      const bool date = verified == X509_V_ERR_CERT_NOT_YET_VALID || verified == X509_V_ERR_CERT_HAS_EXPIRED;
      return fail(ErrorCode::refused, std::string(certificate_text) + X509_verify_cert_error_string(verified) +
                                          (date ? " (is the date of this computer right?)." : "."));
    }
    const bool from_tls = error.category() == boost::asio::error::get_ssl_category();
    const int reason = from_tls ? ERR_GET_REASON(static_cast<unsigned long>(error.value())) : 0;
    if (from_tls && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
                     reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_UNEXPECTED_MESSAGE))
      return fail(ErrorCode::refused, std::string(portal_text));
    if (from_tls) return fail(ErrorCode::refused, std::string(certificate_text) + error.message() + ".");
    return fail(ErrorCode::retry, "The TLS handshake did not finish: " + error.message() + ".");
  }

  tcp::socket socket_;
  Role role_;
  TlsContextPtr context_;
  std::string host_;
  std::optional<boost::asio::ssl::stream<tcp::socket&>> tls_;
  std::shared_ptr<Watchdog> watchdog_;
  bool closed_ = false;
};

}  // namespace

StreamPtr make_socket_stream(tcp::socket socket, Role role, TlsContextPtr tls, std::string host) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  return std::make_unique<SocketStream>(std::move(socket), role, std::move(tls), std::move(host));
}

ConnectFailure handshake_failure(const Error& error) {
  if (error.text == portal_text) return ConnectFailure::captive_portal;
  if (error.text.starts_with(certificate_text)) return ConnectFailure::certificate;
  return ConnectFailure::no_network;
}

}  // namespace satchel::stream
