// What a line believes of what a server says, and what it does without.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/account/imap_line_world.hpp"

namespace satchel::account {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = sync::Outcome::Kind;

const std::string evil =
    "* 1 FETCH (UID 1 FLAGS (\\Deleted Evil) INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 4 BODY[] {4}\r\n"
    "evil)\r\n";

// --- what nobody asked for

TEST_F(ImapLineTest, ABodyIsTakenOnlyFromAnAnswerToOurOwnCommand) {
  open("", {{"BODY.PEEK[]", evil + "* 1 FETCH (UID 1 BODY[] {4}\r\ntrue)\r\n" + evil + "TAG OK\r\n"}});
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}});
  ASSERT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(answer.contents[0].stored.hash, "true");
}

TEST_F(ImapLineTest, APartIsNotTakenForTheWhole) {
  open("", {{"BODY.PEEK[]",
             "* 1 FETCH (UID 1 BODY[]<0> {4}\r\nevil)\r\n* 1 FETCH (UID 1 BODY[TEXT] {4}\r\nevil)\r\n"
             "* 1 FETCH (UID 1 BODY[1] {4}\r\nevil BODY[] {4}\r\nevil)\r\nTAG OK\r\n"}});
  EXPECT_THAT(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}}).contents, IsEmpty());
}

TEST_F(ImapLineTest, OfTwoBodiesUnderOneUidNeitherIsBelieved) {
  open("", {{"BODY.PEEK[]",
             "* 1 FETCH (UID 1 BODY[] {4}\r\nevil)\r\n* 1 FETCH (UID 1 BODY[] {4}\r\ntrue)\r\n"
             "* 2 FETCH (UID 2 BODY[] {4}\r\nsame)\r\n* 2 FETCH (UID 2 BODY[] {4}\r\nsame)\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}, UpstreamUid{2}}});
  ASSERT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(answer.contents[0].uid, UpstreamUid{2});
}

TEST_F(ImapLineTest, OfTwoBodiesTheOneOfTheStatedSizeIsBelieved) {
  open("", {{"BODY.PEEK[]",
             "* 1 FETCH (UID 1 BODY[] {4}\r\nevil)\r\n* 1 FETCH (UID 1 BODY[] {5}\r\ntrue.)\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {5}});
  ASSERT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(answer.contents[0].stored.hash, "true.");
}

// The mailbox was open here before it came, by another line it is known.
TEST_F(ImapLineTest, ABodyThatThisLineHasNotHeardOfYetIsAskedForAgain) {
  open("", {{"UID FETCH 3", "* 4 EXISTS\r\nTAG OK\r\n", 1},
            {"UID FETCH 3", "* 1 FETCH (UID 3 BODY[] {4}\r\ngood)\r\nTAG OK\r\n"}});
  ask(sync::SelectAsk{"INBOX"});
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{3}}});
  EXPECT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(script_->count("UID FETCH 3"), 2);
}

TEST_F(ImapLineTest, ABodyOfAnotherSizeIsAskedForTwice) {
  open("", {{"BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {4}\r\nevil)\r\nTAG OK\r\n", 1},
            {"BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {5}\r\ntrue.)\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {5}});
  ASSERT_EQ(answer.contents.size(), 1u);
  EXPECT_EQ(answer.contents[0].stored.hash, "true.");
}

TEST_F(ImapLineTest, TwoBodiesOfWrongSizesAreNotBelieved) {
  open("", {{"BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {4}\r\nevil)\r\nTAG OK\r\n", 1},
            {"BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {4}\r\nEVIL)\r\nTAG OK\r\n"}});
  EXPECT_THAT(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {5}}).contents, IsEmpty());
}

TEST_F(ImapLineTest, AServerThatMisstatesSizesIsBelievedInTheEndAndAskedOnce) {
  open("", {{"BODY.PEEK[]", "* 1 FETCH (UID 1 BODY[] {4}\r\ntrue)\r\nTAG OK\r\n"}});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(sync::ContentsAsk{inbox_, {UpstreamUid{1}}, {5}}).contents.size(), 1u);
  EXPECT_EQ(script_->count("BODY.PEEK[]"), 3 * 2 + 2);
}

TEST_F(ImapLineTest, FlagsAreTakenOnlyFromAnAnswerToOurOwnCommand) {
  open("", {{"(FLAGS)", "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" + evil + "TAG OK\r\n"}, {"STORE", evil + "TAG OK\r\n"}});
  const auto answer = ask(sync::FlagsAsk{inbox_, {UpstreamUid{1}, UpstreamUid{9}}});
  ASSERT_EQ(answer.flags.size(), 1u);
  EXPECT_THAT(answer.flags[0].flags.names(), ElementsAre("\\Seen"));
  sync::StoreAsk store{inbox_, {UpstreamUid{1}}, sync::StoreAsk::Sign::add, {}};
  store.flags.add(std::string_view("\\Seen"));
  const auto stored = ask(std::move(store));
  ASSERT_EQ(stored.flags.size(), 1u);
  EXPECT_THAT(stored.flags[0].flags.names(), ElementsAre("\\Seen"));
}

// The server stored them, but has no time to say so.
TEST_F(ImapLineTest, AStoreWhoseFlagsAreNotToldIsNoRefusal) {
  open("",
       {{"UID STORE", "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nTAG OK\r\n"}, {"UID FETCH", "TAG NO [LIMIT] later\r\n"}});
  sync::StoreAsk store{inbox_, {UpstreamUid{1}, UpstreamUid{2}}, sync::StoreAsk::Sign::add, {}};
  store.flags.add(std::string_view("\\Seen"));
  const auto stored = ask(std::move(store));
  EXPECT_TRUE(stored.outcome.ok());
  ASSERT_EQ(stored.flags.size(), 1u);
  EXPECT_EQ(stored.flags[0].uid, UpstreamUid{1});
}

TEST_F(ImapLineTest, FlagsOutsideTheRangeWereNotAskedFor) {
  open("", {{"(FLAGS)",
             "* 1 FETCH (UID 2 FLAGS ())\r\n* 2 FETCH (UID 5 FLAGS ())\r\n* 3 FETCH (UID 77 FLAGS ())\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::FlagsAsk{inbox_, {UpstreamUid{3}, UpstreamUid{9}}});
  ASSERT_EQ(answer.flags.size(), 1u);
  EXPECT_EQ(answer.flags[0].uid, UpstreamUid{5});
}

TEST_F(ImapLineTest, ACopyuidThatNamesASourceTwiceIsNotBelieved) {
  open("", {{"UID COPY", "TAG OK [COPYUID 8 1,1,2 5,6,7] done\r\n", 1},
            {"UID COPY", "TAG OK [COPYUID 8 2:1 7:8] done\r\n"}});
  const sync::TransferAsk copy{
      inbox_, {UpstreamUid{1}, UpstreamUid{2}, UpstreamUid{3}}, "other", sync::TransferAsk::Verb::copy};
  const auto twice = ask(copy);
  EXPECT_TRUE(twice.outcome.ok());
  EXPECT_EQ(twice.uid_validity, 0u);
  EXPECT_THAT(twice.uids, IsEmpty());
  const auto once = ask(copy);
  EXPECT_EQ(once.uid_validity, 8u);
  EXPECT_THAT(once.uids,
              ElementsAre(std::pair(UpstreamUid{1}, UpstreamUid{8}), std::pair(UpstreamUid{2}, UpstreamUid{7})));
}

TEST_F(ImapLineTest, MeasuresThatContradictOneAnotherAreNotBelieved) {
  const std::string date = "INTERNALDATE \"01-Jan-2001 00:00:00 +0000\"";
  open("", {{"RFC822.SIZE",
             evil + "* 1 FETCH (UID 1 FLAGS () " + date + " RFC822.SIZE 5)\r\n* 2 FETCH (UID 2 FLAGS () " + date +
                 " RFC822.SIZE 6)\r\n* 2 FETCH (UID 2 FLAGS () " + date + " RFC822.SIZE 7)\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::MetadataAsk{inbox_, {UpstreamUid{1}, UpstreamUid{2}}, sync::Depth::sizes});
  ASSERT_EQ(answer.messages.size(), 1u);
  EXPECT_EQ(answer.messages[0].uid, UpstreamUid{1});
  EXPECT_EQ(answer.messages[0].identity.size, 5u);
}

// --- what cannot be read

TEST_F(ImapLineTest, AChangeThatCannotBeReadIsNoAnswer) {
  for (const char* odd :
       {"* 2 FETCH (UID 2 FLAGS (\\Seen\r\n", "* 2 FETCH (FLAGS (\\Seen) UID\r\n", "* 2 FETCH (UID 0 FLAGS ())\r\n"}) {
    open("CONDSTORE",
         {{"CHANGEDSINCE", std::string("* 1 FETCH (UID 1 FLAGS () MODSEQ (5))\r\n") + odd + "TAG OK\r\n"}});
    const auto answer = ask(sync::ChangesAsk{inbox_, 4});
    EXPECT_FALSE(answer.outcome.ok()) << odd;
    EXPECT_TRUE(line_->alive());
    EXPECT_TRUE(line_->abilities().condstore) << "it was answered: CONDSTORE is no lie";
  }
}

TEST_F(ImapLineTest, WhatIsReadBeforeTheOddPartCounts) {
  open("CONDSTORE", {{"CHANGEDSINCE", "* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (5) ODD\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::ChangesAsk{inbox_, 4});
  EXPECT_TRUE(answer.outcome.ok());
  EXPECT_EQ(answer.changed.size(), 1u);
}

TEST_F(ImapLineTest, FlagsThatCannotBeReadAreAskedForOnceMore) {
  open("", {{"(FLAGS)", "* 1 FETCH (UID 1 FLAGS (\r\nTAG OK\r\n", 1},
            {"(FLAGS)", "* 1 FETCH (UID 1 FLAGS (\\Deleted))\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::FlagsAsk{inbox_, {UpstreamUid{1}, UpstreamUid{9}}});
  EXPECT_TRUE(answer.outcome.ok());
  EXPECT_EQ(answer.flags.size(), 1u);
}

TEST_F(ImapLineTest, FlagsThatCannotBeReadTwiceAreNoAnswer) {
  open("", {{"(FLAGS)", "* 1 FETCH (UID 1 FLAGS (\r\nTAG OK\r\n"}});
  EXPECT_FALSE(ask(sync::FlagsAsk{inbox_, {UpstreamUid{1}, UpstreamUid{9}}}).outcome.ok());
}

// --- ranges (attack M7)

TEST_F(ImapLineTest, ARangeLargerThanTheMailboxIsNotSpelledOut) {
  open("ESEARCH", {{"RETURN (ALL)", "* ESEARCH UID ALL 1:4294967295\r\nTAG OK\r\n"},
                   {"UID SEARCH ALL", "* SEARCH 1 4 9\r\nTAG OK\r\n"}});
  const auto answer = ask(sync::ListUidsAsk{inbox_});
  EXPECT_TRUE(answer.outcome.ok());
  EXPECT_THAT(uids_of(answer.uids), ElementsAre(1, 4, 9));
}

TEST_F(ImapLineTest, AnExistsThatIsALieDoesNotMakeTheRangeTrue) {
  open("ESEARCH", {{"RETURN (ALL)", "* 4294967295 EXISTS\r\n* ESEARCH UID ALL 1:4294967295\r\nTAG OK\r\n"},
                   {"UID SEARCH ALL", "* SEARCH 1 4 9\r\nTAG OK\r\n"}});
  EXPECT_THAT(uids_of(ask(sync::ListUidsAsk{inbox_}).uids), ElementsAre(1, 4, 9));
}

TEST_F(ImapLineTest, WhatArrivesDuringTheSearchIsCounted) {
  open("ESEARCH", {{"RETURN (ALL)", "* ESEARCH UID ALL 1:3,8\r\n* 4 EXISTS\r\nTAG OK\r\n"}});
  EXPECT_THAT(uids_of(ask(sync::ListUidsAsk{inbox_}).uids), ElementsAre(1, 2, 3, 8));
}

// --- capabilities that are lies

TEST_F(ImapLineTest, SelectDoesWithoutCondstore) {
  open("CONDSTORE", {{"(CONDSTORE)", "TAG BAD what\r\n"}});
  EXPECT_TRUE(ask(sync::SelectAsk{"INBOX"}).outcome.ok());
  EXPECT_TRUE(line_->abilities_shrank());
  EXPECT_FALSE(line_->abilities().condstore);
  EXPECT_TRUE(ask(sync::SelectAsk{"INBOX"}).outcome.ok());
  EXPECT_EQ(script_->count("(CONDSTORE)"), 1) << "asked once only";
}

TEST_F(ImapLineTest, AMailboxThatCannotBeOpenedInAnyWayProvesNoLie) {
  open("CONDSTORE", {{"EXAMINE", "TAG NO not now\r\n"}});
  EXPECT_FALSE(ask(sync::SelectAsk{"INBOX"}).outcome.ok());
  EXPECT_FALSE(line_->abilities_shrank());
  EXPECT_TRUE(line_->abilities().condstore);
}

// What the server says there of the mailbox that is open may be as old as what it told here last.
TEST_F(ImapLineTest, TheStatusOfTheMailboxThatIsOpenIsNotBelieved) {
  const std::string list =
      "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 7)\r\n"
      "* LIST () \"/\" Work\r\n* STATUS Work (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 8)\r\nTAG OK\r\n";
  open("LIST-EXTENDED LIST-STATUS", {{"RETURN", list}});
  ASSERT_TRUE(ask(sync::SelectAsk{"Work"}).outcome.ok());
  const auto answer = ask(sync::ListAsk{});
  ASSERT_EQ(answer.mailboxes.size(), 2u);
  EXPECT_TRUE(answer.mailboxes[0].status);
  EXPECT_FALSE(answer.mailboxes[1].status);
}

TEST_F(ImapLineTest, ListDoesWithoutReturnOptions) {
  open("LIST-EXTENDED LIST-STATUS SPECIAL-USE", {{"RETURN", "TAG BAD what\r\n"},
                                                 {"LIST \"\" \"*\"", "* LIST () \"/\" INBOX\r\nTAG OK\r\n"},
                                                 {"LSUB", "TAG OK\r\n"}});
  const auto answer = ask(sync::ListAsk{});
  EXPECT_TRUE(answer.outcome.ok());
  EXPECT_EQ(answer.mailboxes.size(), 1u);
}

TEST_F(ImapLineTest, ChangesThatAreRefusedLeaveNoCondstore) {
  open("ENABLE QRESYNC CONDSTORE", {{"CHANGEDSINCE", "TAG BAD what\r\n"}});
  EXPECT_TRUE(line_->abilities().qresync);
  EXPECT_FALSE(ask(sync::ChangesAsk{inbox_, 4}).outcome.ok());
  EXPECT_FALSE(line_->abilities().qresync);
  EXPECT_FALSE(line_->abilities().condstore);
}

TEST_F(ImapLineTest, UidsAreListedWithoutEsearch) {
  open("ESEARCH", {{"RETURN", "TAG BAD what\r\n"}, {"UID SEARCH ALL", "* SEARCH 2\r\nTAG OK\r\n"}});
  EXPECT_THAT(uids_of(ask(sync::ListUidsAsk{inbox_}).uids), ElementsAre(2));
}

TEST_F(ImapLineTest, MetadataComesWithoutAnEmailId) {
  open("OBJECTID",
       {{"EMAILID", "TAG BAD what\r\n"},
        {"RFC822.SIZE",
         "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"01-Jan-2001 00:00:00 +0000\" RFC822.SIZE 5)\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::MetadataAsk{inbox_, {UpstreamUid{1}}, sync::Depth::sizes}).messages.size(), 1u);
}

TEST_F(ImapLineTest, StatusAndSelectGiveTheSameMailboxId) {
  open("OBJECTID", {{"STATUS", "* STATUS a (UIDNEXT 4 MAILBOXID (F-1_x))\r\nTAG OK\r\n"},
                    {"EXAMINE", "* OK [MAILBOXID (F-1_x)] id\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::StatusAsk{"a"}).figures.mailbox_id, "F-1_x");
  EXPECT_EQ(ask(sync::SelectAsk{"a"}).mailbox_id, "F-1_x");
}

TEST_F(ImapLineTest, MailboxIdsOfStatusThatAreNoneAreAskedForOnce) {
  open("OBJECTID LIST-EXTENDED LIST-STATUS",
       {{"RETURN",
         "* LIST () \"/\" a\r\n* STATUS a (UIDNEXT 4 MAILBOXID (F1))\r\n"
         "* LIST () \"/\" b\r\n* STATUS b (UIDNEXT 5 MAILBOXID (V\xb1%))\r\nTAG OK\r\n"},
        {"LSUB", "TAG OK\r\n"}});
  for (int twice = 0; twice < 2; ++twice)
    for (const sync::ListedMailbox& mailbox : ask(sync::ListAsk{}).mailboxes) {
      EXPECT_TRUE(mailbox.status && mailbox.status->uid_next >= 4);
      EXPECT_EQ(mailbox.status->mailbox_id, "");
    }
  EXPECT_EQ(script_->count("MAILBOXID"), 1);
}

TEST_F(ImapLineTest, MailboxIdsThatBreakTheLineAreNotAskedForOnTheNextOne) {
  open("OBJECTID", {{"STATUS", "* STATUS a (UIDNEXT 4 MAILBOXID (V\n%))\r\nTAG OK\r\n"}});
  EXPECT_FALSE(ask(sync::StatusAsk{"a"}).outcome.ok());
  open("OBJECTID", {{"STATUS", "* STATUS a (UIDNEXT 4)\r\nTAG OK\r\n"}});
  EXPECT_EQ(ask(sync::StatusAsk{"a"}).figures.uid_next, 4u);
  EXPECT_EQ(script_->count("MAILBOXID"), 1);
}

TEST_F(ImapLineTest, MoveAndUidExpungeThatAreNotThereAreNoAbilities) {
  open("MOVE UIDPLUS", {});
  EXPECT_EQ(ask(sync::TransferAsk{inbox_, {UpstreamUid{1}}, "other", sync::TransferAsk::Verb::move}).outcome.kind,
            Kind::bad);
  EXPECT_FALSE(line_->abilities().move);
  EXPECT_EQ(ask(sync::UidExpungeAsk{inbox_, {UpstreamUid{1}}}).outcome.kind, Kind::bad);
  EXPECT_FALSE(line_->abilities().uidplus);
}

TEST_F(ImapLineTest, WithoutNamespaceTheDelimiterIsAskedForByList) {
  open("NAMESPACE", {});
  EXPECT_EQ(line_->abilities().delimiter, '.');
  EXPECT_FALSE(line_->abilities().name_space);
}

TEST_F(ImapLineTest, WithoutIdleItIsWatchedByLooking) {
  open("IDLE", {{"NOOP", "* 4 EXISTS\r\nTAG OK\r\n"}});
  EXPECT_TRUE(watch("INBOX"));   // opened
  EXPECT_FALSE(watch("INBOX"));  // IDLE is not understood
  EXPECT_FALSE(line_->abilities().idle);
  EXPECT_TRUE(watch("INBOX"));  // by NOOP
}

// What changed before the mailbox was opened is told by nobody, and opening it again would hide what came between.
TEST_F(ImapLineTest, WhatIsOpenedToBeWatchedIsNewsOnce) {
  open("", {{"NOOP", "* 4 EXISTS\r\nTAG OK\r\n"}});
  EXPECT_TRUE(watch("INBOX"));
  EXPECT_EQ(script_->count("NOOP"), 0);
  EXPECT_TRUE(watch("INBOX"));
  EXPECT_TRUE(watch("INBOX"));
  EXPECT_EQ(script_->count("EXAMINE"), 1);
  EXPECT_EQ(script_->count("NOOP"), 2);
}

TEST_F(ImapLineTest, AWatchThatIsInterruptedWhileItBeginsEnds) {
  open("IDLE", {{"IDLE", "+ idling\r\n"}});
  bool ended = false;
  const auto look = [](ImapLine& line, bool& over) -> awaitable<void> {
    (void)co_await line.watch("INBOX", std::chrono::minutes(24), [] {});
    over = true;
  };
  boost::asio::co_spawn(loop_, look(*line_, ended), boost::asio::detached);
  loop_.poll_one();  // EXAMINE is under way
  line_->interrupt();
  wait_until([&] { return ended; });
  EXPECT_TRUE(ended);
}

TEST_F(ImapLineTest, WhatOneLineLearnedTheNextKnows) {
  open("CONDSTORE MOVE", {{"(CONDSTORE)", "TAG BAD what\r\n"}});
  (void)ask(sync::SelectAsk{"INBOX"});
  open("CONDSTORE MOVE", {});
  EXPECT_FALSE(line_->abilities().condstore);
  EXPECT_TRUE(line_->abilities().move);
}

}  // namespace
}  // namespace satchel::account
