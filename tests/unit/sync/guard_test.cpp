// The guard against mass deletions: what counts, for how long, and what a start forgets (nothing).
#include <gtest/gtest.h>

#include "answers.hpp"
#include "client_acts.hpp"
#include "proxy/sync/memory.hpp"
#include "proxy/sync/undo.hpp"
#include "simulation.hpp"

namespace satchel::sync::test {
namespace {

constexpr Rules rules{20, 3};  // more than a fifth, and more than three
constexpr std::int64_t hour = 3600;

class GuardTest : public testing::Test {
 protected:
  GuardTest() { world_.server.create("Other"); }

  void arrive(int count) {
    for (int i = 0; i < count; ++i) {
      const int number = ++last_;
      const ServerMail mail{"mail" + std::to_string(number), std::uint64_t(number) + 100, number * 10, 50};
      remember(mail);
      world_.server.put(inbox(), mail, {}, 0);
    }
    sync();
  }
  // The oldest ones, upstream.
  void vanish(int count) {
    for (int i = 0; i < count; ++i) world_.server.expunge(inbox(), inbox().messages.begin()->first);
    sync();
  }
  void move_elsewhere(int count) {
    for (int i = 0; i < count; ++i) {
      const ServerMessage moved = inbox().messages.begin()->second;
      world_.server.put(*world_.server.find("Other"), moved.mail, moved.flags, moved.email_id);
      world_.server.expunge(inbox(), moved.uid);
    }
    sync();
  }
  void sync() {
    world_.connect();
    world_.run();
  }
  void pass(std::int64_t seconds) { world_.account.set_now(world_.account.now() + seconds); }
  int held() const {
    int count = 0;
    world_.account.state().find(world_.mailbox("INBOX"))->messages.for_each([&](const store::Message& row) {
      count += row.held ? 1 : 0;
    });
    return count;
  }
  std::size_t shown() const { return world_.visible("INBOX").size(); }
  ServerMailbox& inbox() { return *world_.server.find("INBOX"); }

  Simulation world_{personalities().at("qresync"), rules};
  int last_ = 0;
};

TEST_F(GuardTest, MoreThanBothLimitsIsHeld) {
  arrive(20);
  vanish(4);  // a fifth
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(shown(), 16u);
  vanish(1);
  EXPECT_EQ(held(), 1);
  EXPECT_EQ(shown(), 16u);
}

TEST_F(GuardTest, WhatIsHeldCountsWithWhatVanishesLater) {
  arrive(20);
  vanish(5);
  EXPECT_EQ(held(), 5);
  vanish(2);
  EXPECT_EQ(held(), 7);
}

TEST_F(GuardTest, WhatAClientMovedMeanwhileIsHeldLikeTheRest) {
  arrive(6);
  vanish(5);
  client_move(world_.account, world_.visible("INBOX").front(), world_.mailbox("Other"));
  sync();
  EXPECT_EQ(held_messages(world_.account.state()), 5u);
  decide(world_.account, world_.mailbox("INBOX"), Held::accept);
  sync();
  EXPECT_EQ(world_.server.find("Other")->messages.size(), 1u);
  EXPECT_TRUE(world_.account.state().journal.empty());
}

// A row that is hidden by no operation would keep the store from opening.
TEST_F(GuardTest, WhatIsHeldAndWasMovedAndExpungedWaitsForTheUser) {
  arrive(6);
  vanish(5);
  const store::MessageRef held_one = world_.visible("INBOX").front();
  client_expunge(world_.account, client_move(world_.account, held_one, world_.mailbox("Other")));
  sync();
  const store::Message* row = world_.account.state().find(held_one);
  ASSERT_TRUE(row && row->held);
  EXPECT_TRUE(world_.account.state().journal.find(row->hidden_by));
  decide(world_.account, world_.mailbox("INBOX"), Held::put_back);
  sync();
  EXPECT_EQ(shown(), 5u);
  EXPECT_EQ(inbox().messages.size(), 5u);
  EXPECT_TRUE(world_.account.state().journal.empty());
}

// It was restored there meanwhile, or a lie that it had gone.
TEST_F(GuardTest, WhatIsPutBackIsNotSentWhereItIsAgain) {
  arrive(6);
  const std::map<std::uint32_t, ServerMessage> before = inbox().messages;
  vanish(5);
  ASSERT_EQ(held(), 5);
  for (const auto& [uid, message] : before)
    if (!inbox().messages.contains(uid)) world_.server.put(inbox(), message.mail, message.flags, message.email_id);
  EXPECT_EQ(decide(world_.account, world_.mailbox("INBOX"), Held::put_back), 5u);
  sync();
  EXPECT_EQ(inbox().messages.size(), 6u);
  EXPECT_EQ(shown(), 6u);
}

TEST_F(GuardTest, WhatIsHeldIsRescuedWhenADeletedMailboxComesBack) {
  ServerMailbox& other = *world_.server.find("Other");
  for (int i = 1; i <= 6; ++i) {
    const ServerMail mail{"mail" + std::to_string(i), std::uint64_t(i) + 100, i * 10, 50};
    remember(mail);
    world_.server.put(other, mail, {}, 0);
  }
  sync();
  while (!other.messages.empty()) world_.server.expunge(other, other.messages.begin()->first);
  sync();
  ASSERT_EQ(held_messages(world_.account.state()), 6u);
  client_delete(world_.account, world_.mailbox("Other"));
  const ServerMail late{"late", 7, 7, 50};
  remember(late);
  world_.server.put(other, late, {}, 0);
  sync();
  EXPECT_EQ(world_.contents("Other"), std::vector<std::string>{"late"});
  EXPECT_EQ(world_.account.rescued().size(), 6u);
}

TEST_F(GuardTest, ItIsHeldHoweverLongTheUserTakes) {
  arrive(20);
  vanish(3);
  vanish(2);
  EXPECT_EQ(held(), 2);
  pass(100 * hour);
  sync();
  world_.crash(0);
  sync();
  EXPECT_EQ(held(), 2);
}

TEST_F(GuardTest, AStartForgetsNothing) {
  arrive(20);
  vanish(3);
  world_.crash(0);
  sync();
  vanish(2);
  EXPECT_EQ(held(), 2);
}

TEST_F(GuardTest, AfterADayItCountsNoMore) {
  arrive(20);
  vanish(3);
  pass(25 * hour);
  vanish(3);
  EXPECT_EQ(held(), 0);
  pass(23 * hour);
  vanish(1);
  EXPECT_EQ(held(), 1);
}

TEST_F(GuardTest, TheSizeIsThatAtTheBeginningOfTheDay) {
  arrive(12);
  vanish(3);
  arrive(100);
  vanish(1);
  EXPECT_EQ(held(), 1) << "four of twelve, whatever came since";
}

TEST_F(GuardTest, AClockThatGoesBackKeepsTheCount) {
  arrive(20);
  vanish(3);
  pass(-20 * hour);
  vanish(2);
  EXPECT_EQ(held(), 2);
  pass(-100000 * hour);
  sync();
  EXPECT_EQ(held(), 2);
}

TEST_F(GuardTest, WhatIsFoundElsewhereCountsNot) {
  arrive(20);
  move_elsewhere(10);
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(shown(), 10u);
  move_elsewhere(3);
  vanish(3);
  EXPECT_EQ(held(), 0) << "three were dropped, the others moved";
  EXPECT_EQ(shown(), 4u);
}

TEST_F(GuardTest, WhatComesBackIsHeldNoMore) {
  arrive(20);
  vanish(6);
  EXPECT_EQ(held(), 6);
  for (int number = 1; number <= 6; ++number)
    world_.server.put(inbox(), {"mail" + std::to_string(number), std::uint64_t(number) + 100, number * 10, 50}, {}, 0);
  sync();
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(shown(), 20u);
}

TEST_F(GuardTest, AfterADecisionTheCountBeginsAnew) {
  for (const Held decision : {Held::accept, Held::put_back}) {
    arrive(int(20 - shown()));
    vanish(5);
    ASSERT_EQ(held(), 5);
    EXPECT_EQ(decide(world_.account, world_.mailbox("INBOX"), decision), 5u);
    EXPECT_TRUE(world_.run());
    EXPECT_EQ(shown(), decision == Held::accept ? 15u : 20u);
    EXPECT_EQ(world_.contents_upstream("INBOX").size(), shown());
    vanish(3);
    EXPECT_EQ(held(), 0);
    pass(25 * hour);
  }
}

}  // namespace
}  // namespace satchel::sync::test
