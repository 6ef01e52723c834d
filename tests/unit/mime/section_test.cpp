#include "proxy/mime/section.hpp"

#include <gtest/gtest.h>

#include "odd_messages.hpp"
#include "proxy/mime/parser.hpp"
#include "proxy/mime/summary.hpp"

namespace satchel::mime {
namespace {

using testing::crlf;

const char* const message =
    "Content-Type: multipart/mixed; boundary=x\n\npre\n--x\nContent-Type: text/html\n\n<b>\n--x\n"
    "Content-Type: message/rfc822\nX: y\n\nFrom: in@b\nSubject: inner\n\nibody\n--x\n"
    "Content-Type: multipart/alternative; boundary=y\n\n--y\n\ny1\n--y--\nepi\n--x\n"
    "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=z\n\n--z\nA: "
    "b\n\nz1\n--z--\n\n--x--\nend\n";

std::string fetched(const std::string& content, const Section& section) {
  const auto range = locate(parse(content), section);
  return range ? content.substr(range->begin, range->size()) : "NIL";
}

struct Row {
  std::vector<std::uint32_t> path;
  SectionText text;
  std::string_view expected;  // LF for CRLF
};

TEST(section, names_the_right_bytes) {
  using enum SectionText;
  const std::string content = crlf(message);
  const Row rows[] = {
      {{}, whole, message},
      {{}, header, "Content-Type: multipart/mixed; boundary=x\n\n"},
      {{}, text, std::string_view(message).substr(43)},
      {{1}, whole, "<b>"},
      {{1}, mime, "Content-Type: text/html\n\n"},
      {{1}, header, "NIL"},
      {{1}, text, "NIL"},
      {{2}, whole, "From: in@b\nSubject: inner\n\nibody"},
      {{2}, mime, "Content-Type: message/rfc822\nX: y\n\n"},
      {{2}, header, "From: in@b\nSubject: inner\n\n"},
      {{2}, text, "ibody"},
      {{2, 1}, whole, "ibody"},
      {{2, 1}, mime, "From: in@b\nSubject: inner\n\n"},
      {{2, 2}, whole, "NIL"},
      {{2, 1, 1}, whole, "NIL"},
      {{3}, whole, "--y\n\ny1\n--y--\nepi"},
      {{3, 1}, whole, "y1"},
      {{3, 1}, mime, "\n"},
      {{3, 2}, whole, "NIL"},
      {{4, 1}, whole, "z1"},
      {{4, 1}, mime, "A: b\n\n"},
      {{4}, text, "--z\nA: b\n\nz1\n--z--\n"},
      {{4}, header_fields, "Content-Type: multipart/mixed; boundary=z\n\n"},
      {{5}, whole, "NIL"},
      {{0}, whole, "NIL"},
      {{1, 1}, whole, "NIL"},
      {{4294967295}, whole, "NIL"},
  };
  for (const Row& row : rows) {
    Section section{row.path, row.text, {}};
    std::string name;
    for (const auto number : row.path) name += std::to_string(number) + ".";
    EXPECT_EQ(fetched(content, section), crlf(row.expected)) << name << static_cast<int>(row.text);
  }
}

TEST(section, part_1_of_a_plain_message_is_its_text) {
  const std::string content = crlf("From: a@b\n\nbody\n");
  EXPECT_EQ(fetched(content, {{1}, SectionText::whole, {}}), "body\r\n");
  EXPECT_EQ(fetched(content, {{1}, SectionText::mime, {}}), "From: a@b\r\n\r\n");
  EXPECT_EQ(fetched(content, {{2}, SectionText::whole, {}}), "NIL");
  EXPECT_EQ(fetched(content, {{1, 1}, SectionText::whole, {}}), "NIL");
}

TEST(section, parts_of_a_message_that_is_a_message) {
  const std::string content = crlf("Content-Type: message/rfc822\n\nSubject: q\n\ntext\n");
  EXPECT_EQ(fetched(content, {{1}, SectionText::whole, {}}), "Subject: q\r\n\r\ntext\r\n");
  EXPECT_EQ(fetched(content, {{1}, SectionText::header, {}}), "Subject: q\r\n\r\n");
  EXPECT_EQ(fetched(content, {{1}, SectionText::text, {}}), "text\r\n");
  EXPECT_EQ(fetched(content, {{1, 1}, SectionText::whole, {}}), "text\r\n");
}

TEST(section, part_1_of_a_multipart_without_parts_is_empty) {
  EXPECT_EQ(fetched(crlf("Content-Type: multipart/mixed; boundary=x\n\nno parts\n"), {{1}, SectionText::whole, {}}),
            "");
}

TEST(section, is_the_same_from_a_stored_structure) {
  const std::string content = crlf(message);
  SummaryBuilder builder;
  builder.feed(content);
  const Summary summary = builder.finish();
  const Structure stored = *SummaryView::open(summary.envelope, summary.structure)->structure();
  for (const std::vector<std::uint32_t>& path : {std::vector<std::uint32_t>{}, {1}, {2}, {2, 1}, {3, 1}, {4, 1}, {5}})
    for (const auto text : {SectionText::whole, SectionText::header, SectionText::text, SectionText::mime})
      EXPECT_EQ(locate(stored, {path, text, {}}), locate(parse(content), {path, text, {}}));
}

TEST(header_fields, are_those_named_folded_as_they_stand) {
  const std::string header = crlf("From: a@b\nSubject: x\n folded\nX-Y: z\nsubject : again\n\n");
  EXPECT_EQ(filter_header(header, {{}, SectionText::header_fields, {"SUBJECT"}}),
            crlf("Subject: x\n folded\nsubject : again\n\n"));
}

TEST(header_fields, not_are_all_others) {
  const std::string header = crlf("From: a@b\nno colon\nSubject: x\n folded\nX-Y: z\n\n");
  EXPECT_EQ(filter_header(header, {{}, SectionText::header_fields_not, {"subject", "FROM"}}),
            crlf("no colon\nX-Y: z\n\n"));
}

TEST(header_fields, end_with_the_blank_line_always) {
  EXPECT_EQ(filter_header("From: a@b\r\n\r\n", {{}, SectionText::header_fields, {"X"}}), "\r\n");
  EXPECT_EQ(filter_header("From: a@b\r\n", {{}, SectionText::header_fields, {"From"}}), "From: a@b\r\n\r\n");
  EXPECT_EQ(filter_header("From: a@b", {{}, SectionText::header_fields, {"From"}}), "From: a@b\r\n\r\n");
  EXPECT_EQ(filter_header("", {{}, SectionText::header_fields, {"From"}}), "\r\n");
}

}  // namespace
}  // namespace satchel::mime
