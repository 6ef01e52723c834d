// Commands and their answers, as tables; and each dialogue again with its input cut at every byte.
#include <gtest/gtest.h>

#include "line.hpp"

namespace satchel::sim::model {
namespace {

struct Dialogue {
  const char* name;
  const char* said;   // after the login, with tags
  const char* heard;  // all of it
};

std::string play(const Traits& traits, std::string_view said, std::size_t cut) {
  Account account(traits);
  account.append("INBOX", message("one"), {"\\Seen"});
  account.append("INBOX", message("two"), {"\\Deleted", "work"});
  Connection connection(account, traits, 1);
  std::string heard;
  connection.receive("x LOGIN user secret\r\n");
  connection.take_output();
  if (cut > 0) connection.receive(said.substr(0, cut));
  heard += connection.take_output();
  if (cut < said.size()) connection.receive(said.substr(cut));
  return heard + connection.take_output();
}

void expect_dialogues(const Traits& traits, const std::vector<Dialogue>& dialogues) {
  for (const Dialogue& dialogue : dialogues) {
    const std::string_view said = dialogue.said;
    EXPECT_EQ(play(traits, said, said.size()), dialogue.heard) << dialogue.name;
    for (std::size_t cut = 0; cut <= said.size(); ++cut)
      ASSERT_EQ(play(traits, said, cut), play(traits, said, said.size())) << dialogue.name << " cut at " << cut;
  }
}

const char* const selected =
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work)\r\n"
    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft work \\*)] Flags kept.\r\n"
    "* 2 EXISTS\r\n* 2 RECENT\r\n* OK [UNSEEN 2] First unseen.\r\n* OK [UIDVALIDITY 1600000001] UIDs valid.\r\n"
    "* OK [UIDNEXT 3] Predicted.\r\n* OK [HIGHESTMODSEQ 3] Highest.\r\n* OK [MAILBOXID (F1)] Its name for good.\r\n"
    "a OK [READ-WRITE] Selected.\r\n";

std::string after_select(const char* heard) {
  return std::string(selected) + heard;
}

TEST(ModelDialogues, Session) {
  expect_dialogues(
      qresync(),
      {{"noop", "a NOOP\r\n", "a OK Done.\r\n"},
       {"unknown", "a NOPE\r\n", "a BAD No such command.\r\n"},
       {"no tag", "\r\n", "* BAD No such command.\r\n"},
       {"id", "a ID (\"name\" \"x\" \"os\" NIL)\r\nb ID NIL\r\n",
        "* ID (\"name\" \"model\")\r\na OK Pleased.\r\n* ID (\"name\" \"model\")\r\nb OK Pleased.\r\n"},
       {"enable", "a ENABLE QRESYNC X-NOPE\r\nb ENABLE QRESYNC\r\n",
        "* ENABLED QRESYNC\r\na OK Enabled.\r\n* ENABLED\r\nb OK Enabled.\r\n"},
       {"namespace", "a NAMESPACE\r\n", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\na OK These.\r\n"},
       {"twice logged in", "a LOGIN user secret\r\n", "a BAD Not now.\r\n"},
       {"nothing selected", "a FETCH 1 FLAGS\r\nb UID NOOP\r\n", "a BAD Not now.\r\nb BAD No such command.\r\n"},
       {"logout", "a LOGOUT\r\nb NOOP\r\n", "* BYE Until next time.\r\na OK Logged out.\r\n"},
       {"idle", "a IDLE\r\nDONE\r\n", "+ idling\r\na OK No longer idle.\r\n"},
       {"idle ended wrongly", "a IDLE\r\nb NOOP\r\n", "+ idling\r\na BAD Expected DONE.\r\n"}});
}

TEST(ModelDialogues, Mailboxes) {
  expect_dialogues(
      qresync(),
      {{"create", "a CREATE b/c\r\nb CREATE b/c\r\nc CREATE inbox\r\nd CREATE a//b\r\ne CREATE d/\r\n",
        "a OK [MAILBOXID (F9)] Created.\r\nb NO [ALREADYEXISTS] The mailbox exists already.\r\n"
        "c NO [ALREADYEXISTS] The mailbox exists already.\r\nd NO [CANNOT] That cannot be.\r\n"
        "e OK [MAILBOXID (F10)] Created.\r\n"},
       {"create for a use",
        "a DELETE Sent\r\nb CREATE S (USE (\\sent))\r\nc CREATE T (USE (\\Trash))\r\nd LIST \"\" S\r\n",
        "a OK Deleted.\r\nb OK [MAILBOXID (F9)] Created.\r\nc NO [USEATTR] Another mailbox is used for that.\r\n"
        "* LIST (\\HasNoChildren \\Sent) \"/\" S\r\nd OK Listed.\r\n"},
       {"delete", "a DELETE Junk\r\nb DELETE Junk\r\nc DELETE INBOX\r\n",
        "a OK Deleted.\r\nb NO [NONEXISTENT] No such mailbox.\r\nc NO [CANNOT] That cannot be.\r\n"},
       {"delete the selected one", "a SELECT Junk\r\nb DELETE Junk\r\nc NOOP\r\n",
        "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
        "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags kept.\r\n"
        "* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1600000004] UIDs valid.\r\n* OK [UIDNEXT 1] Predicted.\r\n"
        "* OK [HIGHESTMODSEQ 1] Highest.\r\n* OK [MAILBOXID (F4)] Its name for good.\r\na OK [READ-WRITE] Selected.\r\n"
        "b OK Deleted.\r\n* BYE The selected mailbox was deleted, or made again.\r\n"},
       {"rename",
        "a RENAME Junk Spam/old\r\nb RENAME Spam X\r\nc LIST \"\" X*\r\nd RENAME X X/y\r\ne RENAME no X/y\r\n",
        "a OK Renamed.\r\nb OK Renamed.\r\n* LIST (\\Noselect \\HasChildren) \"/\" X\r\n"
        "* LIST (\\HasNoChildren \\Junk) \"/\" X/old\r\nc OK Listed.\r\nd NO [CANNOT] That cannot be.\r\n"
        "e NO [NONEXISTENT] No such mailbox.\r\n"},
       {"rename INBOX",
        "a RENAME INBOX Old\r\nb STATUS Old (MESSAGES UIDNEXT)\r\nc STATUS INBOX (MESSAGES UIDNEXT)\r\n",
        "a OK Renamed.\r\n* STATUS Old (MESSAGES 2 UIDNEXT 3)\r\nb OK Told.\r\n* STATUS INBOX (MESSAGES 0 UIDNEXT "
        "3)\r\n"
        "c OK Told.\r\n"},
       {"subscribe",
        "a UNSUBSCRIBE Junk\r\nb CREATE A/B\r\nc SUBSCRIBE A/B\r\nd LSUB \"\" %\r\ne LIST (SUBSCRIBED) \"\" A*\r\n"
        "f SUBSCRIBE no\r\n",
        "a OK No longer subscribed.\r\nb OK [MAILBOXID (F9)] Created.\r\nc OK Subscribed.\r\n* LSUB (\\Noselect) \"/\" "
        "A\r\n"
        "* LSUB () \"/\" Archive\r\n* LSUB () \"/\" Drafts\r\n* LSUB () \"/\" INBOX\r\n* LSUB () \"/\" Sent\r\n"
        "* LSUB () \"/\" Trash\r\nd OK Told.\r\n* LIST (\\Subscribed) \"/\" A/B\r\n* LIST (\\Subscribed) \"/\" "
        "Archive\r\n"
        "e OK Listed.\r\nf NO [NONEXISTENT] No such mailbox.\r\n"},
       {"delimiter", "a LIST \"\" \"\"\r\n", "* LIST (\\Noselect) \"/\" \"\"\r\na OK Told.\r\n"},
       {"list with status", "a LIST \"\" (INBOX J%) RETURN (SPECIAL-USE STATUS (MESSAGES HIGHESTMODSEQ MAILBOXID))\r\n",
        "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 2 HIGHESTMODSEQ 3 MAILBOXID (F1))\r\n"
        "* LIST (\\Junk) \"/\" Junk\r\n* STATUS Junk (MESSAGES 0 HIGHESTMODSEQ 1 MAILBOXID (F4))\r\na OK Listed.\r\n"},
       {"list of special use", "a LIST (SPECIAL-USE) \"\" *e*\r\n",
        "* LIST (\\Archive) \"/\" Archive\r\n* LIST (\\Sent) \"/\" Sent\r\na OK Listed.\r\n"},
       {"status", "a STATUS INBOX (UIDVALIDITY UNSEEN RECENT)\r\nb STATUS no (UNSEEN)\r\nc STATUS INBOX ()\r\n",
        "* STATUS INBOX (UIDVALIDITY 1600000001 UNSEEN 1 RECENT 2)\r\na OK Told.\r\nb NO [NONEXISTENT] No such "
        "mailbox.\r\n"
        "c BAD STATUS mailbox (item ...)\r\n"}});
}

TEST(ModelDialogues, Messages) {
  const std::string fetched = after_select(
      "* OK [HIGHESTMODSEQ 3] Highest.\r\n* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) INTERNALDATE \"14-Nov-2023 22:13:20 "
      "+0000\" RFC822.SIZE 43 MODSEQ (2) "
      "EMAILID (M7))\r\n* 2 FETCH (UID 2 FLAGS (work \\Deleted \\Recent) INTERNALDATE \"14-Nov-2023 22:13:20 +0000\" "
      "RFC822.SIZE 43 MODSEQ (3) EMAILID (M8))\r\nb OK Fetched.\r\n");
  const std::string body = after_select(
      "* 1 FETCH (BODY[] {43}\r\nFrom: a@example.org\r\nSubject: one\r\n\r\nbody\r\n)\r\nb OK Fetched.\r\n"
      "* 1 FETCH (UID 1 BODY[HEADER] {37}\r\nFrom: a@example.org\r\nSubject: one\r\n\r\n BODY[TEXT] "
      "{6}\r\nbody\r\n)\r\n"
      "c OK Fetched.\r\n* 2 FETCH (BODY[]<6> {3}\r\na@e)\r\nd OK Fetched.\r\n"
      "* 2 FETCH (BODY[HEADER.FIELDS (subject no)] {16}\r\nSubject: two\r\n\r\n)\r\ne OK Fetched.\r\n"
      "* 2 FETCH (BODY[] {43}\r\nFrom: a@example.org\r\nSubject: two\r\n\r\nbody\r\n FLAGS (work \\Deleted \\Seen "
      "\\Recent))\r\n"
      "f OK Fetched.\r\n");
  const std::string searched = after_select(
      "* SEARCH 1 2\r\nb OK Searched.\r\n* ESEARCH (TAG \"c\") UID ALL 1:2\r\nc OK Searched.\r\n* SEARCH 2\r\n"
      "d OK Searched.\r\n* SEARCH 1\r\ne OK Searched.\r\n* ESEARCH (TAG \"f\") COUNT 0\r\nf OK Searched.\r\n"
      "g BAD SEARCH key ...\r\nh NO [BADCHARSET (US-ASCII UTF-8)] No such charset.\r\n");
  const std::string stored = after_select(
      "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Recent))\r\nb OK Stored.\r\nc OK Stored.\r\n"
      "* OK [HIGHESTMODSEQ 5] Highest.\r\nd OK [MODIFIED 1:2] Some were changed meanwhile.\r\n"
      "* 2 FETCH (MODSEQ (6) FLAGS (\\Recent))\r\ne OK Stored.\r\nf BAD STORE set FLAGS (flag ...)\r\n"
      "* 1 FETCH (MODSEQ (7))\r\ng OK Stored.\r\n");
  const std::string moved = after_select(
      "b OK [COPYUID 1600000004 1:2 1:2] Done.\r\n* OK [COPYUID 1600000006 2 1] Moved.\r\n* 2 EXPUNGE\r\nc OK Done.\r\n"
      "d NO [TRYCREATE] No such mailbox.\r\ne OK No messages.\r\nf BAD COPY or MOVE set mailbox\r\n");
  const std::string expunged = after_select(
      "b OK Expunged.\r\n* OK [HIGHESTMODSEQ 3] Highest.\r\n* ENABLED QRESYNC\r\nc OK Enabled.\r\n* VANISHED 2\r\n"
      "d OK [HIGHESTMODSEQ 4] Expunged.\r\n* VANISHED (EARLIER) 2\r\ne OK Fetched.\r\n");
  expect_dialogues(
      qresync(),
      {{"fetch", "a SELECT INBOX\r\nb UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE MODSEQ EMAILID)\r\n",
        fetched.c_str()},
       {"fetch bytes",
        "a SELECT INBOX\r\nb FETCH 1 BODY.PEEK[]\r\nc UID FETCH 1 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])\r\n"
        "d FETCH 2 BODY.PEEK[]<6.3>\r\ne FETCH 2 (BODY.PEEK[HEADER.FIELDS (subject no)])\r\nf FETCH 2 BODY[]\r\n",
        body.c_str()},
       {"search",
        "a SELECT INBOX\r\nb UID SEARCH ALL\r\nc UID SEARCH RETURN (ALL) ALL\r\nd SEARCH KEYWORD work UNSEEN\r\n"
        "e SEARCH NOT OR DELETED SUBJECT two\r\nf SEARCH RETURN (COUNT) SINCE 15-Nov-2023\r\ng SEARCH NOPE\r\n"
        "h SEARCH CHARSET X ALL\r\n",
        searched.c_str()},
       {"store",
        "a SELECT INBOX\r\nb UID STORE 1 +FLAGS (\\flagged)\r\nc UID STORE 2 -FLAGS.SILENT (WORK)\r\n"
        "d STORE 1:2 (UNCHANGEDSINCE 3) FLAGS (\\Draft)\r\ne STORE 2 FLAGS ()\r\nf STORE 1 FLAGS (\\Nope)\r\n"
        "g STORE 1 +FLAGS.SILENT \\Draft\r\n",
        stored.c_str()},
       {"copy and move",
        "a SELECT INBOX\r\nb COPY 1:2 Junk\r\nc UID MOVE 2 Trash\r\nd COPY 1 no\r\ne UID COPY 9 Junk\r\nf COPY 9 "
        "Junk\r\n",
        moved.c_str()},
       {"expunge",
        "a SELECT INBOX\r\nb UID EXPUNGE 1\r\nc ENABLE QRESYNC\r\nd EXPUNGE\r\n"
        "e UID FETCH 1:* (FLAGS) (CHANGEDSINCE 3 VANISHED)\r\n",
        expunged.c_str()},
       {"append",
        "a APPEND Junk (\\seen Later) \"01-Feb-2021 10:00:00 +0100\" {5+}\r\nhello\r\nb APPEND Junk {2}\r\nhi\r\n"
        "c APPEND no {3}\r\nd APPEND no {3+}\r\nabc\r\ne APPEND Junk {0+}\r\n\r\nf APPEND Junk (\\Nope) {1+}\r\nx\r\n"
        "g APPEND {4+}\r\nJunk {1+}\r\nx\r\n",
        "a OK [APPENDUID 1600000004 1] Appended.\r\n+ Ready for the literal.\r\nb OK [APPENDUID 1600000004 2] "
        "Appended.\r\n"
        "c NO [TRYCREATE] No such mailbox.\r\nd NO [TRYCREATE] No such mailbox.\r\ne NO No message without bytes.\r\n"
        "f BAD APPEND mailbox (flag ...) date literal\r\ng OK [APPENDUID 1600000004 3] Appended.\r\n"}});
}

TEST(ModelDialogues, SelectWithQresync) {
  Account account;
  for (int i = 0; i < 5; ++i) account.append("INBOX", message("x"));
  Line line(account, qresync());
  EXPECT_EQ(line.answer("SELECT INBOX (QRESYNC (1600000001 6))"), "t BAD SELECT mailbox");
  line.say("ENABLE QRESYNC");
  account.expunge("INBOX", {2, 3, 5});
  account.set_flag("INBOX", 4, "\\Seen");
  auto heard = line.say("SELECT INBOX (QRESYNC (1600000001 6 1:4 (1 1)))");
  EXPECT_TRUE(has(heard, "* VANISHED (EARLIER) 2:3"));
  EXPECT_TRUE(has(heard, "* 2 FETCH (UID 4 MODSEQ (8) FLAGS (\\Seen \\Recent))"));
  EXPECT_FALSE(has(heard, "* 1 FETCH"));
  heard = line.say("SELECT INBOX (QRESYNC (99 6))");
  EXPECT_TRUE(has(heard, "* OK [CLOSED]"));
  EXPECT_FALSE(has(heard, "* VANISHED"));
}

TEST(ModelDialogues, MailboxWithoutModSeqs) {
  Account account;
  account.append("INBOX", message("x"));
  account.set_no_modseq("INBOX");
  Line line(account, qresync());
  EXPECT_TRUE(has(line.say("SELECT INBOX"), "* OK [NOMODSEQ]"));
  EXPECT_TRUE(has(line.say("STATUS INBOX (HIGHESTMODSEQ)"), "* STATUS INBOX (HIGHESTMODSEQ 0)"));
  EXPECT_EQ(line.answer("FETCH 1 MODSEQ"), "t BAD No MODSEQs here.");
  EXPECT_EQ(line.answer("FETCH 1 FLAGS (CHANGEDSINCE 1)"), "t BAD No MODSEQs here.");
  EXPECT_EQ(line.answer("STORE 1 (UNCHANGEDSINCE 1) FLAGS ()"), "t BAD No MODSEQs here.");
}

TEST(ModelDialogues, Dates) {
  Account account;
  Line line(account, qresync());
  line.say("APPEND INBOX \" 1-Mar-2020 00:30:00 +0100\" " + literal(message("x")));
  EXPECT_EQ(account.find("INBOX")->messages.front().internal_date, 1'583'019'000);  // 29 February 23:30 UTC
  line.say("SELECT INBOX");
  EXPECT_TRUE(has(line.say("FETCH 1 INTERNALDATE"), "* 1 FETCH (INTERNALDATE \"01-Mar-2020 00:30:00 +0100\")"));
  const std::pair<const char*, bool> keys[] = {{"SINCE 1-Mar-2020", true},   {"SINCE 2-Mar-2020", false},
                                               {"ON 1-Mar-2020", true},      {"ON 29-Feb-2020", false},
                                               {"BEFORE 1-Mar-2020", false}, {"BEFORE \"2-Mar-2020\"", true}};
  for (const auto& [key, found] : keys)
    EXPECT_EQ(line.say(std::string("SEARCH ") + key).front(), found ? "* SEARCH 1" : "* SEARCH") << key;
  EXPECT_TRUE(line.answer("APPEND INBOX \"01-Mai-2020 00:30:00 +0100\" {1+}\r\nx").starts_with("t BAD"));
}

TEST(ModelDialogues, Login) {
  const auto open = [](const Traits& traits, std::string_view said) {
    Account account(traits);
    Connection connection(account, traits, 1);
    connection.receive(said);
    return lines_of(connection.take_output());
  };
  EXPECT_TRUE(has(open(qresync(), "a LOGIN user {6+}\r\nsecret\r\n"), "a OK [CAPABILITY IMAP4rev1 "));
  EXPECT_TRUE(has(open(qresync(), "a LOGIN \"user\" wrong\r\n"), "a NO [AUTHENTICATIONFAILED]"));
  EXPECT_TRUE(has(open(qresync(), "a AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0\r\n"), "a OK"));
  EXPECT_EQ(open(qresync(), "a AUTHENTICATE PLAIN\r\nAHVzZXIAc2VjcmV0\r\n").front(), "+ ");
  EXPECT_TRUE(has(open(qresync(), "a AUTHENTICATE PLAIN\r\nAHVzZXIAc2VjcmV0\r\n"), "a OK"));
  EXPECT_TRUE(has(open(qresync(), "a AUTHENTICATE PLAIN\r\n*\r\n"), "a BAD"));
  EXPECT_TRUE(has(open(qresync(), "a AUTHENTICATE PLAIN\r\n???\r\n"), "a BAD"));
  EXPECT_TRUE(has(open(qresync(), "a SELECT INBOX\r\n"), "a BAD"));
  EXPECT_TRUE(has(open(plain(), "a AUTHENTICATE PLAIN\r\n"), "a BAD"));
  EXPECT_EQ(open(plain(), "a CAPABILITY\r\n").front(), "* CAPABILITY IMAP4rev1");
  Traits disabled = qresync();
  disabled.login_disabled = true;
  EXPECT_TRUE(has(open(disabled, "a LOGIN user secret\r\n"), "a NO"));
  EXPECT_TRUE(has(open(disabled, "a CAPABILITY\r\n"),
                  "* CAPABILITY IMAP4rev1 LITERAL+ ID ENABLE SASL-IR AUTH=PLAIN LOGINDISABLED"));
}

TEST(ModelDialogues, TooLongALine) {
  for (const std::size_t cut : {std::size_t(0), std::size_t(70'000)}) {
    Account account;
    Connection connection(account, qresync(), 1);
    const std::string said = "a NOOP " + std::string(80'000, 'x') + "\r\nb NOOP\r\n";
    connection.receive(said.substr(0, cut));
    connection.receive(said.substr(cut));
    EXPECT_EQ(connection.take_output(), "a BAD Too long a line.\r\n* BYE Too long a line.\r\n");
    EXPECT_TRUE(connection.closed());
  }
}

TEST(ModelDialogues, OtherDelimiterAndPrefix) {
  Traits traits = qresync();
  traits.delimiter = '.';
  traits.prefix = "INBOX.";
  Account account(traits);
  Line line(account, traits);
  EXPECT_EQ(line.say("NAMESPACE").front(), "* NAMESPACE ((\"INBOX.\" \".\")) NIL NIL");
  EXPECT_TRUE(line.answer("CREATE Work").starts_with("t NO"));
  EXPECT_TRUE(line.answer("CREATE INBOX.Work.Old").starts_with("t OK"));
  EXPECT_TRUE(has(line.say("LIST \"\" INBOX.W*"), "* LIST (\\Noselect \\HasChildren) \".\" INBOX.Work"));
}

}  // namespace
}  // namespace satchel::sim::model
