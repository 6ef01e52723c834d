// One row a form of a command: what a client may send, and the one form that the value has.
#include <gtest/gtest.h>

#include <iterator>

#include "hearing.hpp"

namespace satchel::imap {
namespace {

struct Row {
  const char* sent;  // without tag and CRLF
  const char* read;  // the same as write_command() has it
};

const Row rows[] = {
    {"CAPABILITY", "CAPABILITY"},
    {"capability ", "CAPABILITY"},
    {"NOOP", "NOOP"},
    {"LOGOUT", "LOGOUT"},
    {"STARTTLS", "STARTTLS"},
    {"CHECK", "CHECK"},
    {"CLOSE", "CLOSE"},
    {"UNSELECT", "UNSELECT"},
    {"EXPUNGE", "EXPUNGE"},
    {"NAMESPACE", "NAMESPACE"},
    {"IDLE", "IDLE"},
    {"AUTHENTICATE plain", "AUTHENTICATE PLAIN"},
    {"AUTHENTICATE PLAIN AHUAcA==", "AUTHENTICATE PLAIN AHUAcA=="},
    {"AUTHENTICATE PLAIN =", "AUTHENTICATE PLAIN ="},
    {"LOGIN u p", "LOGIN \"u\" \"p\""},
    {"LOGIN \"u\\\"x\" \"\"", "LOGIN \"u\\\"x\" \"\""},
    {"LOGIN {1+}\r\nu {3+}\r\np\r\n", "LOGIN \"u\" {3+}\r\np\r\n"},
    {"ENABLE condstore qresync", "ENABLE CONDSTORE QRESYNC"},
    {"ID NIL", "ID NIL"},
    {"ID (\"name\" \"Spark\" \"os\" nil)", "ID (\"name\" \"Spark\" \"os\" NIL)"},
    {"ID ()", "ID NIL"},
    {"SELECT INBOX", "SELECT \"INBOX\""},
    {"SELECT \"a b\" (CONDSTORE)", "SELECT \"a b\" (CONDSTORE)"},
    {"SELECT a (QRESYNC (1 20))", "SELECT \"a\" (QRESYNC (1 20))"},
    {"EXAMINE a (QRESYNC (1 20 41,43:211 (1,5 2,9)) CONDSTORE)",
     "EXAMINE \"a\" (CONDSTORE QRESYNC (1 20 41,43:211 (1,5 2,9)))"},
    {"CREATE a/b", "CREATE \"a/b\""},
    {"CREATE a (USE (\\Drafts \\Sent))", "CREATE \"a\" (USE (\\Drafts \\Sent))"},
    {"DELETE a", "DELETE \"a\""},
    {"RENAME a \"b c\"", "RENAME \"a\" \"b c\""},
    {"SUBSCRIBE a", "SUBSCRIBE \"a\""},
    {"UNSUBSCRIBE a", "UNSUBSCRIBE \"a\""},
    {"LIST \"\" *", "LIST \"\" \"*\""},
    {"LIST \"\" \"%\"", "LIST \"\" \"%\""},
    {"LIST \"\" a/%]", "LIST \"\" \"a/%]\""},
    {"LIST (SUBSCRIBED) \"\" \"*\" RETURN (SPECIAL-USE)", "LIST (SUBSCRIBED) \"\" \"*\" RETURN (SPECIAL-USE)"},
    {"LIST (SPECIAL-USE) \"\" \"*\"", "LIST (SPECIAL-USE) \"\" \"*\""},
    {"LIST () \"\" *", "LIST \"\" (\"*\")"},
    {"LIST (RECURSIVEMATCH SUBSCRIBED REMOTE) \"\" (a b%)",
     "LIST (SUBSCRIBED REMOTE RECURSIVEMATCH) \"\" (\"a\" \"b%\")"},
    {"LIST \"\" % RETURN (CHILDREN SUBSCRIBED STATUS (MESSAGES UIDNEXT))",
     "LIST \"\" \"%\" RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES UIDNEXT))"},
    {"LIST \"\" * RETURN ()", "LIST \"\" (\"*\")"},
    {"LIST \"\" (a)", "LIST \"\" (\"a\")"},
    {"LSUB \"\" *", "LSUB \"\" \"*\""},
    {"STATUS a (MESSAGES recent UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ SIZE DELETED)",
     "STATUS \"a\" (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ SIZE DELETED)"},
    {"UID EXPUNGE 1,3:*", "UID EXPUNGE 1,3:*"},
    {"SEARCH ALL", "SEARCH ALL"},
    {"SEARCH CHARSET utf-8 TEXT {2+}\r\n\xc3\xa9", "SEARCH CHARSET \"UTF-8\" TEXT {2+}\r\n\xc3\xa9"},
    {"SEARCH RETURN () ALL", "SEARCH RETURN (ALL) ALL"},
    {"UID SEARCH RETURN (MIN MAX COUNT) UNSEEN", "UID SEARCH RETURN (MIN MAX COUNT) NOT SEEN"},
    {"UID SEARCH UID 1,3:5", "UID SEARCH UID 1,3:5"},
    {"SEARCH 1:* 2,4", "SEARCH 1:* 2,4"},
    {"SEARCH ANSWERED BCC a BEFORE 1-Feb-1994 BODY b CC c DELETED DRAFT FLAGGED FROM d",
     "SEARCH ANSWERED BCC \"a\" BEFORE 1-Feb-1994 BODY \"b\" CC \"c\" DELETED DRAFT FLAGGED FROM \"d\""},
    {"SEARCH HEADER X-A \"\" KEYWORD $F LARGER 10 NEW NOT SEEN OLD ON \"01-Feb-2024\"",
     "SEARCH HEADER \"X-A\" \"\" KEYWORD $F LARGER 10 NEW NOT SEEN OLD ON 1-Feb-2024"},
    {"SEARCH OR SEEN (RECENT TO a) SENTBEFORE 1-Jan-2000 SENTON 2-Jan-2000 SENTSINCE 3-Jan-2000 SINCE 4-Jan-2000",
     "SEARCH OR SEEN (RECENT TO \"a\") SENTBEFORE 1-Jan-2000 SENTON 2-Jan-2000 SENTSINCE 3-Jan-2000 SINCE 4-Jan-2000"},
    {"SEARCH SMALLER 9 SUBJECT x TEXT y UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNKEYWORD k UNSEEN",
     "SEARCH SMALLER 9 SUBJECT \"x\" TEXT \"y\" NOT ANSWERED NOT DELETED NOT DRAFT NOT FLAGGED NOT KEYWORD k NOT SEEN"},
    {"SEARCH OLDER 60 YOUNGER 90 MODSEQ 5 MODSEQ \"/flags/\\\\draft\" all 6",
     "SEARCH OLDER 60 YOUNGER 90 MODSEQ 5 MODSEQ 6"},
    {"FETCH 1 ALL", "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)"},
    {"FETCH 1 FAST", "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)"},
    {"FETCH 1 full", "FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)"},
    {"FETCH 1:* FLAGS", "FETCH 1:* (FLAGS)"},
    {"UID FETCH 1:* (UID FLAGS BODYSTRUCTURE)", "UID FETCH 1:* (UID FLAGS BODYSTRUCTURE)"},
    {"FETCH 1 BODY[]", "FETCH 1 (BODY[])"},
    {"FETCH 1 (body.peek[1.2.mime] BODY[TEXT]<0.65536>)", "FETCH 1 (BODY.PEEK[1.2.MIME] BODY[TEXT]<0.65536>)"},
    {"FETCH 1 BODY.PEEK[HEADER.FIELDS (From \"X y\")]", "FETCH 1 (BODY.PEEK[HEADER.FIELDS (From \"X y\")])"},
    {"FETCH 1 BODY[3.HEADER.FIELDS.NOT (TO)]", "FETCH 1 (BODY[3.HEADER.FIELDS.NOT (TO)])"},
    {"FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.PEEK)",
     "FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.PEEK)"},
    {"FETCH 1 (FLAGS) (CHANGEDSINCE 12)", "FETCH 1 (FLAGS) (CHANGEDSINCE 12)"},
    {"UID FETCH 1:* (FLAGS MODSEQ) (VANISHED CHANGEDSINCE 12)",
     "UID FETCH 1:* (FLAGS MODSEQ) (CHANGEDSINCE 12 VANISHED)"},
    {"STORE 1 FLAGS \\Seen", "STORE 1 FLAGS (\\Seen)"},
    {"STORE 1 FLAGS ()", "STORE 1 FLAGS ()"},
    {"STORE 1 +FLAGS \\Seen \\Deleted", "STORE 1 +FLAGS (\\Seen \\Deleted)"},
    {"UID STORE 1,2 -flags.silent (\\Seen $Junk)", "UID STORE 1,2 -FLAGS.SILENT (\\Seen $Junk)"},
    {"STORE 1 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Draft)", "STORE 1 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Draft)"},
    {"COPY 1:3 a", "COPY 1:3 \"a\""},
    {"UID COPY * \"a b\"", "UID COPY * \"a b\""},
    {"MOVE 2 a", "MOVE 2 \"a\""},
    {"UID MOVE 2:4 a", "UID MOVE 2:4 \"a\""},
};

class CommandTable : public testing::TestWithParam<std::size_t> {};

TEST_P(CommandTable, IsRead) {
  const Row& row = rows[GetParam()];
  const auto heard = hear_commands(std::string("a1 ") + row.sent + "\r\n");
  ASSERT_EQ(heard.size(), 1u) << row.sent;
  EXPECT_EQ(heard.front(), std::string("command a1 ") + row.read + "\r\n");
}

TEST_P(CommandTable, IsReadAlikeInEverySplit) {
  const std::string bytes = std::string("a1 ") + rows[GetParam()].sent + "\r\n";
  const auto whole = hear_commands(bytes);
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    CommandHearing hearing;
    hearing.feed(std::string_view(bytes).substr(0, cut));
    hearing.feed(std::string_view(bytes).substr(cut));
    ASSERT_EQ(hearing.heard(), whole) << bytes << " cut at " << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, CommandTable, testing::Range<std::size_t>(0, std::size(rows)));

const char* const malformed[] = {
    "NOOP x",
    "LOGIN u",
    "LOGIN u (p)",
    "LOGIN \"u p",
    "ENABLE",
    "ID (\"a\")",
    "SELECT",
    "SELECT a (QRESYNC (0 1))",
    "SELECT a (UNKNOWN)",
    "CREATE a (USE \\Drafts)",
    "RENAME a",
    "LIST \"\"",
    "LIST (RECURSIVEMATCH) \"\" *",
    "LIST (WHAT) \"\" *",
    "LIST \"\" () RETURN ()",
    "LIST \"\" * RETURN (WHAT)",
    "STATUS a ()",
    "STATUS a (WHAT)",
    "STATUS a MESSAGES",
    "APPEND a",
    "APPEND a \"text\"",
    "EXPUNGE 1",
    "UID EXPUNGE",
    "SEARCH",
    "SEARCH WHAT",
    "SEARCH OR SEEN",
    "SEARCH NOT",
    "SEARCH (SEEN",
    "SEARCH ()",
    "SEARCH BEFORE 31-Feb-2020",
    "SEARCH KEYWORD \\Seen",
    "SEARCH LARGER -1",
    "SEARCH RETURN (WHAT) ALL",
    "SEARCH RETURN (SAVE) ALL",
    "FETCH 0 FLAGS",
    "FETCH 1:0 FLAGS",
    "FETCH 1, FLAGS",
    "FETCH 4294967296 FLAGS",
    "FETCH 1 ()",
    "FETCH 1 WHAT",
    "FETCH 1 BODY[MIME]",
    "FETCH 1 BODY[0]",
    "FETCH 1 BODY[1.]",
    "FETCH 1 BODY[]<0.0>",
    "FETCH 1 BODY[]<0>",
    "FETCH 1 BODY[HEADER.FIELDS ()]",
    "FETCH 1 BODY[HEADER.FIELDS (\xff)]",
    "FETCH 1 (FLAGS) (VANISHED)",
    "STORE 1 FLAGS",
    "STORE 1 FLAGS (\\*)",
    "STORE 1 FLAGS (a(b)",
    "STORE 1 GLAGS (a)",
    "COPY 1",
    "UID NOOP",
    "UID",
    "XUNKNOWN",
};

TEST(MalformedCommands, GetTheirTagBackAndTheNextOneIsRead) {
  for (const char* row : malformed) {
    const auto heard = hear_commands(std::string("a1 ") + row + "\r\nb2 NOOP\r\n");
    ASSERT_EQ(heard.size(), 2u) << row;
    EXPECT_TRUE(heard[0].starts_with("malformed ") && heard[0].ends_with(" a1")) << row << ": " << heard[0];
    EXPECT_EQ(heard[1], "command b2 NOOP\r\n") << row;
  }
}

TEST(MalformedCommands, WithoutATagAreToldApart) {
  for (const char* row : {"+ NOOP", "(a) NOOP", "NOOP", "a{1}b NOOP", " a NOOP"}) {
    const auto heard = hear_commands(std::string(row) + "\r\nb2 NOOP\r\n");
    ASSERT_EQ(heard.size(), 2u) << row;
    EXPECT_TRUE(heard[0].starts_with("malformed 0")) << row << ": " << heard[0];
  }
}

}  // namespace
}  // namespace satchel::imap
