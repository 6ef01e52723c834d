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

}  // namespace
}  // namespace satchel::account
