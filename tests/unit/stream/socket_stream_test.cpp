#include "proxy/stream/socket_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/stream/connector.hpp"

namespace satchel::stream {
namespace {

using boost::asio::ip::tcp;

// A server on loopback that takes one connection, does `greet` with it, and ends.
struct Listener {
  explicit Listener(boost::asio::io_context& loop)
      : acceptor(loop, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)) {}
  std::uint16_t port() const { return acceptor.local_endpoint().port(); }
  tcp::acceptor acceptor;
};

awaitable<void> serve(Listener& listener, TlsContextPtr tls, std::string plain) {
  auto socket = co_await listener.acceptor.async_accept(boost::asio::use_awaitable);
  auto stream = make_socket_stream(std::move(socket), Role::server, tls, {});
  if (tls && !co_await stream->start_tls()) co_return;
  (void)co_await stream->write(plain, std::chrono::seconds(5));
  char byte;
  (void)co_await stream->read_some(&byte, 1, std::chrono::seconds(5));
}

Connected connect_to(const LocalCertificate* certificate, const std::string& trusted, const std::string& host,
                     std::string* heard) {
  boost::asio::io_context loop;
  Listener listener(loop);
  const TlsContextPtr server =
      certificate ? *make_server_tls(certificate->certificate_pem, certificate->key_pem) : nullptr;
  boost::asio::co_spawn(loop, serve(listener, server, "* OK ready\r\n"), boost::asio::detached);
  Target target{host, listener.port(), true, *make_client_tls(trusted)};
  const auto connector = make_connector(loop.get_executor(), target);
  Connected result;
  const auto run = [](Connector& with, Connected& into, std::string* text) -> awaitable<void> {
    into = co_await with.connect();
    if (!into.stream) co_return;
    char buffer[64];
    const auto count = co_await into.stream->read_some(buffer, sizeof buffer, std::chrono::seconds(5));
    if (count) text->assign(buffer, *count);
    into.stream.reset();
  };
  boost::asio::co_spawn(loop, run(*connector, result, heard), boost::asio::detached);
  loop.run();
  return result;
}

// Serial numbers are random: none of them may make a certificate that does not open.
TEST(LocalCertificateTest, EachOneOpens) {
  auto made = make_local_certificate({});
  ASSERT_TRUE(made);
  for (int i = 0; i < 1000; ++i) {
    made = make_local_certificate(made->key_pem);
    ASSERT_TRUE(made && days_left(made->certificate_pem)) << i;
  }
}

TEST(SocketStreamTest, TlsWithATrustedCertificateAndTheRightName) {
  const auto certificate = make_local_certificate({});
  ASSERT_TRUE(certificate);
  std::string heard;
  EXPECT_EQ(connect_to(&*certificate, certificate->certificate_pem, "127.0.0.1", &heard).failure, ConnectFailure::none);
  EXPECT_EQ(heard, "* OK ready\r\n");
}

TEST(SocketStreamTest, AnUntrustedCertificateIsRefused) {
  const auto certificate = make_local_certificate({});
  const auto other = make_local_certificate({});
  std::string heard;
  EXPECT_EQ(connect_to(&*certificate, other->certificate_pem, "127.0.0.1", &heard).failure,
            ConnectFailure::certificate);
  EXPECT_EQ(heard, "");
}

TEST(SocketStreamTest, BytesThatAreNotTlsAreACaptivePortal) {
  const auto other = make_local_certificate({});
  std::string heard;
  EXPECT_EQ(connect_to(nullptr, other->certificate_pem, "127.0.0.1", &heard).failure, ConnectFailure::captive_portal);
}

TEST(SocketStreamTest, NobodyThereIsNoNetwork) {
  boost::asio::io_context loop;
  std::uint16_t port = 0;
  {
    Listener listener(loop);
    port = listener.port();
  }
  const auto connector = make_connector(loop.get_executor(), Target{"127.0.0.1", port, true, *make_client_tls({})});
  Connected result;
  const auto run = [](Connector& with, Connected& into) -> awaitable<void> { into = co_await with.connect(); };
  boost::asio::co_spawn(loop, run(*connector, result), boost::asio::detached);
  loop.run();
  EXPECT_EQ(result.failure, ConnectFailure::no_network);
}

TEST(LocalCertificateTest, KeepsItsKeyWhenRenewed) {
  const auto first = make_local_certificate({});
  const auto second = make_local_certificate(first->key_pem);
  ASSERT_TRUE(second);
  EXPECT_EQ(first->key_pem, second->key_pem);
  EXPECT_NE(first->certificate_pem, second->certificate_pem);
  const auto left = days_left(second->certificate_pem);
  ASSERT_TRUE(left);
  EXPECT_GE(*left, 823);
  EXPECT_LE(*left, 825);
}

}  // namespace
}  // namespace satchel::stream
