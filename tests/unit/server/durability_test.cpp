// Nothing reaches a client before it is durable, and a disk that takes nothing more is said (P3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace satchel::server::test {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(Durability, AStoreThatFailsIsNoAndChangesNothing) {
  World world;
  world.deliver("INBOX", "Subject: x\r\n\r\nBody.\r\n");
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  world.database->fail_next_write(ErrorCode::no_space);
  const auto answer = client->command("STORE 1 +FLAGS (\\Seen)");
  EXPECT_THAT(answer, ElementsAre(StartsWith("t3 NO [LIMIT] ")));
  EXPECT_THAT(client->command("FETCH 1 FLAGS"), ElementsAre("* 1 FETCH (FLAGS ())", "t4 OK Done."));
}

TEST(Durability, AnAppendThatFailsIsNoAndLeavesNothing) {
  World world;
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  world.segments->fail_next_write(ErrorCode::no_space);
  client->send("a APPEND INBOX {5+}\r\nHello\r\n");
  EXPECT_THAT(client->line(), StartsWith("a NO ["));
  EXPECT_EQ(client->last("NOOP"), "OK Done.");
  EXPECT_EQ(world.find("INBOX").exists, 0u);
}

TEST(Durability, MailIsReadWhereSeenCannotBeKept) {
  World world;
  world.deliver("INBOX", "Subject: x\r\n\r\nBody.\r\n");
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  world.database->fail_next_write(ErrorCode::no_space);
  const auto answer = client->command("FETCH 1 BODY[TEXT]");
  EXPECT_THAT(answer, ElementsAre("* 1 FETCH (BODY[TEXT] {7}", "Body.", ")", "t3 OK Done."));
}

TEST(Durability, EachChangeIsPushedSoon) {
  World world;
  world.deliver("INBOX", "Subject: x\r\n\r\nBody.\r\n");
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  EXPECT_EQ(world.backfill.changes, 0);
  client->last("STORE 1 +FLAGS (\\Seen)");
  EXPECT_EQ(world.backfill.changes, 1);
}

TEST(Durability, OpenedAndClosedComeInPairs) {
  World world;
  const store::MailboxId inbox = world.find("INBOX").id;
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  EXPECT_EQ(world.backfill.open_mailboxes[inbox], 1);
  client->last("EXAMINE INBOX");
  EXPECT_EQ(world.backfill.open_mailboxes[inbox], 1);
  client->close();
  world.until([&] { return world.running == 0; });
  EXPECT_EQ(world.backfill.open_mailboxes[inbox], 0);
}

}  // namespace
}  // namespace satchel::server::test
