#include "proxy/mime/envelope.hpp"

#include <gtest/gtest.h>

#include "odd_messages.hpp"
#include "proxy/mime/parser.hpp"

namespace satchel::mime {
namespace {

using testing::crlf;

std::string envelope(std::string_view header) {
  return render_envelope(*parse(crlf(header)).top().envelope);
}

TEST(envelope, shows_all_fields_in_order) {
  EXPECT_EQ(
      envelope("Date: Mon, 1 Jan 2001 00:00:00 +0000\nSubject: s\nFrom: f@x\nSender: s@x\nReply-To: r@x\nTo: t@x\n"
               "Cc: c@x\nBcc: b@x\nIn-Reply-To: <i>\nMessage-ID: <m>\n\n"),
      R"(("Mon, 1 Jan 2001 00:00:00 +0000" "s" ((NIL NIL "f" "x")) ((NIL NIL "s" "x")) ((NIL NIL "r" "x")) )"
      R"(((NIL NIL "t" "x")) ((NIL NIL "c" "x")) ((NIL NIL "b" "x")) "<i>" "<m>"))");
}

TEST(envelope, takes_sender_and_reply_to_from_from) {
  EXPECT_EQ(envelope("From: a@b\n\n"),
            R"((NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL))");
}

TEST(envelope, takes_from_also_for_an_empty_sender) {
  EXPECT_EQ(envelope("From: a@b\nSender:\n\n"),
            R"((NIL NIL ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) ((NIL NIL "a" "b")) NIL NIL NIL NIL NIL))");
}

TEST(envelope, is_all_nil_without_fields) {
  EXPECT_EQ(envelope("\n"), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(envelope, tells_empty_from_missing) {
  EXPECT_EQ(envelope("Subject:\nDate: \nTo: \nIn-Reply-To:\n\n"), R"(("" "" NIL NIL NIL NIL NIL NIL "" NIL))");
}

TEST(envelope, unfolds_subjects_for_people) {
  EXPECT_EQ(envelope("Subject:\n a\n\tb  c \n\n"), R"((NIL "a b c" NIL NIL NIL NIL NIL NIL NIL NIL))");
}

TEST(envelope, unfolds_other_fields_as_they_are) {
  EXPECT_EQ(envelope("In-Reply-To: <a>\n  <b>\n\n"), R"((NIL NIL NIL NIL NIL NIL NIL NIL "<a>  <b>" NIL))");
}

TEST(envelope, sends_8_bit_as_a_literal) {
  EXPECT_EQ(envelope("Subject: caf\xE9\n\n"), "(NIL {4}\r\ncaf\xE9 NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(envelope, quotes_quotes) {
  EXPECT_EQ(envelope("Subject: a\"b\\c\n\n"), R"((NIL "a\"b\\c" NIL NIL NIL NIL NIL NIL NIL NIL))");
}

TEST(envelope, sends_many_quotes_as_a_literal) {
  EXPECT_EQ(envelope("Subject: \"a\" \"b\"\n\n"), "(NIL {7}\r\n\"a\" \"b\" NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(envelope, never_sends_a_nul) {
  const std::string sent = envelope(std::string_view("Subject: a\0b\n\n", 14));
  EXPECT_EQ(sent,
            "(NIL {5}\r\na\xEF\xBF\xBD"
            "b NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(envelope, shows_groups) {
  EXPECT_EQ(envelope("To: friends: a@b;\n\n"),
            R"((NIL NIL NIL NIL NIL ((NIL NIL "friends" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)) NIL NIL NIL NIL))");
}

TEST(envelope, ignores_case_and_spaces_of_names) {
  EXPECT_EQ(envelope("SUBJECT : x\nmessage-id:<m>\n\n"), R"((NIL "x" NIL NIL NIL NIL NIL NIL NIL "<m>"))");
}

TEST(body, is_bodystructure_without_extension_data) {
  EXPECT_EQ(
      render_structure(parse(crlf("Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n")), Detail::body),
      R"((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 0) "mixed"))");
}

}  // namespace
}  // namespace satchel::mime
