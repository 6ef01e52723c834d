// What real servers send although the grammar does not have it; see proxy/imap/quirks.hpp.
#include <gtest/gtest.h>

#include "hearing.hpp"

namespace satchel::imap {
namespace {

template <class Kind>
Kind only(const std::string& line) {
  ResponseHearing hearing;
  hearing.feed(line + "\r\n");
  EXPECT_EQ(hearing.responses().size(), 1u) << line << hearing.error();
  if (hearing.responses().size() != 1 || !std::holds_alternative<Kind>(hearing.responses().front())) {
    ADD_FAILURE() << "another kind: " << line;
    return {};
  }
  return std::get<Kind>(hearing.responses().front());
}

using Flags = std::vector<std::string>;

TEST(Quirks, QuotedFlag) {
  EXPECT_EQ(only<FlagsData>("* FLAGS (\"\\\\Deleted\" \\Seen)").flags, (Flags{"\\Deleted", "\\Seen"}));
}

TEST(Quirks, LoneBackslash) {
  EXPECT_EQ(only<ListData>("* LIST (\\HasChildren \\) \".\" Archive").attributes, Flags{"\\HasChildren"});
}

TEST(Quirks, NilFlag) {
  EXPECT_EQ(only<FlagsData>("* FLAGS NIL").flags, Flags{});
  EXPECT_EQ(only<FetchData>("* 1 FETCH (FLAGS (NIL \\Seen) UID 2)").flags, Flags{"\\Seen"});
}

TEST(Quirks, RestOfMailbox) {
  EXPECT_EQ(only<ListData>("* LIST () \"/\" Sent Items").mailbox, "Sent Items");
  EXPECT_EQ(only<ListData>("* LIST () \"/\" Foo (\"CHILDINFO\" (\"SUBSCRIBED\"))").mailbox, "Foo");
  EXPECT_EQ(only<ListData>("* LIST () \"/\" \"Foo\" ").mailbox, "Foo");
}

TEST(Quirks, AtomForString) {
  EXPECT_EQ(only<FetchData>("* 1 FETCH (BODY[] word UID 2)").sections.front().bytes, "word");
}

TEST(Quirks, OptionalBracket) {
  EXPECT_EQ(only<FetchData>("* 1 FETCH (MODSEQ 12 UID 2)").mod_seq, 12u);
  EXPECT_EQ(only<FetchData>("* 1 FETCH (X-GM-MSGID 1278455344230334865)").email_id, "1278455344230334865");
}

TEST(Quirks, OddObjectId) {
  for (const std::string id : {"V\xb1%\x8b/V", "a\"b", "x)y (", ""}) {
    const auto data = only<StatusData>("* STATUS a (UIDNEXT 2 MAILBOXID (" + id + ") MESSAGES 3)");
    EXPECT_EQ(data.mailbox_id, id);
    EXPECT_EQ(data.items, (std::vector<std::pair<StatusItem, std::uint64_t>>{{StatusItem::uid_next, 2},
                                                                             {StatusItem::messages, 3}}));
    EXPECT_EQ(only<StatusData>("* STATUS a (MAILBOXID (" + id + "))").mailbox_id, id);
  }
}

TEST(Quirks, UnreadableValue) {
  const auto data = only<FetchData>("* 1 FETCH (RFC822.SIZE -1 MODSEQ NIL FLAGS (\\Seen) UID 2)");
  EXPECT_FALSE(data.size);
  EXPECT_FALSE(data.mod_seq);
  EXPECT_EQ(data.uid, 2u);
  EXPECT_FALSE(data.malformed);
  EXPECT_EQ(only<StatusData>("* STATUS a (UNSEEN -1 MESSAGES 3)").items,
            (std::vector<std::pair<StatusItem, std::uint64_t>>{{StatusItem::messages, 3}}));
}

TEST(Quirks, OddDate) {
  const auto date = [](const std::string& text) {
    return only<FetchData>("* 1 FETCH (INTERNALDATE " + text + ")").internal_date.value();
  };
  EXPECT_EQ(date("\"1-Jan-2020 1:02:03 GMT\""), (DateTime{1577840523, 0}));
  EXPECT_EQ(date("\"1-Jan-2020\""), (DateTime{1577836800, 0}));
  EXPECT_EQ(date("\"yesterday\""), (DateTime{0, 0}));
  EXPECT_EQ(date("NIL"), (DateTime{0, 0}));
}

TEST(Quirks, CodeWithoutStatus) {
  const auto status = only<StatusResponse>("[COPYUID 124 10 233]");
  EXPECT_EQ(status.code.name, "COPYUID");
  EXPECT_EQ(status.code.number, 124u);
  EXPECT_EQ(status.code.second.write(), "233");
}

TEST(Quirks, SpacesWhereNoneShouldBe) {
  EXPECT_EQ(only<FetchData>("* 11487 FETCH (UID 19436 )").uid, 19436u);
  EXPECT_EQ(only<FetchData>("* 3 FETCH (FLAGS (\\Seen )  UID 5)").uid, 5u);
  EXPECT_EQ(only<SearchData>("* SEARCH 1 2 ").numbers.size(), 2u);
  EXPECT_EQ(only<SearchData>("* SEARCH ").numbers.size(), 0u);
  EXPECT_EQ(only<StatusData>("* STATUS INBOX (MESSAGES 231 ) ").items.size(), 1u);
  EXPECT_EQ(only<CapabilityData>("* CAPABILITY IMAP4rev1 IDLE ").capabilities, (Flags{"IMAP4REV1", "IDLE"}));
}

TEST(Quirks, TextLeftOut) {
  EXPECT_EQ(only<StatusResponse>("a1 OK").text, "");
  EXPECT_EQ(only<StatusResponse>("* OK [UIDNEXT 5]").code.number, 5u);
  EXPECT_EQ(only<StatusResponse>("* OK [UIDNEXT 5]next").text, "next");
  EXPECT_EQ(only<Continuation>("+").text, "");
}

TEST(Quirks, EmptySets) {
  EXPECT_TRUE(only<VanishedData>("* VANISHED").uids.empty());
  EXPECT_TRUE(only<VanishedData>("* VANISHED (EARLIER)").uids.empty());
  EXPECT_TRUE(only<VanishedData>("* VANISHED (EARLIER) ").earlier);
  EXPECT_FALSE(only<EsearchData>("* ESEARCH (TAG \"a\") UID ALL").all);
  EXPECT_FALSE(only<EsearchData>("* ESEARCH (TAG \"a\") UID ALL ").all);
}

TEST(Quirks, BareLineFeed) {
  ResponseHearing hearing;
  hearing.feed("* 3 EXISTS\n* 4 EXISTS\r\n");
  EXPECT_EQ(hearing.responses().size(), 2u);
}

TEST(Quirks, ItemsThatWereNotAskedFor) {
  const auto data = only<FetchData>(
      "* 12 FETCH (X-GM-LABELS (\"\\\\Important\" \\Inbox &AOk-) ENVELOPE (\"d\" NIL ((NIL NIL \"a\" \"b\")) NIL) "
      "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" NIL) NIL)(\"a\" {3}\r\nx\"y)) UID 9)");
  EXPECT_EQ(data.uid, 9u);
  EXPECT_FALSE(data.malformed);
}

// iCloud: a Message-ID with quotes inside. Only in an ENVELOPE, which is never asked for.
TEST(Quirks, AFetchThatCannotBeReadKeepsWhatCameBefore) {
  const auto data = only<FetchData>("* 12 FETCH (UID 9 ENVELOPE (\"<a\"b@c>\") FLAGS (\\Seen))");
  EXPECT_EQ(data.uid, 9u);
  EXPECT_TRUE(data.malformed);
}

}  // namespace
}  // namespace satchel::imap
