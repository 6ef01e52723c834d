// Dialogues about what is perhaps done, and about what a colleague did to it meanwhile.
#include "dialogue.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/undo.hpp"

namespace satchel::sync::test {
namespace {

TEST_F(Dialogue, WhatUpstreamSaidOkToIsNotTakenForATwinThatWasNeverSent) {
  with("plain");
  const MessageRef never_sent = client_append(world_->account, work(), mail(9), {});
  const std::int64_t later = tx().now() + 1000;
  edit(tx(), addition_of(tx().state(), never_sent)->id, [&](store::Operation& row) { row.not_before = later; });
  client_append(world_->account, work(), mail(9), {});
  crash_after("APPEND Work");
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail9", "mail9"}));
  EXPECT_EQ(world_->contents("Work"), (Contents{"mail9", "mail9"}));
}

// Two that would send the same bytes, one of which did: one is missing.
TEST_F(Dialogue, AnAlteredAppendWithATwinIsSettledAllTheSame) {
  with("altering");
  client_append(world_->account, work(), mail(9), {});
  for (int i = 0; i < 1000 && !times_asked("APPEND Work"); ++i) world_->step(0, 0);
  client_append(world_->account, work(), mail(9), {});
  world_->crash(0);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(plain_upstream("Work"), (Contents{"mail9", "mail9"}));
  EXPECT_TRUE(tx().state().journal.empty());
}

TEST_F(Dialogue, AMoveOfWhatIsGoneUpstreamLeavesNothingWhenItIsDropped) {
  with("plain");
  ServerMailbox& inbox = *world_->server.find("INBOX");
  world_->server.put(inbox, mail(4), {}, 0);
  world_->connect();
  while (world_->visible("INBOX").size() < 4) world_->step(0, 0);
  const MessageRef made = client_move(world_->account, in_inbox(3), work());  // its content is not here
  world_->server.expunge(inbox, 4);
  sync();
  const store::Operation* parked = addition_of(tx().state(), made);
  ASSERT_TRUE(parked && parked->parked());
  EXPECT_TRUE(drop(tx(), parked->id));
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents("INBOX"), (Contents{"mail1", "mail2", "mail3"}));
  EXPECT_TRUE(world_->contents("Work").empty());
}

// The server was still at work on it when we looked.
TEST_F(Dialogue, AnAppendThatLandsAfterTheFirstLookIsNotSentAgain) {
  with("plain");
  client_append(world_->account, work(), mail(9), {});
  for (int i = 0; i < 1000 && !times_asked("APPEND Work"); ++i) world_->step(0, 0);
  world_->crash(0);
  ServerMailbox& there = *world_->server.find("Work");
  ASSERT_EQ(there.messages.size(), 1u);
  const ServerMail late = there.messages.rbegin()->second.mail;
  world_->server.expunge(there, there.messages.rbegin()->first);
  world_->connect();
  for (int i = 0; i < 200; ++i) world_->step(0, 0);
  EXPECT_EQ(times_asked("APPEND Work"), 1u);
  world_->server.put(there, late, {}, 0);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail9"}));
  EXPECT_EQ(world_->contents("Work"), (Contents{"mail9"}));
}

TEST_F(Dialogue, AnAlteredAppendThatWasNeverLookedAtIsFoundWhereItWasMoved) {
  for (const bool known_to_alter : {true, false}) {
    with("altering");
    if (known_to_alter) client_append(world_->account, work(), mail(8), {});
    ASSERT_TRUE(world_->run());
    const MessageRef made = client_append(world_->account, work(), mail(9), {});
    world_->asked.clear();
    crash_after("APPEND Work");
    ServerMailbox& from = *world_->server.find("Work");
    const ServerMail altered = from.messages.rbegin()->second.mail;
    world_->server.expunge(from, from.messages.rbegin()->first);
    world_->server.create("Other");
    world_->server.put(*world_->server.find("Other"), altered, {}, 0);
    client_move(world_->account, made, world_->mailbox("INBOX"));
    EXPECT_TRUE(world_->run());
    EXPECT_EQ(plain_upstream("INBOX"), (Contents{"mail1", "mail2", "mail3", "mail9"}));
    EXPECT_TRUE(world_->contents_upstream("Other").empty());
  }
}

TEST_F(Dialogue, ACopyThatWentUpAsAnAppendIsMatchedAnewByWhatTheServerMadeOfIt) {
  with("altering");
  client_copy(world_->account, in_inbox(0), work());
  world_->server.expunge(*world_->server.find("INBOX"), 1);
  ASSERT_TRUE(world_->run());
  const std::vector<MessageRef> before = world_->visible("Work");
  world_->server.new_uid_validity(*world_->server.find("Work"), 4);
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"alt:mail1"}));
  EXPECT_EQ(world_->visible("Work"), before);
}

// It has its UID, and is gone before it is asked what upstream made of it.
TEST_F(Dialogue, AnAppendThatAColleagueTakesAwayAtOnceDoesNotStay) {
  with("altering");
  client_append(world_->account, work(), mail(9), {});
  for (int i = 0; i < 1000 && !times_asked("APPEND Work"); ++i) world_->step(0, 0);
  ServerMailbox& there = *world_->server.find("Work");
  ASSERT_EQ(there.messages.size(), 1u);
  world_->server.expunge(there, there.messages.begin()->first);
  EXPECT_TRUE(world_->run());
  EXPECT_TRUE(world_->contents("Work").empty());
  EXPECT_EQ(times_asked("APPEND Work"), 1u);
}

// Between the look at what is there and the question what it is.
TEST_F(Dialogue, AMailboxThatIsRenamedWhileItIsLookedAtIsFollowedSoon) {
  for (const char* personality : {"plain", "condstore", "qresync"}) {
    with(personality);
    world_->server.put(*world_->server.find("Work"), mail(4), {}, 0);
    ASSERT_TRUE(sync());
    world_->server.put(*world_->server.find("Work"), mail(5), {}, 0);
    world_->asked.clear();
    world_->connect();
    const std::int64_t before = tx().now();
    const std::string looks = std::string(personality) == "plain" ? "UIDS Work" : "SELECT Work";
    for (int i = 0; i < 1000 && !times_asked(looks); ++i) world_->step(0, 0);
    ASSERT_EQ(times_asked(looks), 1u);
    world_->step(0, 0);
    world_->server.rename("Work", "Labour");
    EXPECT_TRUE(world_->run());
    EXPECT_EQ(world_->contents("Labour"), (Contents{"mail4", "mail5"})) << personality;
    EXPECT_LT(tx().now() - before, 30) << personality;
  }
}

// Upstream told that something came there, and has no time to tell what.
TEST_F(Dialogue, WhatWasMovedOnBothSidesWaitsUntilItIsKnownWhatCame) {
  with("condstore");
  world_->server.create("Other");
  ASSERT_TRUE(sync());
  client_move(world_->account, in_inbox(0), work());
  ServerMailbox& inbox = *world_->server.find("INBOX");
  const ServerMail moved = inbox.messages.at(1).mail;
  world_->server.expunge(inbox, 1);
  world_->server.put(*world_->server.find("Other"), moved, {}, 0);
  world_->server.refuse("METADATA Other", 2, "UNAVAILABLE");
  EXPECT_TRUE(sync());
  EXPECT_EQ(times_asked("METADATA Other 1"), 3u);
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail1"}));
  EXPECT_TRUE(world_->contents_upstream("Other").empty());
  EXPECT_EQ(times_asked("APPEND Work"), 0u);
}

}  // namespace
}  // namespace satchel::sync::test
