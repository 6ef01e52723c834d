#include "proxy/app/listener.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

namespace satchel::app {
namespace {

using boost::asio::ip::tcp;

TEST(ListenerTest, ATakenPortIsALoudErrorThatNamesTheOwner) {
  boost::asio::io_context loop;
  const auto first = Listener::bind(loop.get_executor(), 0, "imap.port");
  ASSERT_TRUE(first);
  const auto second = Listener::bind(loop.get_executor(), (*first)->port(), "imap.port");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::locked);
  EXPECT_NE(second.error().text.find("unit_app (process "), std::string::npos) << second.error().text;
}

TEST(ListenerTest, APortTakenOnTheOtherAddressFamilyIsTaken) {
  boost::asio::io_context loop;
  tcp::acceptor other(loop);
  boost::system::error_code error;
  other.open(tcp::v6(), error);
  other.set_option(boost::asio::ip::v6_only(true), error);
  other.bind(tcp::endpoint(boost::asio::ip::make_address("::1"), 0), error);
  if (error) GTEST_SKIP() << "this machine has no ::1";
  other.listen();
  const auto listener = Listener::bind(loop.get_executor(), other.local_endpoint().port(), "imap.port");
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code, ErrorCode::locked);
}

TEST(ListenerTest, ConnectionsArrive) {
  boost::asio::io_context loop;
  const auto listener = Listener::bind(loop.get_executor(), 0, "imap.port");
  ASSERT_TRUE(listener);
  int accepted = 0;
  (*listener)->start([&](tcp::socket) {
    ++accepted;
    (*listener)->close();
  });
  tcp::socket client(loop);
  client.connect(tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), (*listener)->port()));
  loop.run_for(std::chrono::seconds(5));
  EXPECT_EQ(accepted, 1);
}

}  // namespace
}  // namespace satchel::app
