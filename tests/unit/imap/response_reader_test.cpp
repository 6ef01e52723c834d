// What servers say: every kind of response, large literals as streams, limits.
#include "proxy/imap/response_reader.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "hearing.hpp"
#include "proxy/imap/limits.hpp"
#include "tests/support/growth.hpp"

namespace satchel::imap {
namespace {

using namespace std::string_literals;
using Kind = StatusResponse::Kind;

template <class T>
T only(const std::string& line) {
  ResponseHearing hearing;
  hearing.feed(line + "\r\n");
  EXPECT_EQ(hearing.responses().size(), 1u) << line << hearing.error();
  if (hearing.responses().size() != 1 || !std::holds_alternative<T>(hearing.responses().front())) {
    ADD_FAILURE() << "another kind: " << line;
    return {};
  }
  return std::get<T>(hearing.responses().front());
}

TEST(Responses, StatusWithTagAndCode) {
  const auto status = only<StatusResponse>("a1 NO [OVERQUOTA] Mailbox is full {3}");
  EXPECT_EQ(status.tag, "a1");
  EXPECT_EQ(status.kind, Kind::no);
  EXPECT_EQ(status.code.name, "OVERQUOTA");
  EXPECT_EQ(status.text, "Mailbox is full {3}");
  EXPECT_EQ(only<StatusResponse>("* PREAUTH hello").kind, Kind::preauth);
  EXPECT_EQ(only<StatusResponse>("* BYE").kind, Kind::bye);
  EXPECT_EQ(only<StatusResponse>("a BAD what").kind, Kind::bad);
}

TEST(Responses, CodesWithNumbers) {
  EXPECT_EQ(only<StatusResponse>("* OK [UIDVALIDITY 3857529045] x").code.number, 3857529045u);
  EXPECT_EQ(only<StatusResponse>("* OK [HIGHESTMODSEQ 9223372036854775807] x").code.number, 9223372036854775807u);
  EXPECT_EQ(only<StatusResponse>("* OK [UNSEEN 12] x").code.number, 12u);
  EXPECT_EQ(only<StatusResponse>("* OK [MAILBOXID (F2212ea87-6097)] x").code.argument, "(F2212ea87-6097)");
  EXPECT_EQ(only<StatusResponse>("* NO [BADCHARSET (\"a]b\" UTF-8)] x").code.argument, "(\"a]b\" UTF-8)");
}

TEST(Responses, CodesWithUids) {
  const auto append = only<StatusResponse>("a OK [APPENDUID 38505 3955] done").code;
  EXPECT_EQ(append.number, 38505u);
  EXPECT_EQ(append.first.write(), "3955");
  const auto copy = only<StatusResponse>("a OK [COPYUID 38505 304,319:320 3956:3958] done").code;
  EXPECT_EQ(copy.first.write(), "304,319:320");
  EXPECT_EQ(copy.second.write(), "3956:3958");
  EXPECT_TRUE(only<StatusResponse>("a OK [COPYUID 1 1:* 1:*] x").code.first.empty());
  EXPECT_EQ(only<StatusResponse>("a NO [MODIFIED 7,9] x").code.first.write(), "7,9");
}

TEST(Responses, ARangeOfEverythingCostsNothing) {
  const auto copy = only<StatusResponse>("a OK [COPYUID 1 1:4294967295 1:4294967295] done").code;
  EXPECT_EQ(copy.first.ranges().size(), 1u);
  const std::vector<std::uint32_t> stored = {5, 9, 4'000'000'000};
  std::vector<std::size_t> found;
  for_each_in(
      copy.first.resolve(0), stored, [](std::uint32_t number) { return number; },
      [&](std::size_t index) { found.push_back(index); });
  EXPECT_EQ(found, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Responses, CodesWithWords) {
  const auto flags = only<StatusResponse>("* OK [PERMANENTFLAGS (\\Answered $Junk \\*)] x").code;
  EXPECT_EQ(flags.words, (std::vector<std::string>{"\\Answered", "$Junk", "\\*"}));
  const auto capabilities = only<StatusResponse>("* OK [CAPABILITY IMAP4rev1 auth=plain] hello").code;
  EXPECT_EQ(capabilities.words, (std::vector<std::string>{"IMAP4REV1", "AUTH=PLAIN"}));
}

TEST(Responses, ListAndLsub) {
  const auto list = only<ListData>("* LIST (\\HasNoChildren \\Sent) \"/\" {4}\r\na\"\\b");
  EXPECT_EQ(list.mailbox, "a\"\\b");
  EXPECT_EQ(list.delimiter, '/');
  EXPECT_EQ(only<ListData>("* LIST () \"\\\\\" INBOX").delimiter, '\\');
  EXPECT_EQ(only<ListData>("* LIST () NIL inbox").delimiter, '\0');
  EXPECT_TRUE(only<ListData>("* LSUB (\\Noselect) \".\" a.b").lsub);
  EXPECT_TRUE(only<ListData>("* LIST () \"/\" \"Foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))").child_info);
}

TEST(Responses, StatusOfAMailbox) {
  const auto data = only<StatusData>("* STATUS \"a b\" (MESSAGES 3 UIDNEXT 4294967295 MAILBOXID (F1) X-NEW (1 2))");
  EXPECT_EQ(data.mailbox, "a b");
  EXPECT_EQ(data.mailbox_id, "F1");
  EXPECT_EQ(data.items.size(), 2u);
}

TEST(Responses, SearchAndEsearch) {
  EXPECT_EQ(only<SearchData>("* SEARCH 2 84 882 (MODSEQ 917162500)").mod_seq, 917162500u);
  const auto data = only<EsearchData>("* ESEARCH (TAG \"A2\") UID COUNT 5 ALL 4:19,21,28 MIN 4 MAX 28 MODSEQ 7");
  EXPECT_EQ(data.tag, "A2");
  EXPECT_TRUE(data.uid);
  EXPECT_EQ(data.all->write(), "4:19,21,28");
  EXPECT_EQ(data.count, 5u);
  EXPECT_EQ(data.max, 28u);
}

TEST(Responses, Numbers) {
  EXPECT_EQ(only<ExistsData>("* 23 EXISTS").number, 23u);
  EXPECT_EQ(only<RecentData>("* 0 RECENT").number, 0u);
  EXPECT_EQ(only<ExpungeData>("* 44 EXPUNGE").number, 44u);
  EXPECT_EQ(only<VanishedData>("* VANISHED (EARLIER) 41,43:116").uids.write(), "41,43:116");
}

TEST(Responses, NamespacesAndId) {
  const auto data = only<NamespaceData>(
      "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"F1\" \"F2\"))) NIL ((\"Public.\" NIL))");
  EXPECT_EQ(data.personal.size(), 2u);
  EXPECT_EQ(data.shared.front().prefix, "Public.");
  EXPECT_EQ(only<IdData>("* ID (\"name\" \"Dovecot\" \"os\" NIL)").fields.front().second, "Dovecot");
  EXPECT_TRUE(only<IdData>("* ID NIL").fields.empty());
}

TEST(Responses, Fetch) {
  const auto data = only<FetchData>(
      "* 12 FETCH (FLAGS (\\Seen $a) UID 33 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286 "
      "MODSEQ (65402) EMAILID (M6d99) BODY[HEADER.FIELDS (\"From\" To)]<0> {5}\r\na\r\nbc BODY[] NIL BODY[1] \"\")");
  EXPECT_EQ(data.uid, 33u);
  EXPECT_EQ(data.size, 4286u);
  EXPECT_EQ(data.mod_seq, 65402u);
  EXPECT_EQ(data.email_id, "M6d99");
  EXPECT_EQ(data.internal_date, (DateTime{837596665, -420}));
  ASSERT_EQ(data.sections.size(), 3u);
  EXPECT_EQ(data.sections[0].section, "HEADER.FIELDS (FROM TO)");
  EXPECT_EQ(data.sections[0].bytes, "a\r\nbc");
  EXPECT_EQ(data.sections[0].origin, 0u);
  EXPECT_FALSE(data.sections[1].bytes);
  EXPECT_EQ(data.sections[2].bytes, "");
}

TEST(Responses, FetchOfALiteralWithNulBytesAndBrackets) {
  EXPECT_EQ(only<FetchData>("* 1 FETCH (BODY[] ~{7}\r\na\0)}\r\n{ UID 4)"s).sections.front().bytes, "a\0)}\r\n{"s);
}

TEST(Responses, UnknownOnesAreKeptByName) {
  EXPECT_EQ(only<UnknownData>("* QUOTAROOT a b").name, "QUOTAROOT");
  EXPECT_EQ(only<UnknownData>("* NAMESPACE what").name, "NAMESPACE");
}

std::string large_fetch(std::size_t size) {
  return "* 7 FETCH (UID 5 BODY[] {" + std::to_string(size) + "}\r\n" + std::string(size, 'x') + " FLAGS (\\Seen))\r\n";
}

TEST(ResponseReader, StreamsALargeLiteral) {
  const std::string bytes = large_fetch(max_inline_literal + 1) + "* 3 EXISTS\r\n";
  for (const std::size_t step : {bytes.size(), std::size_t(100'000), std::size_t(4096)}) {
    ResponseHearing hearing;
    for (std::size_t at = 0; at < bytes.size(); at += step) hearing.feed(std::string_view(bytes).substr(at, step));
    ASSERT_EQ(hearing.responses().size(), 2u);
    ASSERT_EQ(hearing.streams().size(), 1u);
    EXPECT_EQ(hearing.streams().front().size(), max_inline_literal + 1);
    const auto& data = std::get<FetchData>(hearing.responses().front());
    EXPECT_EQ(data.uid, 5u);
    EXPECT_TRUE(data.flags);
    EXPECT_TRUE(data.sections.front().streamed);
    EXPECT_FALSE(data.sections.front().bytes);
    EXPECT_EQ(data.sections.front().size, max_inline_literal + 1);
  }
}

TEST(ResponseReader, HoldsASmallLiteralInTheValue) {
  const auto heard = hear_responses(large_fetch(max_inline_literal));
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(std::get<FetchData>(heard.front()).sections.front().bytes->size(), max_inline_literal);
}

std::string error_of(const std::string& bytes) {
  ResponseHearing hearing;
  hearing.feed(bytes);
  return hearing.error();
}

TEST(ResponseReader, RefusesLiteralsThatCannotBe) {
  for (const char* size : {"4294967296", "18446744073709551615", "18446744073709551616", "99999999999999999999999999"})
    EXPECT_NE(error_of("* 1 FETCH (BODY[] {" + std::string(size) + "}\r\n"), "") << size;
  EXPECT_NE(error_of("* LIST () \"/\" {5000000}\r\n"), "");
  EXPECT_NE(error_of("* SEARCH {-5}\r\n"), "");
}

TEST(ResponseReader, TakesLeadingZeros) {
  EXPECT_EQ(only<FetchData>("* 1 FETCH (BODY[] {0003}\r\nabc)").sections.front().bytes, "abc");
}

TEST(ResponseReader, RefusesWhatIsNoImap) {
  for (const char* line : {"HTTP/1.1 200 OK", "220 mail ESMTP", "SSH-2.0-x", "<html>", "", "* ", "a1 PREAUTH x",
                           "* SEARCH 1 x", "* VANISHED 1:*", "* VANISHED x", "* LIST x", "* ESEARCH ALL x"})
    EXPECT_NE(error_of(std::string(line) + "\r\n"), "") << line;
}

TEST(ResponseReader, EndsALineThatNeverEnds) {
  ResponseHearing hearing;
  const std::string piece(1024 * 1024, 'x');
  for (int i = 0; i < 40 && hearing.error().empty(); ++i) hearing.feed(piece);
  EXPECT_NE(hearing.error(), "");
}

TEST(ResponseReader, BoundsTheLiteralsOfOneResponse) {
  ResponseHearing hearing;
  const std::string piece = "X {1000000}\r\n" + std::string(1'000'000, 'y') + " ";
  hearing.feed("* 1 FETCH (");
  for (int i = 0; i < 100 && hearing.error().empty(); ++i) hearing.feed(piece);
  EXPECT_NE(hearing.error(), "");
}

TEST(ResponseReader, DrainedMeansThatNothingIsLeft) {
  ResponseReader reader;
  reader.feed("a OK begin TLS\r\n* CAP");
  ASSERT_EQ(reader.next(), ResponseReader::Event::response);
  EXPECT_FALSE(reader.drained());
}

// Nothing of it is kept: that would be the test's own cost.
double seconds_for(const std::string& bytes) {
  const double start = test::used_time();
  ResponseReader reader;
  auto event = ResponseReader::Event::need_more;
  for (std::size_t at = 0; at < bytes.size() && event != ResponseReader::Event::malformed; at += 8192) {
    reader.feed(std::string_view(bytes).substr(at, 8192));
    do event = reader.next();
    while (event != ResponseReader::Event::need_more && event != ResponseReader::Event::malformed);
  }
  return test::used_time() - start;
}

// Attack M2, on each axis.
TEST(ResponseReader, TimeGrowsWithTheBytes) {
  const auto repeated = [](const std::string& begin, const std::string& part, const std::string& end) {
    return [=](std::size_t count) {
      std::string bytes = begin;
      for (std::size_t i = 0; i < count; ++i) bytes += part;
      return bytes + end + "\r\n";
    };
  };
  const std::vector<std::pair<const char*, std::function<std::string(std::size_t)>>> axes = {
      {"brackets", repeated("* 1 FETCH (X ", "(", "")},
      {"literals", repeated("* 1 FETCH (X (", "{1}\r\na ", "))")},
      {"flags", repeated("* 1 FETCH (FLAGS (", "a ", "))")},
      {"quotes", repeated("* 1 FETCH (X (", "\"\\\"\" ", "))")},
      {"open quotes", repeated("* 1 FETCH (X (", "\"\\", ")")},
      {"numbers", repeated("* SEARCH", " 4", "")},
      {"ranges", repeated("* VANISHED 1", ",5:9", "")},
      {"code", repeated("* OK [X ", "\"]\"", "] x")},
      {"lines", repeated("", "* 1 EXISTS\r\n", "")},
  };
  for (const auto& [name, make] : axes)
    EXPECT_LT(test::sixteenfold_growth(20'000, make, seconds_for), test::sixteenfold_limit) << name;
}

}  // namespace
}  // namespace satchel::imap
