// What goes out, byte for byte, and what is refused.
#include <gtest/gtest.h>

#include "hearing.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

TEST(CommandWriter, WaitsForAContinuationUnlessTheServerTakesLiteralsAtOnce) {
  const Command command = Delete{"a\r\nb"};
  const auto waiting = write_command("t", command, LiteralSupport::synchronising);
  ASSERT_EQ(waiting->size(), 2u);
  EXPECT_EQ((*waiting)[0].bytes, "t DELETE {4}\r\n");
  EXPECT_TRUE((*waiting)[0].wait);
  EXPECT_EQ((*waiting)[1].bytes, "a\r\nb\r\n");
  const auto free = write_command("t", command, LiteralSupport::minus);
  ASSERT_EQ(free->size(), 1u);
  EXPECT_EQ((*free)[0].bytes, "t DELETE {4+}\r\na\r\nb\r\n");
}

TEST(CommandWriter, ALongLiteralAlwaysWaits) {
  const Command command = Append{"x", {}, std::nullopt, max_synchronising_free + 1};
  const auto pieces = write_command("t", command, LiteralSupport::plus);
  ASSERT_EQ(pieces->size(), 1u);
  EXPECT_EQ((*pieces)[0].bytes, "t APPEND \"x\" {4097}\r\n");
  EXPECT_TRUE((*pieces)[0].wait);
}

TEST(CommandWriter, RefusesWhatCannotBeSent) {
  const std::string nul("a\0b", 3);
  SearchKey no_flag;
  no_flag.kind = SearchKey::Kind::flag;
  SearchKey half_or;
  half_or.kind = SearchKey::Kind::or_;
  half_or.children.resize(1);
  Store store;
  store.set = SequenceSet::of({1});
  store.flags = {"a) x"};
  Search search;
  search.key = no_flag;
  Search halved;
  halved.key = half_or;
  const std::vector<Command> commands = {Delete{nul},
                                         Login{"u", nul},
                                         store,
                                         search,
                                         halved,
                                         Fetch{},
                                         Enable{{"A B"}},
                                         Authenticate{"PLAIN", "x\r\ny"},
                                         Create{"a", {"\\Sent\r\n"}}};
  for (const Command& command : commands) {
    const auto pieces = write_command("t", command, LiteralSupport::plus);
    ASSERT_FALSE(pieces) << command.index();
    EXPECT_EQ(pieces.error().code, ErrorCode::refused);
  }
}

TEST(ResponseWriter, EchoesTheNamesOfFetchedSections) {
  std::string out;
  FetchWriter writer(out, 3);
  FetchItem item;
  item.kind = FetchItem::Kind::section;
  item.peek = true;
  item.section.part = {1, 2};
  item.section.specifier = Section::Specifier::header_fields;
  item.section.fields = {"From", "X y"};
  item.partial = Partial{0, 100};
  writer.uid(7);
  writer.section(item, "a\r\n");
  item = FetchItem{};
  item.kind = FetchItem::Kind::rfc822_text;
  writer.section(item, "");
  item.kind = FetchItem::Kind::rfc822;
  writer.section_nil(item);
  writer.finish();
  EXPECT_EQ(out,
            "* 3 FETCH (UID 7 BODY[1.2.HEADER.FIELDS (From \"X y\")]<0> {3}\r\na\r\n RFC822.TEXT \"\" RFC822 NIL)\r\n");
}

TEST(ResponseWriter, AnnouncesALiteralThatItsCallerSends) {
  std::string out;
  FetchWriter writer(out, 3);
  FetchItem item;
  item.kind = FetchItem::Kind::section;
  writer.section_head(item, 5);
  out += "12345";
  writer.flags_text("(\\Seen)");
  writer.finish();
  EXPECT_EQ(out, "* 3 FETCH (BODY[] {5}\r\n12345 FLAGS (\\Seen))\r\n");
}

TEST(ResponseWriter, TextNeverEndsALine) {
  std::string out;
  StatusResponse status;
  status.tag = "a";
  status.kind = StatusResponse::Kind::no;
  status.text = "x\r\n* BYE";
  write_status(out, status);
  EXPECT_EQ(out, "a NO x  * BYE\r\n");
}

TEST(ResponseWriter, TextIsNeverTakenForACode) {
  std::string out;
  StatusResponse status;
  status.text = "[ALERT] x";
  write_status(out, status);
  EXPECT_TRUE(std::get<StatusResponse>(hear_responses(out).front()).code.name.empty());
}

TEST(ResponseWriter, StringsTakeTheFormThatHoldsThem) {
  const auto written = [](auto write, const std::string& text) {
    std::string out;
    write(out, text);
    return out;
  };
  EXPECT_EQ(written(write_astring, "INBOX"), "INBOX");
  EXPECT_EQ(written(write_astring, "nil"), "\"nil\"");
  EXPECT_EQ(written(write_astring, ""), "\"\"");
  EXPECT_EQ(written(write_string, "a\"b\\"), "\"a\\\"b\\\\\"");
  EXPECT_EQ(written(write_string, "\xc3\xbc"), "{2}\r\n\xc3\xbc");
  EXPECT_EQ(written(write_string, "a\r\n"), "{3}\r\na\r\n");
}

}  // namespace
}  // namespace satchel::imap
