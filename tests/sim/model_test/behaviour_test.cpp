// What a client is told of changes by others, and when; backups; the record of acts.
#include <gtest/gtest.h>

#include "line.hpp"

namespace satchel::sim::model {
namespace {

using Lines = std::vector<std::string>;

struct TwoMessages {
  explicit TwoMessages(const Traits& traits = qresync()) : account(traits) {
    account.append("INBOX", message("one"), {"\\Seen"});
    account.append("INBOX", message("two"), {"\\Seen"});
  }
  Account account;
};

TEST(ModelNews, IdlingClientHearsOfAColleagueAtOnce) {
  TwoMessages world;
  Line line(world.account, condstore());
  line.say("SELECT INBOX");
  line.connection().receive("i IDLE\r\n");
  EXPECT_EQ(line.heard(), Lines{"+ idling"});
  EXPECT_TRUE(line.connection().idling());
  world.account.append("INBOX", message("three"));
  EXPECT_EQ(line.heard(), Lines{});
  line.connection().tell();
  EXPECT_EQ(line.heard(), (Lines{"* 3 EXISTS", "* 3 RECENT"}));
  world.account.set_flag("INBOX", 2, "\\Flagged");
  world.account.expunge("INBOX", {1});
  line.connection().tell();
  EXPECT_EQ(line.heard(), (Lines{"* 2 FETCH (FLAGS (\\Flagged \\Seen \\Recent))", "* 1 EXPUNGE"}));
  line.connection().receive("DONE\r\n");
  EXPECT_EQ(line.heard(), Lines{"i OK No longer idle."});
  EXPECT_FALSE(line.connection().idling());
}

TEST(ModelNews, ClientThatDoesNotIdleIsNotDisturbed) {
  TwoMessages world;
  Line line(world.account, qresync());
  line.say("SELECT INBOX");
  world.account.expunge("INBOX", {1});
  line.connection().tell();
  EXPECT_EQ(line.heard(), Lines{});
  EXPECT_EQ(line.say("NOOP"), (Lines{"* 1 EXPUNGE", "t OK Done."}));
}

TEST(ModelNews, ExpungesWaitWhereNumbersAreInUse) {
  TwoMessages world;
  Line line(world.account, condstore());
  line.say("SELECT INBOX");
  world.account.expunge("INBOX", {1});
  world.account.append("INBOX", message("three"), {"\\Seen"});
  EXPECT_EQ(line.say("FETCH 1 RFC822.SIZE"), (Lines{"* 3 EXISTS", "* 3 RECENT", "t OK [EXPUNGEISSUED] Fetched."}));
  EXPECT_EQ(line.say("FETCH 1 (UID BODY.PEEK[])"),
            (Lines{"* 1 FETCH (UID 1 BODY[] NIL)", "t OK [EXPUNGEISSUED] Fetched."}));
  EXPECT_EQ(line.say("STORE 1 FLAGS ()"), (Lines{"t OK [EXPUNGEISSUED] Stored."}));
  EXPECT_EQ(line.say("SEARCH ALL"), (Lines{"* SEARCH 2 3", "t OK Searched."}));
  EXPECT_EQ(line.answer("COPY 1 Trash"), "t NO [EXPUNGEISSUED] Some messages no longer exist.");
  TwoMessages other;
  Line uids(other.account, condstore());
  uids.say("SELECT INBOX");
  other.account.expunge("INBOX", {1});
  EXPECT_EQ(uids.say("UID FETCH 2 UID"), (Lines{"* 2 FETCH (UID 2)", "* 1 EXPUNGE", "t OK Fetched."}));
}

TEST(ModelNews, QresyncTellsUids) {
  TwoMessages world;
  Line line(world.account, qresync());
  line.say("ENABLE QRESYNC");
  line.say("SELECT INBOX");
  world.account.set_flag("INBOX", 2, "\\Flagged");
  EXPECT_EQ(line.say("NOOP"), (Lines{"* 2 FETCH (UID 2 MODSEQ (4) FLAGS (\\Flagged \\Seen \\Recent))", "t OK Done."}));
  world.account.expunge("INBOX", {1, 2});
  EXPECT_EQ(line.say("NOOP"), (Lines{"* VANISHED 1:2", "t OK [HIGHESTMODSEQ 5] Done."}));
}

TEST(ModelNews, NewKeywordIsListedBeforeItIsUsed) {
  TwoMessages world;
  Line line(world.account, plain());
  line.say("SELECT INBOX");
  world.account.set_flag("INBOX", 1, "Later");
  const Lines heard = line.say("NOOP");
  ASSERT_EQ(heard.size(), 4u);
  EXPECT_EQ(heard[0], "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Later)");
  EXPECT_EQ(heard[2], "* 1 FETCH (FLAGS (Later \\Seen \\Recent))");
}

TEST(ModelNews, RecentIsTheFirstReadersAlone) {
  TwoMessages world;
  Line reader(world.account, plain());
  Line writer(world.account, plain());
  Line late(world.account, plain());
  EXPECT_TRUE(has(reader.say("EXAMINE INBOX"), "* 2 RECENT"));
  EXPECT_TRUE(has(writer.say("SELECT INBOX"), "* 2 RECENT"));
  EXPECT_TRUE(has(late.say("SELECT INBOX"), "* 0 RECENT"));
}

TEST(ModelNews, RecentIsClaimedByNewsToo) {
  Account account;
  Line first(account, plain());
  first.say("SELECT INBOX");
  account.append("INBOX", message("one"));
  EXPECT_TRUE(has(first.say("NOOP"), "* 1 RECENT"));
  Line second(account, plain());
  EXPECT_TRUE(has(second.say("SELECT INBOX"), "* 0 RECENT"));
}

TEST(ModelNews, SinceIsAfterAndNotAt) {
  TwoMessages world;  // MODSEQs 2 and 3
  Line line(world.account, qresync());
  line.say("ENABLE QRESYNC");
  line.say("SELECT INBOX");
  EXPECT_EQ(line.say("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 2)"),
            (Lines{"* 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (3))", "t OK Fetched."}));
  EXPECT_EQ(line.answer("STORE 1:2 (UNCHANGEDSINCE 2) +FLAGS.SILENT (\\Draft)"),
            "t OK [MODIFIED 2] Some were changed meanwhile.");
  world.account.expunge("INBOX", {1});  // MODSEQ 5
  line.say("NOOP");
  EXPECT_EQ(line.say("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 4 VANISHED)"),
            (Lines{"* VANISHED (EARLIER) 1", "t OK Fetched."}));
  EXPECT_EQ(line.say("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)"), Lines{"t OK Fetched."});
}

TEST(ModelNews, StoreOfWhatAnotherStoredAlready) {
  TwoMessages world;
  Line line(world.account, condstore());
  line.say("SELECT INBOX");
  world.account.change_flags("INBOX", {1}, {"\\Draft"}, {"\\Seen"});
  EXPECT_EQ(line.say("STORE 1 FLAGS (\\Draft)"), (Lines{"* 1 FETCH (FLAGS (\\Draft \\Recent))", "t OK Stored."}));
  world.account.change_flags("INBOX", {2}, {"\\Draft"}, {"\\Seen"});
  EXPECT_EQ(line.say("STORE 2 +FLAGS.SILENT (\\Draft)"),
            (Lines{"* 2 FETCH (FLAGS (\\Draft \\Recent))", "t OK Stored."}));
  world.account.clear_flag("INBOX", 2, "\\Draft");
  EXPECT_EQ(line.say("STORE 2 -FLAGS.SILENT (\\Draft)"), Lines{"t OK Stored."});
}

TEST(ModelNews, OwnExpungeLeavesWhatWasNotSeen) {
  TwoMessages world;
  Line line(world.account, plain());
  line.say("SELECT INBOX");
  world.account.append("INBOX", message("three"), {"\\Deleted"});
  line.say("STORE 1 +FLAGS.SILENT (\\Deleted)");
  world.account.append("INBOX", message("four"), {"\\Deleted"});
  EXPECT_EQ(line.say("EXPUNGE"), (Lines{"* 3 EXPUNGE", "* 1 EXPUNGE", "* 2 EXISTS", "* 2 RECENT", "t OK Expunged."}));
  EXPECT_EQ(world.account.find("INBOX")->messages.size(), 2u);
}

TEST(ModelNews, ReadOnlyChangesNothing) {
  TwoMessages world;
  Line line(world.account, qresync());
  world.account.append("INBOX", message("three"), {"\\Deleted"});
  const std::size_t acts = world.account.acts().size();
  line.say("EXAMINE INBOX");
  for (const char* const command : {"STORE 1 FLAGS ()", "EXPUNGE", "UID EXPUNGE 3", "MOVE 1 Trash"})
    EXPECT_EQ(line.answer(command), "t NO [NOPERM] The mailbox is read-only.");
  line.say("FETCH 3 BODY[]");
  EXPECT_EQ(line.answer("CLOSE"), "t OK Closed.");
  EXPECT_EQ(world.account.acts().size(), acts);
}

TEST(ModelNews, CloseExpunges) {
  TwoMessages world;
  Line line(world.account, qresync());
  line.say("SELECT INBOX");
  line.say("STORE 1 +FLAGS (\\Deleted)");
  EXPECT_EQ(line.say("CLOSE"), Lines{"t OK Closed."});
  EXPECT_EQ(world.account.find("INBOX")->messages.size(), 1u);
}

TEST(ModelNews, MailboxThatIsNoLongerEndsTheLine) {
  for (const bool removed : {true, false}) {
    TwoMessages world;
    world.account.create("A");
    Line line(world.account, qresync());
    line.say("SELECT A");
    if (removed)
      world.account.remove("A");
    else
      world.account.new_uid_validity("A");
    EXPECT_EQ(line.say("NOOP"), Lines{"* BYE The selected mailbox was deleted, or made again."});
    EXPECT_TRUE(line.connection().closed());
    EXPECT_EQ(line.say("NOOP"), Lines{});
  }
}

TEST(ModelNews, RenamedMailboxStaysSelected) {
  TwoMessages world;
  world.account.create("A");
  Line line(world.account, qresync());
  line.say("SELECT A");
  world.account.rename("A", "B");
  world.account.append("B", message("x"));
  EXPECT_EQ(line.say("NOOP"), (Lines{"* 1 EXISTS", "* 1 RECENT", "t OK Done."}));
}

TEST(ModelAccount, NewUidValidity) {
  TwoMessages world;
  world.account.expunge("INBOX", {1});
  const std::uint32_t before = world.account.find("INBOX")->uid_validity;
  world.account.new_uid_validity("INBOX");
  const Mailbox& inbox = *world.account.find("INBOX");
  EXPECT_GT(inbox.uid_validity, before);
  EXPECT_EQ(inbox.messages.front().uid, 1u);
  EXPECT_EQ(inbox.uid_next, 2u);
}

TEST(ModelAccount, BackupTakesUidsAndModSeqsBack) {
  TwoMessages world;
  Line line(world.account, qresync());
  line.say("SELECT INBOX");
  const Account backup = world.account;
  const std::uint64_t first_id = world.account.find("INBOX")->messages.front().message_id;
  EXPECT_EQ(world.account.append("INBOX", message("lost")), Uid{3});
  world.account.set_flag("INBOX", 1, "\\Flagged");
  world.account.create("Lost");
  const std::size_t acts = world.account.acts().size();
  world.account.restore_backup(backup);
  EXPECT_EQ(line.say("NOOP"), Lines{"* BYE [UNAVAILABLE] The server was restored from a backup."});
  EXPECT_EQ(world.account.acts().size(), acts + 1);
  EXPECT_EQ(world.account.acts().back().kind, Act::Kind::restore_backup);
  EXPECT_EQ(world.account.find("Lost"), nullptr);
  const Mailbox& inbox = *world.account.find("INBOX");
  EXPECT_EQ(inbox.highest_modseq, backup.find("INBOX")->highest_modseq);
  EXPECT_EQ(inbox.messages.front().message_id, first_id);
  EXPECT_EQ(world.account.append("INBOX", message("other")), Uid{3});  // again
  Line again(world.account, qresync());
  EXPECT_TRUE(has(again.say("SELECT INBOX"), "* 3 EXISTS"));
}

TEST(ModelAccount, IdlingClientHearsOfARestoredBackup) {
  TwoMessages world;
  Line line(world.account, qresync());
  line.connection().receive("i IDLE\r\n");
  line.heard();
  world.account.restore_backup(Account(world.account));
  line.connection().tell();
  EXPECT_EQ(line.heard(), Lines{"* BYE [UNAVAILABLE] The server was restored from a backup."});
}

TEST(ModelAccount, ActsTellWhoDidWhat) {
  Account account;
  Line line(account, qresync());
  account.append("INBOX", "a");
  line.say("APPEND INBOX (\\Seen) {1+}\r\nb");
  line.say("SELECT INBOX");
  line.say("UID STORE 1:2 +FLAGS (\\Seen)");
  line.say("UID COPY 2 Archive");
  line.say("UID MOVE 1 Trash");
  line.say("SUBSCRIBE INBOX");  // is already
  line.say("UNSUBSCRIBE INBOX");
  using Kind = Act::Kind;
  const Who who = line.connection().number();
  const Act expected[] = {{colleague, Kind::append, "INBOX", 1, hash_of("a"), "", 0, 1},
                          {who, Kind::append, "INBOX", 2, hash_of("b"), "", 0, 2},
                          {who, Kind::set_flag, "INBOX", 1, hash_of("a"), "\\Seen", 0, 3},
                          {who, Kind::copy, "INBOX", 2, hash_of("b"), "Archive", 1, 4},
                          {who, Kind::move, "INBOX", 1, hash_of("a"), "Trash", 1, 5},
                          {who, Kind::unsubscribe, "INBOX", 0, 0, "", 0, 6}};
  ASSERT_EQ(account.acts().size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    const Act& act = account.acts()[i];
    const Act& wanted = expected[i];
    EXPECT_TRUE(act.who == wanted.who && act.kind == wanted.kind && act.mailbox == wanted.mailbox &&
                act.uid == wanted.uid && act.content == wanted.content && act.to == wanted.to &&
                act.to_uid == wanted.to_uid && act.moment == wanted.moment)
        << i << ' ' << act.mailbox << ' ' << act.uid << ' ' << act.to << ' ' << act.moment;
  }
}

TEST(ModelAccount, SameSeedSameBytes) {
  Traits traits = throttling();
  traits.reorders = true;
  const auto play = [&traits](std::uint64_t seed) {
    TwoMessages world(traits);
    Line line(world.account, traits, seed);
    std::string all;
    for (int i = 0; i < 30; ++i)
      for (const std::string& heard : line.say(i % 3 == 0 ? "SELECT INBOX" : "UID FETCH 1:* FLAGS"))
        all += heard + "\n";
    return all;
  };
  EXPECT_EQ(play(5), play(5));
  EXPECT_NE(play(5), play(6));
}

}  // namespace
}  // namespace satchel::sim::model
