// What is special about each server, and the lies.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "line.hpp"

namespace satchel::sim::model {
namespace {

using Lines = std::vector<std::string>;

TEST(ModelPersonality, PlainKnowsRfc3501Alone) {
  Account account(plain());
  account.append("INBOX", message("x"));
  Line line(account, plain());
  EXPECT_EQ(line.answer("SELECT INBOX"), "t OK [READ-WRITE] Selected.");
  for (const char* const command :
       {"IDLE", "ENABLE CONDSTORE", "NAMESPACE", "ID NIL", "UNSELECT", "UID MOVE 1 Trash", "UID EXPUNGE 1",
        "FETCH 1 MODSEQ", "SELECT INBOX (CONDSTORE)", "LIST \"\" * RETURN (CHILDREN)", "SEARCH RETURN (ALL) ALL",
        "STATUS INBOX (HIGHESTMODSEQ)", "FETCH 1 EMAILID", "CREATE A (USE (\\Junk))"})
    EXPECT_TRUE(line.answer(command).starts_with("t BAD")) << command;
  EXPECT_EQ(line.answer("COPY 1 Trash"), "t OK Done.");
  EXPECT_EQ(line.answer("STATUS no (MESSAGES)"), "t NO No such mailbox.");
  EXPECT_EQ(line.answer("COPY 1 no"), "t NO [TRYCREATE] No such mailbox.");
  EXPECT_EQ(line.say("LIST \"\" Sent"), (Lines{"* LIST () \"/\" Sent", "t OK Listed."}));
  const Lines selected = line.say("SELECT INBOX");
  EXPECT_FALSE(has(selected, "* OK [HIGHESTMODSEQ"));
  EXPECT_FALSE(has(selected, "* OK [CLOSED"));
  EXPECT_EQ(line.say("STORE 1 FLAGS (\\Seen)").size(), 2u);
  EXPECT_EQ(line.say("STORE 1 FLAGS (\\Seen)").size(), 2u);  // told again though nothing changed
  line.say("APPEND INBOX {1+}");
  EXPECT_TRUE(line.connection().closed());
}

TEST(ModelPersonality, CondstoreHasNoQresync) {
  Account account(condstore());
  account.append("INBOX", message("x"));
  Line line(account, condstore());
  EXPECT_EQ(line.say("ENABLE QRESYNC"), (Lines{"* ENABLED", "t OK Enabled."}));
  EXPECT_TRUE(line.answer("SELECT INBOX (CONDSTORE)").starts_with("t OK"));
  EXPECT_TRUE(line.answer("UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)").starts_with("t BAD"));
  EXPECT_EQ(line.say("UID FETCH 1 FLAGS (CHANGEDSINCE 1)").front(), "* 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))");
}

std::set<std::string> mailboxes_with(const Account& account, std::uint64_t content) {
  std::set<std::string> names;
  for (const auto& [name, mailbox] : account.mailboxes())
    for (const Message& one : mailbox.messages)
      if (one.content == content) names.insert(name);
  return names;
}

TEST(ModelPersonality, GmailLabels) {
  Account account(gmail_like());
  Line line(account, gmail_like());
  const std::string bytes = message("x");
  const std::uint64_t content = hash_of(bytes);
  EXPECT_EQ(account.append("INBOX", bytes), Uid{1});
  EXPECT_EQ(account.append("INBOX", bytes), Uid{1});  // makes nothing
  account.create("Work");
  account.append("Work", bytes);
  EXPECT_EQ(mailboxes_with(account, content), (std::set<std::string>{"INBOX", "Work", "[Gmail]/All Mail"}));
  line.say("SELECT INBOX");
  EXPECT_TRUE(has(line.say("FETCH 1 (X-GM-MSGID X-GM-LABELS)"),
                  "* 1 FETCH (X-GM-MSGID 1300000000000000007 X-GM-LABELS (\"Work\"))"));
  EXPECT_EQ(line.answer("UID COPY 1 Work"), "t OK [COPYUID 1600000007 1 1] Done.");
  EXPECT_EQ(account.find("Work")->messages.size(), 1u);
  // \Seen is the message's, \Deleted the label's.
  line.say("UID STORE 1 +FLAGS (\\Seen \\Deleted)");
  EXPECT_EQ(account.find("Work")->messages.front().flags, Flags{"\\Seen"});
  line.say("EXPUNGE");
  EXPECT_EQ(mailboxes_with(account, content), (std::set<std::string>{"Work", "[Gmail]/All Mail"}));
  // Trash takes it from everywhere; out of it, it is back.
  account.move("Work", {1}, "[Gmail]/Trash");
  EXPECT_EQ(mailboxes_with(account, content), (std::set<std::string>{"[Gmail]/Trash"}));
  account.move("[Gmail]/Trash", {1}, "INBOX");
  EXPECT_EQ(mailboxes_with(account, content), (std::set<std::string>{"INBOX", "[Gmail]/All Mail"}));
  const Mailbox& all = *account.find("[Gmail]/All Mail");
  account.expunge(all.name, {all.messages.front().uid});
  EXPECT_EQ(mailboxes_with(account, content), (std::set<std::string>{"[Gmail]/Trash"}));
  account.expunge("[Gmail]/Trash", {account.find("[Gmail]/Trash")->messages.front().uid});
  EXPECT_TRUE(mailboxes_with(account, content).empty());
  EXPECT_TRUE(line.answer("DELETE [Gmail]/Trash").starts_with("t NO"));
  EXPECT_TRUE(line.answer("APPEND INBOX {40000000}").starts_with("t NO [TOOBIG]"));
}

TEST(ModelPersonality, ExchangeAltersAndKeepsNoKeywords) {
  Account account(exchange_like());
  Line line(account, exchange_like());
  line.say("APPEND INBOX (work \\Flagged) " + literal(message("x")));
  const Message& kept = account.find("INBOX")->messages.front();
  EXPECT_NE(*kept.bytes, message("x"));
  EXPECT_TRUE(kept.bytes->ends_with(message("x")));
  EXPECT_EQ(kept.flags, Flags{"\\Flagged"});
  EXPECT_TRUE(has(line.say("SELECT INBOX"), "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)]"));
  EXPECT_EQ(line.say("STORE 1 +FLAGS (work)"), (Lines{"* 1 FETCH (FLAGS (\\Flagged \\Recent))", "t OK Stored."}));
  EXPECT_TRUE(line.answer("CREATE a/b/c").starts_with("t OK"));
  EXPECT_NE(account.find("a/b"), nullptr);
  Traits refusing = exchange_like();
  refusing.keywords = Keywords::refused;
  Account other(refusing);
  other.append("INBOX", message("x"));
  Line strict(other, refusing);
  strict.say("SELECT INBOX");
  EXPECT_TRUE(strict.answer("STORE 1 +FLAGS (work)").starts_with("t NO"));
  EXPECT_TRUE(strict.answer("STORE 1 -FLAGS (work)").starts_with("t OK"));
}

TEST(ModelPersonality, ThrottlingRefusesAndEnds) {
  int refused = 0, lost_after_acting = 0, lost_before = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Account account(throttling());
    Connection connection(account, throttling(), seed);
    std::string heard;
    std::size_t answered = 0, sent = 0;
    while (heard.find("a OK") == std::string::npos && !connection.closed()) {
      connection.receive("a LOGIN user secret\r\n");
      heard = connection.take_output();
    }
    for (; sent < 100 && !connection.closed(); ++sent) {
      connection.receive("a APPEND INBOX {1+}\r\nx\r\n");
      heard = connection.take_output();
      if (heard.find("a OK") != std::string::npos) ++answered;
      if (heard.find("a NO [UNAVAILABLE]") != std::string::npos || heard.find("a NO [LIMIT]") != std::string::npos ||
          heard.find("a NO [INUSE]") != std::string::npos)
        ++refused;
    }
    EXPECT_TRUE(connection.closed());
    const std::size_t made = account.find("INBOX")->messages.size();
    (made > answered ? lost_after_acting : lost_before)++;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(lost_after_acting, 0);
  EXPECT_GT(lost_before, 0);
}

// Everything a client does, until a lie was told.
Lines hear_lie(const Traits& traits, Account& account) {
  account.append("INBOX", message("one"));
  account.append("INBOX", message("two"));
  account.append("Archive", message("three"));
  Line line(account, traits, 3);
  line.say("ENABLE QRESYNC");
  for (int i = 0; i < 200; ++i) {
    for (const char* const command :
         {"SELECT INBOX", "LIST \"\" *", "STATUS Archive (UIDNEXT HIGHESTMODSEQ)", "NOOP"}) {
      const Lines heard = line.say(command);
      if (!account.lies().empty()) return heard;
    }
  }
  return {};
}

TEST(ModelLies, EachIsToldAndCounted) {
  for (const Lie lie : {Lie::vanishes_what_exists, Lie::modseq_goes_back, Lie::empty_list, Lie::uid_validity_flaps,
                        Lie::uid_next_early, Lie::expunge_for_another}) {
    const Traits traits = liar(lie);
    EXPECT_EQ(traits.name, name_of(lie));
    Account account(traits);
    const Lines heard = hear_lie(traits, account);
    ASSERT_FALSE(account.lies().empty()) << name_of(lie);
    EXPECT_EQ(account.lies().front().lie, lie);
    const bool wrong_uid_next = !has(heard, "* OK [UIDNEXT 3]") && !has(heard, "* STATUS Archive (UIDNEXT 2 ");
    const bool wrong_modseq =
        !has(heard, "* OK [HIGHESTMODSEQ 3]") && !has(heard, "* STATUS Archive (UIDNEXT 2 HIGHESTMODSEQ 2)");
    switch (lie) {
      case Lie::none:
        break;
      case Lie::vanishes_what_exists:
      case Lie::expunge_for_another:
        EXPECT_TRUE(has(heard, "* VANISHED "));
        break;
      case Lie::modseq_goes_back:
        EXPECT_TRUE(wrong_modseq);
        break;
      case Lie::empty_list:
        EXPECT_EQ(heard, Lines{"t OK Listed."});
        break;
      case Lie::uid_validity_flaps:
        EXPECT_FALSE(has(heard, "* OK [UIDVALIDITY 1600000001]"));
        break;
      case Lie::uid_next_early:
        EXPECT_TRUE(wrong_uid_next);
        break;
    }
  }
}

TEST(ModelLies, HonestServerTellsNone) {
  Account account;
  hear_lie(qresync(), account);
  EXPECT_TRUE(account.lies().empty());
}

TEST(ModelPersonality, ReordersOnlyWhatMayMove) {
  Traits traits = condstore();
  traits.reorders = true;
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Account account(traits);
    for (int i = 0; i < 4; ++i) account.append("INBOX", message("x"));
    Line line(account, traits, seed);
    line.say("SELECT INBOX");
    account.expunge("INBOX", {1, 3});
    const Lines heard = line.say("UID FETCH 1:* RFC822.SIZE");
    // Numbers of before in front, the expunges behind them, in either order.
    const Lines expunges(heard.end() - 3, heard.end() - 1);
    EXPECT_TRUE(expunges == (Lines{"* 3 EXPUNGE", "* 1 EXPUNGE"}) || expunges == (Lines{"* 1 EXPUNGE", "* 2 EXPUNGE"}));
    Lines fetched(heard.begin(), heard.end() - 3);
    orders.insert(fetched.front() + expunges.front());
    std::sort(fetched.begin(), fetched.end());
    EXPECT_EQ(fetched, (Lines{"* 2 FETCH (UID 2 RFC822.SIZE 41)", "* 4 FETCH (UID 4 RFC822.SIZE 41)"}));
  }
  EXPECT_EQ(orders.size(), 4u);
}

}  // namespace
}  // namespace satchel::sim::model
