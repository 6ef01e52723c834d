// Dialogues about a home that was put back: what went up since is not in it.
#include "dialogue.hpp"
#include "store/put_back.hpp"

namespace satchel::sync::test {
namespace {

class LostTime : public Dialogue {
 protected:
  void put_back(MemoryAccount home) {
    world_->account = std::move(home);
    store::jump_after_put_back(world_->account, 1);
    world_->crash(0);
  }
  void colleague_moves(const std::string& from, const std::string& to) {
    ServerMailbox& mailbox = *world_->server.find(from);
    const ServerMessage moved = mailbox.messages.rbegin()->second;
    world_->server.expunge(mailbox, moved.uid);
    if (!world_->server.find(to)) world_->server.create(to);
    world_->server.put(*world_->server.find(to), moved.mail, moved.flags, moved.email_id);
  }
};

TEST_F(LostTime, AnAppendThatWentUpAndWasMovedOnIsNotSentAgain) {
  for (const char* personality : {"qresync", "plain", "altering"}) {
    with(personality);
    const MessageRef made = client_append(world_->account, work(), mail(9), {});
    const MemoryAccount home = world_->account;
    ASSERT_TRUE(world_->run());
    colleague_moves("Work", "Other");
    put_back(home);
    client_flag(world_->account, made, "\\Flagged", true);
    EXPECT_TRUE(world_->run());
    EXPECT_TRUE(world_->contents_upstream("Work").empty());
    EXPECT_EQ(plain_upstream("Other"), (Contents{"mail9"}));
    EXPECT_TRUE(world_->server.find("Other")->messages.begin()->second.flags.contains("\\Flagged"));
    EXPECT_TRUE(world_->contents("Work").empty());
    EXPECT_EQ(world_->visible("Other").size(), 1u);
    EXPECT_TRUE(tx().state().journal.empty());
  }
}

// The server has no time to make the mailbox again: it is perhaps done all the same.
TEST_F(LostTime, AnAppendIntoAMailboxThatIsGoneStaysPerhapsDone) {
  with("plain");
  world_->server.create("Other");
  ASSERT_TRUE(sync());
  client_append(world_->account, work(), mail(9), {});
  const MemoryAccount home = world_->account;
  ASSERT_TRUE(world_->run());
  colleague_moves("Work", "Other");
  world_->server.remove("Work");
  world_->server.refuse("CREATE", 1, "UNAVAILABLE");
  put_back(home);
  world_->asked.clear();
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(times_asked("CREATE Work"), 2u);
  EXPECT_EQ(times_asked("APPEND Work"), 0u);
  EXPECT_EQ(world_->contents_upstream("Other"), (Contents{"mail9"}));
  EXPECT_EQ(world_->visible("Other").size(), 1u);
}

TEST_F(LostTime, WhatWasDoneToItHereSinceIsDoneWhereItIs) {
  for (const bool moves : {true, false}) {
    with("qresync");
    const MessageRef made = client_append(world_->account, work(), mail(9), {});
    const MemoryAccount home = world_->account;
    ASSERT_TRUE(world_->run());
    colleague_moves("Work", "Other");
    put_back(home);
    if (moves)
      client_move(world_->account, made, world_->mailbox("INBOX"));
    else
      client_expunge(world_->account, made);
    EXPECT_TRUE(world_->run());
    EXPECT_TRUE(world_->contents_upstream("Work").empty());
    EXPECT_TRUE(world_->contents_upstream("Other").empty());
    EXPECT_EQ(world_->contents_upstream("INBOX").size(), moves ? 4u : 3u);
  }
}

TEST_F(LostTime, ACopyOfWhatWasThereAllAlongIsNotTakenForIt) {
  with("qresync");
  client_append(world_->account, work(), mail(1), {});
  const MemoryAccount home = world_->account;
  world_->server.create("Other");
  world_->server.put(*world_->server.find("Other"), mail(1), {}, 0);  // a colleague copies it from INBOX
  put_back(home);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail1"}));
  EXPECT_EQ(world_->contents("Other"), (Contents{"mail1"}));
}

TEST_F(LostTime, AMailboxThatCannotBeOpenedHoldsItUpForAWhileOnly) {
  with("qresync");
  world_->server.create("Other");
  ASSERT_TRUE(sync());
  client_append(world_->account, work(), mail(9), {});
  world_->server.refuse("SELECT Other", 1000000, "NOPERM");
  put_back(MemoryAccount(world_->account));
  world_->run();
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail9"}));
}

}  // namespace
}  // namespace satchel::sync::test
