// Malformed commands and responses mean the same in whatever pieces they arrive: cut in two at every byte, and byte
// by byte. (Well-formed ones: round_trip_test.cpp; whole sessions: tests/unit/server.)
#include <gtest/gtest.h>

#include "hearing.hpp"

namespace satchel::imap {
namespace {

using namespace std::string_literals;

// Behind each stands "z NOOP": what is not fatal goes on there.
const std::vector<std::string>& bad_commands() {
  static const std::vector<std::string> all = {
      "a\r\n",
      "\r\n",
      " a NOOP\r\n",
      "a  NOOP\r\n",
      "a NOOP extra\r\n",
      "a WHAT is this\r\n",
      "+ NOOP\r\n",
      "a LOGIN\r\n",
      "a LOGIN \"open pw\r\n",
      "a LOGIN \"x\\n\" y\r\n",
      "a LOGIN x\ry z\r\n",
      "a LOGIN \"x\0\" y\r\n"s,
      "a LOGIN {1+}\r\n\0 y\r\n"s,
      "a LOGIN {-5}\r\n",
      "a LOGIN {3\r\nabc y\r\n",
      "a LOGIN {3+} abc y\r\n",
      "a LOGIN {2147483648}\r\n",
      "a LOGIN {99999999999999999999999+}\r\nx\r\n",
      "a LOGIN {3}\r\nabc\r\n",
      "a LOGIN {3}\r\nabc {3+}\r\nx\ny extra\r\n",
      "a APPEND INBOX {3+}\r\nabcdef\r\n",
      "a APPEND INBOX (\\Seen {3+}\r\nabc\r\n",
      "a APPEND INBOX \"32-Foo-1996 02:44:25 -0700\" {3+}\r\na\r\n\r\n",
      "a APPEND x {1+}\r\nm {4+}\r\nxyz\n\r\n",
      "a APPEND x {1+}\r\nm {2+}\r\nxyz {" + std::string(53, '0') + "+}\r\nu {" + std::string(30, '0') + "+}\r\nv\r\n",
      "a FETCH 1:*:2 FLAGS\r\n",
      "a FETCH 0 FLAGS\r\n",
      "a FETCH 1 (FLAGS\r\n",
      "a FETCH 1 BODY[HEADER.FIELDS (\r\n",
      "a FETCH 1 BODY[]<0.0>\r\n",
      "a STORE 1 FLAGS (\\Seen\r\n",
      "a SEARCH (((SEEN\r\n",
      "a SEARCH HEADER x\r\n",
      "a SEARCH CHARSET {5+}\r\nUTF-8\r\n",
      "a SELECT \"&AM\x80-\"\r\n",
      "a STATUS INBOX ()\r\n",
      "a UID\r\n",
      "a UID NOOP\r\n",
      "a IDLE\r\nNOT DONE\r\n",
      "a ENABLE\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n",
      "EHLO me\r\n",
      "\x16\x03\x01\x02"s,
      "a NOOP\nb NOOP\n",
  };
  return all;
}

const std::vector<std::string>& bad_responses() {
  static const std::vector<std::string> all = {
      "* 1 FETCH (FLAGS (\\Seen\r\n",
      "* 1 FETCH (UID 1 BODY[] {3}\r\na\r\n ODD\r\n",
      "* 1 FETCH (UID 0 FLAGS ())\r\n",
      "* 1 FETCH (BODY[] {18446744073709551616}\r\n",
      "* 1 FETCH (BODY[HEADER {3}\r\nabc)\r\n",
      "* LIST () \"/\" {5000000}\r\n",
      "* LIST (\\Sent \"/\" x\r\n",
      "* SEARCH 1 x\r\n",
      "* SEARCH {-5}\r\n",
      "* ESEARCH ALL x\r\n",
      "* VANISHED 1:*\r\n",
      "* STATUS x (MESSAGES y)\r\n",
      "* NAMESPACE what\r\n",
      "* OK [UIDVALIDITY x] y\r\n",
      "* OK [unclosed\r\n",
      "* OK a\0b\r\n"s,
      "* \r\n",
      "\r\n",
      "a1 PREAUTH x\r\n",
      "<html>\r\n",
  };
  return all;
}

// A fatal one ends the connection: nothing is fed behind it.
void feed(CommandHearing& hearing, std::string_view bytes) {
  const bool over = !hearing.heard().empty() && hearing.heard().back().ends_with("fatal");
  if (!over) hearing.feed(bytes);
}

TEST(Split, AMalformedCommandIsRefusedAlikeInEverySplit) {
  for (const std::string& command : bad_commands()) {
    const std::string bytes = command + "z NOOP\r\n";
    const auto whole = hear_commands(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      CommandHearing hearing;
      feed(hearing, std::string_view(bytes).substr(0, cut));
      feed(hearing, std::string_view(bytes).substr(cut));
      ASSERT_EQ(hearing.heard(), whole) << "cut at " << cut << ": " << bytes;
    }
    CommandHearing hearing;
    for (const char& byte : bytes) feed(hearing, std::string_view(&byte, 1));
    ASSERT_EQ(hearing.heard(), whole) << bytes;
  }
}

TEST(Split, AMalformedResponseIsReadAlikeInEverySplit) {
  for (const std::string& response : bad_responses()) {
    const std::string bytes = "* 2 EXISTS\r\n" + response + "* 3 EXISTS\r\n";
    ResponseHearing whole;
    whole.feed(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      ResponseHearing hearing;
      hearing.feed(std::string_view(bytes).substr(0, cut));
      if (hearing.error().empty()) hearing.feed(std::string_view(bytes).substr(cut));
      ASSERT_TRUE(hearing.responses() == whole.responses()) << "cut at " << cut << ": " << bytes;
      ASSERT_EQ(hearing.error(), whole.error()) << "cut at " << cut << ": " << bytes;
    }
  }
}

}  // namespace
}  // namespace satchel::imap
