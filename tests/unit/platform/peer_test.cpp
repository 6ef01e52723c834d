#include "proxy/platform/peer.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace satchel::platform {
namespace {

using boost::asio::ip::tcp;

Endpoint endpoint(const tcp::endpoint& from) {
  if (from.address().is_v4()) {
    const auto bytes = from.address().to_v4().to_bytes();
    return {std::string(bytes.begin(), bytes.end()), from.port()};
  }
  const auto bytes = from.address().to_v6().to_bytes();
  return {std::string(bytes.begin(), bytes.end()), from.port()};
}

struct Joined {
  explicit Joined(const char* address)
      : acceptor(loop, tcp::endpoint(boost::asio::ip::make_address(address), 0)), near(loop), far(loop) {}
  void join() {
    far.connect(acceptor.local_endpoint());
    acceptor.accept(near);
  }
  boost::asio::io_context loop;
  tcp::acceptor acceptor;
  tcp::socket near;
  tcp::socket far;
};

TEST(PeerTest, OurOwnConnectionIsOfTheSameUser) {
  Joined joined("127.0.0.1");
  joined.join();
  const auto check = make_peer_check();
  EXPECT_EQ(check->check(endpoint(joined.near.local_endpoint()), endpoint(joined.near.remote_endpoint())),
            Peer::same_user);
}

TEST(PeerTest, AConnectionThatIsNotThereIsUnknown) {
  Joined joined("127.0.0.1");
  joined.join();
  Endpoint theirs = endpoint(joined.near.remote_endpoint());
  theirs.port = 1;
  const auto check = make_peer_check();
  EXPECT_EQ(check->check(endpoint(joined.near.local_endpoint()), theirs), Peer::unknown);
}

TEST(PeerTest, AProcessOfAnotherUserIsSeen) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  Joined joined("127.0.0.1");
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto where = joined.acceptor.local_endpoint();
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(1);
    boost::asio::io_context loop;
    tcp::socket socket(loop);
    boost::system::error_code error;
    socket.connect(where, error);
    char byte;
    if (::read(ready[0], &byte, 1) != 1) ::_exit(2);
    ::_exit(0);
  }
  joined.acceptor.accept(joined.near);
  const auto check = make_peer_check();
  EXPECT_EQ(check->check(endpoint(joined.near.local_endpoint()), endpoint(joined.near.remote_endpoint())),
            Peer::other_user);
  ASSERT_EQ(::write(ready[1], "x", 1), 1);
  int status = 0;
  ::waitpid(child, &status, 0);
}

}  // namespace
}  // namespace satchel::platform
