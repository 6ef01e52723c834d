#include "proxy/mime/parser.hpp"

#include <gtest/gtest.h>

#include "odd_messages.hpp"
#include "proxy/mime/envelope.hpp"
#include "proxy/mime/limits.hpp"

namespace satchel::mime {
namespace {

using testing::crlf;
using testing::odd_messages;

// All that a structure says, in one string.
std::string told(const Structure& structure) {
  std::string result = render_structure(structure, Detail::bodystructure);
  for (const Part& part : structure.parts)
    result += "\n" + std::to_string(part.header.begin) + " " + std::to_string(part.header.end) + " " +
              std::to_string(part.body.begin) + " " + std::to_string(part.body.end) + " " +
              std::to_string(part.header_lines) + " " + std::to_string(part.body_lines);
  return result + (structure.cut_short ? " cut" : "") + " " + std::to_string(structure.size);
}

TEST(parser, tells_the_structure_of_odd_messages) {
  for (const auto& message : odd_messages())
    EXPECT_EQ(render_structure(parse(message.content), Detail::bodystructure), message.bodystructure) << message.what;
}

TEST(parser, gives_the_same_for_every_split_in_two) {
  for (const auto& message : odd_messages()) {
    const std::string whole = told(parse(message.content));
    for (std::size_t cut = 0; cut <= message.content.size(); ++cut) {
      Parser parser;
      parser.feed(std::string_view(message.content).substr(0, cut));
      parser.feed(std::string_view(message.content).substr(cut));
      ASSERT_EQ(told(parser.finish()), whole) << message.what << " cut at " << cut;
    }
  }
}

TEST(parser, gives_the_same_byte_by_byte) {
  for (const auto& message : odd_messages()) {
    Parser parser;
    for (const char& c : message.content) parser.feed({&c, 1});
    EXPECT_EQ(told(parser.finish()), told(parse(message.content))) << message.what;
  }
}

TEST(parser, gives_the_same_with_every_long_line_cut) {
  const std::string content = "X-" + std::string(500, 'a') + ": b\r\nContent-Type: multipart/mixed; boundary=\"" +
                              std::string(300, 'c') + "\"\r\n\r\n--" + std::string(300, 'c') + "\r\n\r\n--" +
                              std::string(400, 'd') + "\r\n--" + std::string(300, 'c') + "--\r\n";
  const std::string whole = told(parse(content));
  EXPECT_EQ(parse(content).parts.size(), 2U);
  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    Parser parser;
    parser.feed(std::string_view(content).substr(0, cut));
    parser.feed(std::string_view(content).substr(cut));
    ASSERT_EQ(told(parser.finish()), whole) << "cut at " << cut;
  }
}

TEST(parser, keeps_every_part_inside_its_parent) {
  for (const auto& message : odd_messages()) {
    const Structure structure = parse(message.content);
    for (const Part& part : structure.parts) {
      EXPECT_LE(part.header.begin, part.header.end) << message.what;
      EXPECT_EQ(part.header.end, part.body.begin) << message.what;
      EXPECT_LE(part.body.begin, part.body.end) << message.what;
      if (part.parent == no_part) continue;
      EXPECT_LE(structure.parts[part.parent].body.begin, part.header.begin) << message.what;
      EXPECT_GE(structure.parts[part.parent].body.end, part.body.end) << message.what;
    }
  }
}

TEST(parser, tells_when_the_header_has_ended) {
  Parser parser;
  parser.feed("From: a@b\r\n\r");
  EXPECT_FALSE(parser.header_done());
  parser.feed("\nbody");
  EXPECT_TRUE(parser.header_done());
  EXPECT_EQ(parser.header_size(), 13U);
}

TEST(parser, joins_addresses_of_repeated_fields_and_takes_the_last_of_others) {
  const Structure structure = parse(crlf("Subject: one\nFrom: a@b\nSubject: two\nFrom: c@d\n\n"));
  EXPECT_EQ(render_envelope(*structure.top().envelope),
            R"((NIL "two" ((NIL NIL "a" "b")(NIL NIL "c" "d")) ((NIL NIL "a" "b")(NIL NIL "c" "d")) )"
            R"(((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL NIL))");
}

TEST(parser, reads_5000_parts) {
  std::string content = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (int i = 0; i < 5000; ++i) content += "--x\r\n\r\n" + std::to_string(i) + "\r\n";
  const Structure structure = parse(content + "--x--\r\n");
  EXPECT_EQ(structure.parts.size(), 5001U);
  EXPECT_FALSE(structure.cut_short);
}

TEST(parser, stops_at_its_limit_of_parts) {
  std::string content = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";
  for (std::size_t i = 0; i < max_parts + 100; ++i) content += "--x\r\n\r\ny\r\n";
  const Structure structure = parse(content);
  EXPECT_EQ(structure.parts.size(), max_parts);
  EXPECT_TRUE(structure.cut_short);
  EXPECT_EQ(structure.parts.back().body.end, content.size());
}

TEST(parser, stops_at_its_limit_of_depth) {
  std::string content;
  for (std::size_t i = 0; i < 1000; ++i) content += "Content-Type: message/rfc822\r\n\r\n";
  const Structure structure = parse(content + "x");
  EXPECT_EQ(structure.parts.size(), max_depth + 1);
  EXPECT_TRUE(structure.cut_short);
  EXPECT_NE(render_structure(structure, Detail::body).find(R"("application" "octet-stream")"), std::string::npos);
}

TEST(parser, keeps_little_of_a_huge_field) {
  const Structure structure = parse("Subject: " + std::string(8 * max_field, 'a') + "\r\nTo: a@b\r\n\r\nbody");
  EXPECT_TRUE(structure.cut_short);
  EXPECT_LE(structure.top().envelope->subject->size(), max_field);
  EXPECT_EQ(structure.top().envelope->to.size(), 1U);
  EXPECT_EQ(structure.top().body.size(), 4U);
}

}  // namespace
}  // namespace satchel::mime
