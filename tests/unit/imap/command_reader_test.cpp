// Framing: lines, literals, the message of an APPEND, limits, other protocols.
#include "proxy/imap/command_reader.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "hearing.hpp"
#include "proxy/imap/limits.hpp"
#include "tests/support/growth.hpp"

namespace satchel::imap {
namespace {

using namespace std::string_literals;
using Heard = std::vector<std::string>;
using Event = CommandReader::Event;

TEST(CommandReader, AsksForAContinuationBeforeASynchronisingLiteral) {
  CommandHearing hearing;
  hearing.feed("a LOGIN {4}\r\n");
  EXPECT_EQ(hearing.heard(), Heard{"continuation 4"});
  hearing.feed("user {2}\r\n");
  hearing.feed("pw\r\n");
  EXPECT_EQ(hearing.heard(), (Heard{"continuation 4", "continuation 2", "command a LOGIN \"user\" \"pw\"\r\n"}));
}

TEST(CommandReader, TakesALiteralOfNoBytes) {
  EXPECT_EQ(hear_commands("a LOGIN {0}\r\n {0+}\r\n\r\n"), (Heard{"continuation 0", "command a LOGIN \"\" \"\"\r\n"}));
}

TEST(CommandReader, StreamsTheMessageOfAnAppend) {
  CommandHearing hearing;
  hearing.feed("a APPEND \"x y\" (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {7}\r\n");
  EXPECT_EQ(hearing.heard(), Heard{"append a APPEND \"x y\" (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {7+}\r\n"});
  EXPECT_TRUE(hearing.reader().literal_synchronising());
  hearing.feed("a\r\nb NO");
  hearing.feed("\r\nb NOOP\r\n");
  EXPECT_EQ(hearing.heard().back(), "command b NOOP\r\n");
  EXPECT_EQ(hearing.heard()[1], "message a\r\nb NO");
}

TEST(CommandReader, KnowsTheMessageFromAMailboxGivenAsALiteral) {
  EXPECT_EQ(hear_commands("a APPEND {5+}\r\nINBOX {3+}\r\n{9}\r\n"),
            (Heard{"append a APPEND \"INBOX\" {3+}\r\n", "message {9}", "command a APPEND \"INBOX\" {3+}\r\n"}));
}

TEST(CommandReader, TakesAnAppendOfABinaryLiteral) {
  EXPECT_EQ(hear_commands("a APPEND x ~{3+}\r\na\0b\r\n"s),
            (Heard{"append a APPEND \"x\" {3+}\r\n", "message a\0b"s, "command a APPEND \"x\" {3+}\r\n"}));
}

TEST(CommandReader, TakesAnAppendOfNothing) {
  EXPECT_EQ(hear_commands("a APPEND x {0+}\r\n\r\n").size(), 3u);
}

TEST(CommandReader, RefusesASecondMessageAndPassesItOver) {
  const Heard heard = hear_commands("a APPEND x {1+}\r\nm {4+}\r\nxyz\n\r\nb NOOP\r\n");
  ASSERT_EQ(heard.size(), 4u);
  EXPECT_EQ(heard[2], "malformed 0 a");
  EXPECT_EQ(heard[3], "command b NOOP\r\n");
}

TEST(CommandReader, PassesOverARefusedLiteralThatComesAnyway) {
  CommandReader reader;
  reader.feed("a APPEND x {6+}\r\nb\r\nc\r\n {3+}\r\nabc\r\nd NOOP\r\n");
  ASSERT_EQ(reader.next(), Event::append_begin);
  reader.refuse_literal();
  ASSERT_EQ(reader.next(), Event::command);
  EXPECT_EQ(reader.tag(), "d");
}

TEST(CommandReader, ExpectsNothingOfARefusedSynchronisingLiteral) {
  CommandReader reader;
  reader.feed("a APPEND x {6}\r\n");
  ASSERT_EQ(reader.next(), Event::append_begin);
  reader.refuse_literal();
  reader.feed("d NOOP\r\n");
  ASSERT_EQ(reader.next(), Event::command);
  EXPECT_EQ(reader.tag(), "d");
}

TEST(CommandReader, HandsOutTheLineThatWasExpected) {
  EXPECT_EQ(hear_commands("a IDLE\r\nDONE\r\nb NOOP\r\n"),
            (Heard{"command a IDLE\r\n", "line DONE", "command b NOOP\r\n"}));
}

TEST(CommandReader, TakesPipelinedCommandsAndBareLineFeeds) {
  EXPECT_EQ(hear_commands("a NAMESPACE\r\nb LIST \"\" *\n\r\nc NOOP\r\n"),
            (Heard{"command a NAMESPACE\r\n", "command b LIST \"\" \"*\"\r\n", "command c NOOP\r\n"}));
}

TEST(CommandReader, RefusesNulBytesInALineAndInALiteral) {
  EXPECT_EQ(hear_commands("a LOGIN \"x\0\" y\r\nb NOOP\r\n"s), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
  EXPECT_EQ(hear_commands("a LOGIN {1+}\r\n\0 y\r\nb NOOP\r\n"s), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
}

TEST(CommandReader, RefusesACarriageReturnInsideALine) {
  EXPECT_EQ(hear_commands("a LOGIN x\ry z\r\nb NOOP\r\n"), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
}

TEST(CommandReader, DropsALineThatIsTooLongAndGoesOn) {
  const std::string line = "a LOGIN " + std::string(max_command_line, 'x') + " y\r\nb NOOP\r\n";
  EXPECT_EQ(hear_commands(line), (Heard{"malformed 3 a", "command b NOOP\r\n"}));
  CommandHearing hearing;
  for (std::size_t at = 0; at < line.size(); at += 777) hearing.feed(std::string_view(line).substr(at, 777));
  EXPECT_EQ(hearing.heard(), (Heard{"malformed 3 a", "command b NOOP\r\n"}));
}

TEST(CommandReader, EndsALineThatNeverEnds) {
  CommandHearing hearing;
  const std::string piece(1024 * 1024, 'x');
  std::size_t fed = 0;
  while (hearing.heard().size() < 2 && fed < 100) {
    hearing.feed(piece);
    ++fed;
  }
  ASSERT_EQ(hearing.heard().size(), 2u);
  EXPECT_TRUE(hearing.heard()[1].ends_with("fatal"));
}

TEST(CommandReader, RefusesLiteralsByTheirSize) {
  // Synchronising: they do not come, the connection goes on.
  for (const char* size : {"2147483648", "4294967296", "18446744073709551615", "99999999999999999999999"}) {
    const std::string literal = "{" + std::string(size) + "}\r\nb NOOP\r\n";
    EXPECT_EQ(hear_commands("a LOGIN " + literal), (Heard{"malformed 4 a", "command b NOOP\r\n"})) << size;
    EXPECT_EQ(hear_commands("a APPEND x " + literal), (Heard{"malformed 4 a", "command b NOOP\r\n"})) << size;
  }
  // Not synchronising: too much to pass over.
  for (const char* size : {"2147483648", "99999999999999999999999"}) {
    const std::string literal = "{" + std::string(size) + "+}\r\nb NOOP\r\n";
    EXPECT_EQ(hear_commands("a LOGIN " + literal), Heard{"malformed 4 a fatal"}) << size;
    EXPECT_EQ(hear_commands("a APPEND x " + literal), Heard{"malformed 4 a fatal"}) << size;
  }
  EXPECT_EQ(hear_commands("a LOGIN {-5}\r\nb NOOP\r\n"), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
}

TEST(CommandReader, PassesOverALiteralThatIsTooBigForALine) {
  const std::string bytes = "a LOGIN {2000000+}\r\n" + std::string(2'000'000, '\n') + " {3+}\r\nabc\r\nb NOOP\r\n";
  EXPECT_EQ(hear_commands(bytes), (Heard{"malformed 4 a", "command b NOOP\r\n"}));
}

TEST(CommandReader, LimitsDepthAndCount) {
  const std::string deep = "a SEARCH " + std::string(10'000, '(') + "ALL" + std::string(10'000, ')') + "\r\nb NOOP\r\n";
  EXPECT_EQ(hear_commands(deep), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
  std::string nots = "a SEARCH ";
  for (int i = 0; i < 10'000; ++i) nots += "NOT ";
  EXPECT_EQ(hear_commands(nots + "ALL\r\nb NOOP\r\n"), (Heard{"malformed 0 a", "command b NOOP\r\n"}));
  std::string literals = "a LOGIN";
  for (int i = 0; i < 1'000'000; ++i) literals += "{0+}\r\n";
  const Heard heard = hear_commands(literals + "\r\nb NOOP\r\n");
  ASSERT_GE(heard.size(), 2u);
  EXPECT_EQ(heard.front(), "malformed 3 a");
  EXPECT_EQ(heard.back(), "command b NOOP\r\n");
}

// Nothing of it is kept: that would be the test's own cost.
double seconds_for(const std::string& bytes) {
  const double start = test::used_time();
  CommandReader reader;
  bool fatal = false;
  for (std::size_t at = 0; at < bytes.size() && !fatal; at += 1000) {
    reader.feed(std::string_view(bytes).substr(at, 1000));
    for (Event event = reader.next(); event != Event::need_more && !fatal; event = reader.next())
      fatal = event == Event::malformed && reader.error().fatal;
  }
  return test::used_time() - start;
}

TEST(CommandReader, TimeGrowsWithTheBytes) {
  const auto repeated = [](const std::string& begin, const std::string& part, const std::string& end) {
    return [=](std::size_t count) {
      std::string bytes = begin;
      for (std::size_t i = 0; i < count; ++i) bytes += part;
      return bytes + end + "\r\n";
    };
  };
  const std::vector<std::tuple<const char*, std::size_t, std::function<std::string(std::size_t)>>> axes = {
      {"commands", 1000,
       repeated("", "a SEARCH (OR SEEN (NOT TEXT \"abc\")) UID 1,2,3,4,5:9 HEADER a {3+}\r\nabc\r\n", "")},
      {"brackets", 3000, repeated("a SEARCH ", "(", "")},
      {"nots", 900, repeated("a SEARCH ", "NOT ", "ALL")},
      {"sets", 2000, repeated("a FETCH 1", ",7", " FLAGS")},
      {"quotes", 2000, repeated("a LOGIN \"", "\\\"", "\" x")},
      {"literals", 600, repeated("a SEARCH", " TEXT {1+}\r\na", "")},
      {"a line that is too long", 60'000, repeated("a NOOP", "xx", "")},
      {"an append", 200'000,
       [](std::size_t count) {
         return "a APPEND INBOX {" + std::to_string(count) + "+}\r\n" + std::string(count, 'x') + "\r\n";
       }},
      {"a literal", 50'000,
       [](std::size_t count) {
         return "a LOGIN u {" + std::to_string(count) + "+}\r\n" + std::string(count, 'x') + "\r\n";
       }},
  };
  for (const auto& [name, count, make] : axes)
    EXPECT_LT(test::sixteenfold_growth(count, make, seconds_for), test::sixteenfold_limit) << name;
}

TEST(CommandReader, EndsOtherProtocolsAtTheirFirstLine) {
  for (const char* line : {"GET / HTTP/1.1", "POST /x HTTP/1.0", "OPTIONS * HTTP/1.1", "PRI * HTTP/2.0", "HEAD /a",
                           "EHLO me", "HELO me", "USER root", "INVITE sip:a@b SIP/2.0", "REGISTER sip:b SIP/2.0",
                           "SSH-2.0-x", "PUT /a HTTP/1.1", "CONNECT localhost:4143 HTTP/1.1", "a1 x HTTP/1.1"}) {
    const Heard heard = hear_commands(std::string(line) + "\r\na NOOP\r\n");
    ASSERT_EQ(heard.size(), 1u) << line;
    EXPECT_TRUE(heard[0].starts_with("malformed 2") && heard[0].ends_with("fatal")) << line << ": " << heard[0];
  }
}

TEST(CommandReader, EndsATlsHelloAtItsFirstByte) {
  EXPECT_EQ(hear_commands(std::string("\x16\x03\x01", 3)), Heard{"malformed 2  fatal"});
}

TEST(CommandReader, SaysWhetherBytesStandBehindACommand) {
  CommandReader reader;
  reader.feed("a STARTTLS\r\nb LOGIN u p\r\n");
  ASSERT_EQ(reader.next(), Event::command);
  EXPECT_FALSE(reader.drained());
  ASSERT_EQ(reader.next(), Event::command);
  EXPECT_TRUE(reader.drained());
}

}  // namespace
}  // namespace satchel::imap
