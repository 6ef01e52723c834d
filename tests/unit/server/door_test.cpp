// The rules of the door that a session keeps itself (attacks L4, L8, L9; U3 seen from the server).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace satchel::server::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Door, LetsInTheRightPasswordOnly) {
  World world;
  const auto accounts = world.store->accounts();
  EXPECT_EQ(find_login(accounts, "u@example.org", "secret"), world.account);
  EXPECT_EQ(find_login(accounts, "U@Example.ORG", "word"), world.account);
  EXPECT_EQ(find_login(accounts, "one", "secret"), world.account);
  EXPECT_FALSE(find_login(accounts, "u@example.org", "secretx"));
  EXPECT_FALSE(find_login(accounts, "u@example.org", "secre"));
  EXPECT_FALSE(find_login(accounts, "u@example.org", "Secret"));
  EXPECT_FALSE(find_login(accounts, "u@example.org", ""));
  EXPECT_FALSE(find_login(accounts, "other@example.org", "secret"));
}

TEST(Door, AnotherUsersProcessGetsNotEvenAGreeting) {
  World world;
  world.door->allowed = false;
  auto client = world.connect();
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, FailuresAreDelayedMoreEachTime) {
  World world;
  auto client = world.connect();
  client->line();
  client->last("LOGIN u@example.org 1");
  EXPECT_EQ(world.clock.slept, std::chrono::seconds(2));
  client->last("LOGIN u@example.org 2");
  EXPECT_EQ(world.clock.slept, std::chrono::seconds(6));
}

TEST(Door, AWrongPasswordIsLoggedWithoutIt) {
  World world;
  auto client = world.connect();
  client->line();
  client->last("LOGIN u@example.org canary-password");
  ASSERT_EQ(world.log.size(), 1u);
  EXPECT_THAT(world.log[0], testing::Not(HasSubstr("canary")));
  EXPECT_THAT(world.log[0], testing::Not(HasSubstr("example")));
}

TEST(Door, NothingOfInputIsEchoedBeforeTheLogin) {
  World world;
  auto client = world.connect();
  client->line();
  client->send("x canary-command canary-argument\r\n");
  EXPECT_EQ(client->line(), "x BAD There is no such command.");
}

TEST(Door, SilenceBeforeTheLoginEnds) {
  World world;
  world.times.before_login = std::chrono::milliseconds(50);
  auto client = world.connect();
  client->line();
  EXPECT_EQ(client->line(), "* BYE No login came in time.");
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, ASlowDripBeforeTheLoginEndsToo) {
  World world;
  auto client = world.connect();
  client->line();
  for (int i = 0; i < 35 && !client->closed(); ++i) {
    client->send("a");
    world.settle();
    world.clock.slept += std::chrono::seconds(1);
  }
  world.until([&] { return client->closed() || client->has_line(); });
  EXPECT_EQ(client->line(), "* BYE No login came in time.");
}

TEST(Door, SilenceAfterTheLoginEndsAtLast) {
  World world;
  world.times.idle = std::chrono::milliseconds(50);
  auto client = world.connect_and_login();
  EXPECT_EQ(client->line(), "* BYE Nothing came for a long time.");
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, SilenceInIdleEndsAtLast) {
  World world;
  world.times.idle = std::chrono::seconds(1);
  auto client = world.connect_and_login();
  client->send("a IDLE\r\n");
  EXPECT_EQ(client->line(), "+ idling");
  EXPECT_EQ(client->line(), "* BYE Nothing came for a long time.");
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, SilenceWithinAMessageEndsAtLast) {
  World world;
  world.times.idle = std::chrono::seconds(1);
  auto client = world.connect_and_login();
  client->send("a APPEND INBOX {5}\r\n");
  EXPECT_EQ(client->line(), "+ Go on.");
  client->send("He");
  EXPECT_EQ(client->line(), "* BYE Nothing came for a long time.");
  EXPECT_EQ(client->line(), "<closed>");
  EXPECT_EQ(world.find("INBOX").exists, 0u);
}

TEST(Door, BytesBehindStarttlsEndTheConnection) {
  World world;
  auto client = world.connect();
  client->line();
  client->send("a STARTTLS\r\nb LOGIN u@example.org secret\r\n");
  EXPECT_THAT(client->line(), StartsWith("* BYE "));
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, ALongLineBeforeTheLoginCostsBoundedMemory) {
  World world;
  auto client = world.connect();
  client->line();
  client->send("a LOGIN " + std::string(200'000, 'x'));
  EXPECT_THAT(client->line(), StartsWith("a BAD "));
}

TEST(Door, ABinaryHelloIsClosedUnanswered) {
  World world;
  auto client = world.connect();
  client->line();
  client->send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));
  EXPECT_EQ(client->line(), "<closed>");
}

TEST(Door, ARemovedAccountEndsItsSessions) {
  World world;
  auto client = world.connect_and_login();
  world.wait(world.store->remove_account(world.account));
  client->send("a NOOP\r\n");
  EXPECT_EQ(client->line(), "* BYE The account was removed.");
}

TEST(Door, ARemovedAccountEndsASessionThatIdles) {
  World world;
  auto client = world.connect_and_login();
  client->send("a IDLE\r\n");
  EXPECT_EQ(client->line(), "+ idling");
  world.wait(world.store->remove_account(world.account));
  EXPECT_EQ(client->line(), "* BYE The account was removed.");
  EXPECT_EQ(client->line(), "<closed>");
}

// Attack L9.
TEST(Door, WhoSaysNothingMakesRoomForTheUser) {
  World world;
  world.sessions = OpenSessions(3);
  auto first = world.connect_and_login();
  auto silent = world.connect();
  auto later = world.connect();
  EXPECT_THAT(silent->line(), StartsWith("* OK"));
  auto user = world.connect_and_login();
  EXPECT_EQ(silent->line(), "<closed>");
  EXPECT_THAT(later->line(), StartsWith("* OK"));
  auto another = world.connect_and_login();
  EXPECT_EQ(later->line(), "<closed>");
  EXPECT_THAT(first->last("NOOP"), HasSubstr("OK")) << "who has logged in stays";
  EXPECT_THAT(user->last("NOOP"), HasSubstr("OK"));
  auto one_too_many = world.connect();
  EXPECT_EQ(one_too_many->line(), "<closed>");
}

TEST(Door, ClosingAllEndsEverySession) {
  World world;
  auto one = world.connect_and_login();
  auto two = world.connect();
  world.settle();
  EXPECT_EQ(world.sessions.count(), 2u);
  world.end_sessions();
  EXPECT_EQ(world.sessions.count(), 0u);
}

}  // namespace
}  // namespace satchel::server::test
