// What a line asks in one flight, and what it is told unasked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/account/imap_line_world.hpp"

namespace satchel::account {
namespace {

using testing::ElementsAre;
using Kind = sync::Outcome::Kind;

TEST_F(ImapLineTest, WhatTheLoginToldUnderTlsIsNotAskedAgain) {
  secure_ = true;
  open("MOVE", {{"LOGIN", "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n"}});
  EXPECT_EQ(script_->count("CAPABILITY"), 1) << "this greeting says nothing";
  EXPECT_TRUE(line_->abilities().uidplus);
  EXPECT_FALSE(line_->abilities().move) << "what was said before the login is forgotten";
}

TEST_F(ImapLineTest, UntaggedCapabilitiesOfTheLoginCountToo) {
  secure_ = true;
  open("MOVE", {{"LOGIN", "* CAPABILITY IMAP4rev1 UIDPLUS\r\nTAG OK in\r\n"}});
  EXPECT_EQ(script_->count("CAPABILITY"), 1);
  EXPECT_TRUE(line_->abilities().uidplus);
}

TEST_F(ImapLineTest, InClearCapabilitiesAreAskedBeforeAndAfterTheLogin) {
  open("MOVE", {{"LOGIN", "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] in\r\n"}});
  EXPECT_EQ(script_->count("CAPABILITY"), 2);
  EXPECT_FALSE(line_->abilities().uidplus);
}

TEST_F(ImapLineTest, ListGoesAlongWithTheOpening) {
  open("NAMESPACE",
       {{"NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nTAG OK\r\n"},
        {"LIST", "* LIST () \"/\" INBOX\r\nTAG OK\r\n"},
        {"LSUB", "* LSUB () \"/\" Old\r\nTAG OK\r\n"}},
       Line::Along::list);
  const auto listed = line_->take_listed();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->mailboxes.size(), 1u);
  EXPECT_EQ(listed->mailboxes.front().name, "INBOX");
  EXPECT_THAT(listed->subscribed, ElementsAre("Old"));
  EXPECT_FALSE(line_->take_listed()) << "once";
}

TEST_F(ImapLineTest, AListThatIsRefusedAlongIsNoAnswer) {
  open("NAMESPACE", {{"NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nTAG OK\r\n"}, {"LSUB", "TAG OK\r\n"}},
       Line::Along::list);
  EXPECT_FALSE(line_->take_listed());
}

TEST_F(ImapLineTest, UidsAndChangesGoAlongWithExamine) {
  open("ENABLE CONDSTORE QRESYNC",
       {{"UID SEARCH", "* SEARCH 1 2 9\r\nTAG OK\r\n"},
        {"CHANGEDSINCE 5 VANISHED", "* VANISHED (EARLIER) 3:8\r\n* 3 FETCH (UID 9 FLAGS (\\Seen))\r\nTAG OK\r\n"}});
  sync::SelectAsk question{"INBOX"};
  question.list_uids = true;
  question.changes_since = 5;
  const auto answer = ask(question);
  EXPECT_EQ(answer.uid_validity, 7u);
  EXPECT_EQ(answer.exists, 3u);
  ASSERT_TRUE(answer.uids);
  EXPECT_THAT(uids_of(*answer.uids), ElementsAre(1, 2, 9));
  ASSERT_TRUE(answer.changes);
  EXPECT_EQ(answer.changes->changed.size(), 1u);
  EXPECT_EQ(answer.changes->vanished.size(), 1u);
}

TEST_F(ImapLineTest, WhatIsRefusedAlongSaysNothingAndDeniesNothing) {
  open("ENABLE CONDSTORE QRESYNC", {{"UID SEARCH", "* SEARCH 1 2 9\r\nTAG NO not now\r\n"}});
  sync::SelectAsk question{"INBOX"};
  question.list_uids = true;
  question.changes_since = 5;
  const auto answer = ask(question);
  EXPECT_TRUE(answer.outcome.ok());
  EXPECT_FALSE(answer.uids);
  EXPECT_FALSE(answer.changes);
  EXPECT_TRUE(line_->abilities().qresync) << "asked by itself it tells more";
}

TEST_F(ImapLineTest, AMailboxThatBecomesAnotherOneInTheFlightIsNotBelieved) {
  open("", {{"UID SEARCH", "* OK [UIDVALIDITY 8] new\r\n* SEARCH 1\r\nTAG OK\r\n"}});
  sync::SelectAsk question{"INBOX"};
  question.list_uids = true;
  EXPECT_EQ(ask(question).outcome.kind, Kind::uid_validity_changed);
}

// RFC 3501 section 5.5: the server may work on both at once. It never hears the second question twice.
TEST_F(ImapLineTest, BodiesOfWhatWasSentAheadMayComeBetween) {
  const std::string one = "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\n";
  const std::string two = "* 2 FETCH (UID 2 BODY[] {3}\r\ntwo)\r\n";
  const std::string large = "* 3 FETCH (UID 3 BODY[] {300000}\r\n" + std::string(300'000, 'x') + ")\r\n";
  open("", {{"FETCH 1 (BODY.PEEK[])", "SAVE"},
            {"FETCH 2:3 (BODY.PEEK[])", two + one + "SAVED OK\r\n" + large + "TAG OK\r\n"}});
  const auto first = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {}, {UpstreamUid{2}, UpstreamUid{3}}});
  ASSERT_EQ(first.contents.size(), 1u);
  EXPECT_EQ(first.contents[0].stored.hash, "one");
  const auto second = ask(sync::ContentsAsk{inbox_, {UpstreamUid{2}, UpstreamUid{3}}});
  EXPECT_TRUE(second.outcome.ok());
  ASSERT_EQ(second.contents.size(), 2u);
  EXPECT_EQ(script_->count("FETCH 2:3"), 1);
}

TEST_F(ImapLineTest, AllOfWhatWasSentAheadMayComeFirst) {
  const std::string one = "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\n";
  const std::string two = "* 2 FETCH (UID 2 BODY[] {3}\r\ntwo)\r\n";
  open("", {{"FETCH 1 (BODY.PEEK[])", "SAVE"}, {"FETCH 2 (BODY.PEEK[])", two + "TAG OK\r\n" + one + "SAVED OK\r\n"}});
  EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {}, {UpstreamUid{2}}}).contents.size(), 1u);
  const auto second = ask(sync::ContentsAsk{inbox_, {UpstreamUid{2}}});
  EXPECT_TRUE(second.outcome.ok());
  ASSERT_EQ(second.contents.size(), 1u);
  EXPECT_EQ(second.contents[0].stored.hash, "two");
  EXPECT_EQ(script_->count("FETCH 2 "), 1);
}

TEST_F(ImapLineTest, WhatCameAheadIsForgottenWhereAnotherQuestionIsPut) {
  const std::string one = "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\n";
  const std::string evil = "* 2 FETCH (UID 2 BODY[] {4}\r\nevil)\r\n";
  open("", {{"FETCH 1 (BODY.PEEK[])", "SAVE"},
            {"FETCH 2 (BODY.PEEK[])", evil + one + "SAVED OK\r\nTAG OK\r\n", 1},
            {"FETCH 2,9 (BODY.PEEK[])", "* 2 FETCH (UID 2 BODY[] {4}\r\ntrue)\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {}, {UpstreamUid{2}}}).contents.size(), 1u);
  const auto second = ask(sync::ContentsAsk{inbox_, {UpstreamUid{2}, UpstreamUid{9}}});
  ASSERT_EQ(second.contents.size(), 1u);
  EXPECT_EQ(second.contents[0].stored.hash, "true");
}

// EXAMINE is answered when FETCH was heard: nobody waits between them.
TEST_F(ImapLineTest, BodiesAreAskedForBehindExamine) {
  open("", {{"EXAMINE", "SAVE", 1},
            {"FETCH 1 (BODY.PEEK[])",
             "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\nSAVED OK [READ-ONLY]\r\n"
             "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\nTAG OK\r\n"}});
  learned_->uid_validities["INBOX"] = 7;  // by another line
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}});
  ASSERT_TRUE(answer.outcome.ok());
  ASSERT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(answer.contents[0].stored.hash, "one");
}

TEST_F(ImapLineTest, HeadersAreAskedForBehindExamine) {
  open("", {{"EXAMINE", "SAVE", 1},
            {"FETCH 1 (FLAGS",
             "* 1 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\nSAVED OK [READ-ONLY]\r\n* 1 FETCH (UID 1 FLAGS () INTERNALDATE "
             "\"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\nTAG OK\r\n"}});
  learned_->uid_validities["INBOX"] = 7;  // by another line
  const auto answer = ask(sync::MetadataAsk{inbox_, {UpstreamUid{1}}, sync::Depth::sizes});
  ASSERT_TRUE(answer.outcome.ok());
  EXPECT_EQ(answer.messages.size(), 1u);
}

// Its UIDs may name other messages since the last login.
TEST_F(ImapLineTest, NothingGoesBehindExamineOfAMailboxThatWasNotOpenedYet) {
  open("", {{"EXAMINE", "* 1 EXISTS\r\n* OK [UIDVALIDITY 8] v\r\nTAG OK [READ-ONLY]\r\n"}});
  EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}}).outcome.kind, Kind::uid_validity_changed);
  EXPECT_EQ(script_->count("FETCH"), 0);
}

TEST_F(ImapLineTest, NothingGoesBehindExamineWhereAnotherMailboxMayStayOpen) {
  open("", {{"EXAMINE \"Other\"", "TAG NO [UNAVAILABLE] not now\r\n"},
            {"FETCH", "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}}).contents.size(), 1u);
  EXPECT_EQ(ask(sync::ContentsAsk{{"Other", 7}, {UpstreamUid{1}}}).outcome.kind, Kind::no);
  EXPECT_EQ(script_->count("FETCH"), 1);
}

TEST_F(ImapLineTest, BodiesOfAMailboxThatIsNotTheOneMeantAreNotTaken) {
  const std::string of_another = "* 1 FETCH (UID 1 BODY[] {5}\r\nother)\r\nTAG OK\r\n";
  open("", {{"EXAMINE", "* 1 EXISTS\r\n* OK [UIDVALIDITY 8] v\r\nTAG OK [READ-ONLY]\r\n"},
            {"FETCH 1 (BODY.PEEK[])", of_another, 1},
            {"FETCH 1 (BODY.PEEK[])", "* 1 FETCH (UID 1 BODY[] {4}\r\nthis)\r\nTAG OK\r\n"}});
  learned_->uid_validities["INBOX"] = 7;  // by another line
  const auto first = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}});
  EXPECT_EQ(first.outcome.kind, Kind::uid_validity_changed);
  EXPECT_TRUE(first.contents.empty());
  const auto second = ask(sync::ContentsAsk{{"INBOX", 8}, {UpstreamUid{1}}, {}, {UpstreamUid{2}}});
  ASSERT_EQ(second.contents.size(), 1u);
}

TEST_F(ImapLineTest, WhatCameAheadIsForgottenWithItsMailbox) {
  const std::string one = "* 1 FETCH (UID 1 BODY[] {3}\r\none)\r\n";
  const std::string evil = "* 2 FETCH (UID 2 BODY[] {4}\r\nevil)\r\n";
  open("", {{"FETCH 1 (BODY.PEEK[])", "SAVE"},
            {"FETCH 2 (BODY.PEEK[])", evil + one + "SAVED OK\r\nTAG OK\r\n", 1},
            {"FETCH 2 (BODY.PEEK[])", "* 2 FETCH (UID 2 BODY[] {4}\r\ntrue)\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {}, {UpstreamUid{2}}}).contents.size(), 1u);
  const auto other = ask(sync::ContentsAsk{{"Other", 7}, {UpstreamUid{2}}});
  ASSERT_EQ(other.contents.size(), 1u);
  EXPECT_EQ(other.contents[0].stored.hash, "true");
}

TEST_F(ImapLineTest, WhatCameAheadOfItsTurnIsToldWhereTheLineIsLost) {
  const std::string two = "* 2 FETCH (UID 2 BODY[] {3}\r\ntwo)\r\n";
  open("", {{"FETCH 1 (BODY.PEEK[])", "SAVE"}, {"FETCH 2:3 (BODY.PEEK[])", two + "* BYE not now\r\n"}});
  const auto first = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {5}, {UpstreamUid{2}, UpstreamUid{3}}});
  EXPECT_EQ(first.outcome.kind, Kind::lost);
  ASSERT_EQ(first.contents.size(), 1u);
  EXPECT_EQ(first.contents[0].uid, UpstreamUid{2});
  EXPECT_EQ(first.contents[0].stored.hash, "two");
}

TEST_F(ImapLineTest, SizesOfWhatWasSentAheadMayComeBetween) {
  const std::string sizes = " FLAGS () INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 5)\r\n";
  open("", {{"FETCH 1 (FLAGS", "SAVE"},
            {"FETCH 2 (FLAGS", "* 2 FETCH (UID 2" + sizes + "* 1 FETCH (UID 1" + sizes + "SAVED OK\r\nTAG OK\r\n"}});
  const auto first = ask(sync::MetadataAsk{inbox_, {UpstreamUid{1}}, sync::Depth::sizes, {UpstreamUid{2}}});
  ASSERT_EQ(first.messages.size(), 1u);
  EXPECT_EQ(first.messages[0].uid, UpstreamUid{1});
  const auto second = ask(sync::MetadataAsk{inbox_, {UpstreamUid{2}}, sync::Depth::sizes});
  ASSERT_EQ(second.messages.size(), 1u);
  EXPECT_EQ(second.messages[0].uid, UpstreamUid{2});
  EXPECT_EQ(script_->count("FETCH 2 "), 1);
}

}  // namespace
}  // namespace satchel::account
