#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "proxy/web/door_rules.hpp"
#include "proxy/web/http.hpp"

namespace satchel::web {
namespace {

const Door door{4180, "token"};

struct Case {
  const char* name;
  Headers headers;
  Verdict verdict;
};
class DoorRules : public testing::TestWithParam<Case> {};

TEST_P(DoorRules, Judges) {
  EXPECT_EQ(judge(GetParam().headers, door), GetParam().verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Table, DoorRules,
    testing::Values(
        Case{"token", {"127.0.0.1:4180", "", "Bearer token", "", ""}, Verdict::admit},
        Case{"name", {"localhost:4180", "http://localhost:4180", "Bearer token", "", "same-origin"}, Verdict::admit},
        Case{"cookie", {"[::1]:4180", "", "", "a=b; satchel=token", ""}, Verdict::admit},
        Case{"nothing", {"127.0.0.1:4180", "", "", "", ""}, Verdict::no_token},
        Case{"wrong", {"127.0.0.1:4180", "", "Bearer tokem", "", ""}, Verdict::no_token},
        Case{"shorter", {"127.0.0.1:4180", "", "Bearer toke", "", ""}, Verdict::no_token},
        Case{"othercookie", {"127.0.0.1:4180", "", "", "xsatchel=token", ""}, Verdict::no_token},
        Case{"rebound", {"evil.example:4180", "", "Bearer token", "", ""}, Verdict::wrong_host},
        Case{"nohost", {"", "", "Bearer token", "", ""}, Verdict::wrong_host},
        Case{"otherport", {"127.0.0.1:80", "", "Bearer token", "", ""}, Verdict::wrong_host},
        Case{"origin", {"127.0.0.1:4180", "http://evil.example", "Bearer token", "", ""}, Verdict::wrong_origin},
        Case{"null", {"127.0.0.1:4180", "null", "Bearer token", "", ""}, Verdict::wrong_origin},
        Case{"https", {"127.0.0.1:4180", "https://127.0.0.1:4180", "Bearer token", "", ""}, Verdict::wrong_origin},
        Case{"site", {"127.0.0.1:4180", "", "Bearer token", "", "cross-site"}, Verdict::wrong_origin}),
    [](const auto& row) { return row.param.name; });

TEST(DoorRulesTest, AnEmptyTokenAdmitsNobody) {
  EXPECT_EQ(judge({"127.0.0.1:1", "", "Bearer ", "", ""}, Door{1, ""}), Verdict::no_token);
}

TEST(HttpTest, APostReachesTheHandlerOnlyWithTheToken) {
  using boost::asio::ip::tcp;
  boost::asio::io_context loop;
  tcp::acceptor acceptor(loop, tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
  const Door own{acceptor.local_endpoint().port(), "token"};
  int handled = 0;
  const Handler handler = [&handled](Request request) -> boost::asio::awaitable<Reply> {
    ++handled;
    co_return Reply{200, request.method + " " + request.path + " " + request.body, "text/plain"};
  };
  const auto accept = [](tcp::acceptor& from, Door at, Handler handle) -> boost::asio::awaitable<void> {
    for (int i = 0; i < 2; ++i) {
      auto socket = co_await from.async_accept(boost::asio::use_awaitable);
      co_await serve(std::move(socket), at, handle);
    }
  };
  boost::asio::co_spawn(loop, accept(acceptor, own, handler), boost::asio::detached);
  std::thread server([&loop] { loop.run(); });
  const auto good = post(own, "/status", "{}", std::chrono::seconds(5));
  const auto bad = post(Door{own.port, "other"}, "/status", "{}", std::chrono::seconds(5));
  server.join();
  ASSERT_TRUE(good);
  EXPECT_EQ(good->body, "POST /status {}");
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->status, 401u);
  EXPECT_EQ(handled, 1);
}

TEST(HttpTest, NobodyThereIsUnavailable) {
  const auto reply = post(Door{1, "token"}, "/status", "{}", std::chrono::seconds(5));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace satchel::web
