// Whatever a value contains, what is written for it reads back as that value, and as nothing more.
#include <gtest/gtest.h>

#include "hearing.hpp"
#include "random_values.hpp"

namespace satchel::imap {
namespace {

constexpr std::uint64_t seeds = 5'000;

TEST(RoundTrip, EveryCommandWrittenIsTheOneCommandRead) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RandomValues random(seed);
    const Command command = random.command();
    const auto support = LiteralSupport(random.below(3));
    const auto pieces = write_command("a1", command, support);
    ASSERT_TRUE(pieces) << "seed " << seed << ": " << pieces.error().text;
    CommandHearing hearing;
    for (const CommandPiece& piece : *pieces) {
      const std::size_t before = hearing.heard().size();
      hearing.feed(piece.bytes);
      const bool asked = hearing.heard().size() > before && hearing.heard().back().starts_with("continuation");
      ASSERT_EQ(asked, piece.wait) << "seed " << seed << ": " << canonical("a1", command);
    }
    ASSERT_EQ(hearing.commands().size(), 1u) << "seed " << seed << ": " << canonical("a1", command);
    ASSERT_TRUE(hearing.commands().front() == command)
        << "seed " << seed << "\nwritten " << canonical("a1", command) << "\nread " << hearing.heard().back();
    ASSERT_TRUE(hearing.reader().drained());
  }
}

TEST(RoundTrip, EveryResponseWrittenIsTheOneResponseRead) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    RandomValues random(seed);
    const Response response = random.response();
    std::string bytes;
    write_response(bytes, response);
    ResponseHearing hearing;
    hearing.feed(bytes);
    ASSERT_EQ(hearing.responses().size(), 1u) << "seed " << seed << ": " << bytes << hearing.error();
    ASSERT_TRUE(hearing.responses().front() == response) << "seed " << seed << ": " << bytes;
    ASSERT_TRUE(hearing.reader().drained());
  }
}

TEST(RoundTrip, CommandsReadTheSameInEverySplit) {
  std::string bytes;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomValues random(seed);
    bytes = canonical("a1", random.command()) + "b NOOP\r\n";
    if (bytes.size() > 2000) continue;
    const auto whole = hear_commands(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      CommandHearing hearing;
      hearing.feed(std::string_view(bytes).substr(0, cut));
      hearing.feed(std::string_view(bytes).substr(cut));
      ASSERT_EQ(hearing.heard(), whole) << "seed " << seed << " cut at " << cut << ": " << bytes;
    }
  }
}

TEST(RoundTrip, ResponsesReadTheSameInEverySplit) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomValues random(seed);
    std::string bytes;
    for (int i = 0; i < 3; ++i) write_response(bytes, random.response());
    if (bytes.size() > 2000) continue;
    const auto whole = hear_responses(bytes);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      ResponseHearing hearing;
      hearing.feed(std::string_view(bytes).substr(0, cut));
      hearing.feed(std::string_view(bytes).substr(cut));
      ASSERT_TRUE(hearing.responses() == whole) << "seed " << seed << " cut at " << cut << ": " << bytes;
    }
  }
}

}  // namespace
}  // namespace satchel::imap
