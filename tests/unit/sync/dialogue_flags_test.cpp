// Dialogues about flags and removals.
#include "dialogue.hpp"

namespace satchel::sync::test {
namespace {

TEST_F(Dialogue, FlagsOfWhatIsExpungedDoNotGoUp) {
  with("plain");
  client_flag(world_->account, in_inbox(0), "\\Flagged", true);
  client_expunge(world_->account, in_inbox(0));
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(times_asked("STORE INBOX 1"), 1u);  // \Deleted, right before EXPUNGE
  EXPECT_EQ(world_->contents_upstream("INBOX"), (Contents{"mail2", "mail3"}));
}

TEST_F(Dialogue, FlagsOfWhatIsExpungedGoUpBeforeACopyThatCarriesThem) {
  with("plain");
  client_flag(world_->account, in_inbox(0), "\\Flagged", true);
  client_copy(world_->account, in_inbox(0), work());
  client_expunge(world_->account, in_inbox(0));
  EXPECT_TRUE(world_->run());
  ASSERT_EQ(world_->contents_upstream("Work"), (Contents{"mail1"}));
  EXPECT_EQ(world_->server.find("Work")->messages.begin()->second.flags, (std::set<std::string>{"\\Flagged"}));
}

TEST_F(Dialogue, ACopyBearsTheFlagsThatItsSourceHasUpstream) {
  with("condstore");
  world_->server.set_flag(*world_->server.find("INBOX"), 1, "\\Flagged", true);
  const MessageRef made = client_copy(world_->account, in_inbox(0), work());
  EXPECT_TRUE(world_->run());
  EXPECT_TRUE(shows(made, "\\Flagged"));
}

TEST_F(Dialogue, FlagsGivenAtAStopThatNeverWasGoAlong) {
  with("condstore");
  const MessageRef stop = client_move(world_->account, in_inbox(0), work());
  client_flag(world_->account, stop, "\\Flagged", true);
  const MessageRef end = client_move(world_->account, stop, world_->mailbox("INBOX"));
  client_delete(world_->account, work());
  world_->server.remove("Work");
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents_upstream("INBOX"), (Contents{"mail2", "mail3", "mail1"}));
  EXPECT_TRUE(world_->server.find("INBOX")->messages.rbegin()->second.flags.contains("\\Flagged"));
  EXPECT_TRUE(shows(end, "\\Flagged"));
}

TEST_F(Dialogue, AMoveOnFromAStopThatNeverWasStartsWhereTheFirstOneDid) {
  with("condstore");
  const MessageRef stop = client_move(world_->account, in_inbox(0), work());
  client_move(world_->account, stop, world_->mailbox("INBOX"));
  client_delete(world_->account, work());
  world_->server.remove("Work");
  EXPECT_TRUE(sync());
  EXPECT_EQ(times_asked("COPY INBOX 1 -> INBOX"), 1u);
  EXPECT_EQ(times_asked("APPEND INBOX"), 0u);
  EXPECT_EQ(world_->contents("INBOX"), (Contents{"mail2", "mail3", "mail1"}));
}

// It was asked for while nobody knew yet that upstream keeps no such keyword.
TEST_F(Dialogue, AFlagThatUpstreamRefusesIsShownWhereTheMessageWasMoved) {
  with("altering");
  client_flag(world_->account, in_inbox(0), "$Label", true);
  const MessageRef made = client_move(world_->account, in_inbox(0), work());
  EXPECT_TRUE(world_->run());
  EXPECT_TRUE(shows(made, "$Label"));
}

TEST_F(Dialogue, ALaterActOnAFlagWaitsForTheOneBefore) {
  with("qresync");
  world_->server.refuse("STORE INBOX", 1, "UNAVAILABLE");
  client_flag(world_->account, in_inbox(0), "\\Flagged", true);
  world_->settle(1000);
  client_flag(world_->account, in_inbox(0), "\\Flagged", false);
  EXPECT_TRUE(world_->run());
  EXPECT_FALSE(shows(in_inbox(0), "\\Flagged"));
  EXPECT_TRUE(world_->server.find("INBOX")->messages.at(1).flags.empty());
}

TEST_F(Dialogue, OnlyTheFlagThatIsRefusedStaysLocal) {
  with("qresync");
  ServerMessage& there = world_->server.find("INBOX")->messages.at(1);
  world_->server.set_flag(*world_->server.find("INBOX"), 1, "\\Seen", true);
  ASSERT_TRUE(sync());
  world_->server.refused_flag = "$Label";
  for (const char* flag : {"\\Flagged", "$Label", "\\Answered"}) client_flag(world_->account, in_inbox(0), flag, true);
  client_flag(world_->account, in_inbox(0), "\\Seen", false);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(there.flags, (std::set<std::string>{"\\Answered", "\\Flagged"}));
  EXPECT_EQ(tx().flags(tx().state().find(in_inbox(0))->local).names(), (Contents{"$Label"}));
  EXPECT_FALSE(shows(in_inbox(0), "\\Seen"));
  EXPECT_TRUE(shows(in_inbox(0), "$Label"));
}

// One of three breaks the line whatever else goes with it.
TEST_F(Dialogue, WhatBreaksTheLineIsToldOfAndHoldsUpNothingElse) {
  for (const std::string verb : {"STORE", "UIDEXPUNGE", "COPY"}) {
    with("qresync");
    const std::vector<MessageRef> all = world_->visible("INBOX");
    for (const MessageRef one : all) {
      if (verb == "STORE") client_flag(world_->account, one, "\\Flagged", true);
      if (verb == "UIDEXPUNGE") client_expunge(world_->account, one);
      if (verb == "COPY") client_copy(world_->account, one, work());
    }
    world_->breaks_line = [&](const std::string& question) {
      return question.starts_with(verb + " INBOX ") && question.find(" 2") != std::string::npos;
    };
    EXPECT_FALSE(world_->run()) << verb;
    std::vector<std::string> told;
    tx().state().journal.for_each([&](const store::Operation& one) {
      EXPECT_FALSE(one.parked());
      if (one.kind != store::OperationKind::store_flags || verb == "STORE") told.push_back(one.why);
      return true;
    });
    ASSERT_EQ(told.size(), 1u) << verb;
    EXPECT_NE(told[0].find("the connection is lost each time"), std::string::npos);
    const auto& left = world_->server.find("INBOX")->messages;
    EXPECT_EQ(left.size(), verb == "UIDEXPUNGE" ? 1u : 3u);
    EXPECT_EQ(left.contains(1) && left.at(1).flags.contains("\\Flagged"), verb == "STORE");
    EXPECT_EQ(world_->server.find("Work")->messages.size(), verb == "COPY" ? 2u : 0u);
    world_->breaks_line = nullptr;
    EXPECT_TRUE(world_->run());
  }
}

TEST_F(Dialogue, AFlagThatWasRefusedAndIsThereNeverthelessIsUpstreams) {
  with("altering");  // refuses $Label
  client_flag(world_->account, in_inbox(0), "$Label", true);
  ASSERT_TRUE(world_->run());
  ASSERT_TRUE(tx().flags(tx().state().find(in_inbox(0))->local).has("$Label"));
  ServerMailbox& inbox = *world_->server.find("INBOX");
  inbox.messages.at(1).flags.insert("$Label");
  ASSERT_TRUE(sync());
  EXPECT_TRUE(shows(in_inbox(0), "$Label"));
  client_flag(world_->account, in_inbox(0), "$Label", false);
  ASSERT_TRUE(sync());
  EXPECT_FALSE(inbox.messages.at(1).flags.contains("$Label"));
  EXPECT_FALSE(shows(in_inbox(0), "$Label"));
}

TEST_F(Dialogue, WhatLosesDeletedRightBeforeItsExpungeIsExpungedAgain) {
  for (const char* personality : {"qresync", "plain"}) {
    with(personality);
    client_expunge(world_->account, in_inbox(0));
    for (int i = 0; i < 1000 && !times_asked("STORE INBOX 1"); ++i) world_->step(0, 0);
    world_->server.set_flag(*world_->server.find("INBOX"), 1, "\\Deleted", false);
    EXPECT_TRUE(world_->run());
    EXPECT_EQ(world_->contents_upstream("INBOX"), (Contents{"mail2", "mail3"}));
    EXPECT_EQ(world_->contents("INBOX"), (Contents{"mail2", "mail3"}));
  }
}

// What takes \Deleted off it for a moment is another message's expunge without UIDPLUS; then the process dies.
TEST_F(Dialogue, AMoveTakesDeletedAlongAlthoughItWasTakenOffForAMoment) {
  with("plain");
  world_->server.set_flag(*world_->server.find("INBOX"), 1, "\\Deleted", true);
  ASSERT_TRUE(sync());
  world_->asked.clear();
  const MessageRef other = in_inbox(1);
  const MessageRef made = client_move(world_->account, in_inbox(0), work());
  client_expunge(world_->account, other);
  crash_after("STORE INBOX 1");
  EXPECT_TRUE(world_->run());
  ASSERT_EQ(world_->contents_upstream("Work"), (Contents{"mail1"}));
  EXPECT_TRUE(world_->server.find("Work")->messages.begin()->second.flags.contains("\\Deleted"));
  EXPECT_TRUE(shows(made, "\\Deleted"));
}

// They go up in portions, and all acts on a message in one of them: here the first and the last one of each message are
// further apart than a portion is long.
TEST_F(Dialogue, ManyFlagsGoUpInFullCommandsAndEachMessageAtOnce) {
  with("qresync");
  constexpr std::size_t count = 20'500;
  for (int i = 4; i <= int(count); ++i) world_->server.put(*world_->server.find("INBOX"), mail(i), {}, 0);
  ASSERT_TRUE(sync());
  world_->asked.clear();
  const std::vector<MessageRef> all = world_->visible("INBOX");
  ASSERT_EQ(all.size(), count);
  for (const MessageRef one : all) client_flag(world_->account, one, "\\Flagged", true);
  for (const MessageRef one : all)
    if (one.uid.value % 2 == 0) client_flag(world_->account, one, "\\Flagged", false);
  EXPECT_TRUE(world_->run());
  const auto stores = std::count_if(world_->asked.begin(), world_->asked.end(),
                                    [](const std::string& asked) { return asked.starts_with("STORE INBOX"); });
  EXPECT_EQ(stores, 11) << "10,250 messages, 1,000 a command; what was put on and taken off is not sent";
  for (const auto& [uid, message] : world_->server.find("INBOX")->messages)
    ASSERT_EQ(message.flags.contains("\\Flagged"), uid % 2 == 1) << uid;
}

}  // namespace
}  // namespace satchel::sync::test
