// Thousands of seeded worlds, as many as fit the time. SATCHEL_SEEDS=from:to and
// SATCHEL_PERSONALITY=name choose them; SATCHEL_VERBOSE=1 tells one world step by step.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "world.hpp"

namespace satchel::sync::test {
namespace {

struct Seeds {
  std::uint64_t from = 1;
  std::uint64_t to = 2000;
};

Seeds chosen() {
  Seeds seeds;
  if (const char* text = std::getenv("SATCHEL_SEEDS")) {
    const std::string range = text;
    const std::size_t colon = range.find(':');
    seeds.from = std::stoull(range);
    seeds.to = colon == std::string::npos ? seeds.from + 1 : std::stoull(range.substr(colon + 1));
  }
  return seeds;
}

class Worlds : public testing::TestWithParam<std::string> {};

TEST_P(Worlds, NothingLostNothingTwiceBothSidesEqual) {
  const char* only = std::getenv("SATCHEL_PERSONALITY");
  if (only && GetParam() != only) GTEST_SKIP();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::getenv("SATCHEL_SEEDS") ? 3600 : 6);
  const Seeds seeds = chosen();
  std::uint64_t passed = 0;
  for (std::uint64_t seed = seeds.from; seed < seeds.to && std::chrono::steady_clock::now() < end; ++seed) {
    World world(seed, GetParam());
    if (const auto wrong = world.run())
      ADD_FAILURE() << "seed " << seed << " " << GetParam() << ": " << *wrong;
    else
      ++passed;
  }
  RecordProperty("worlds", std::to_string(passed));
}

INSTANTIATE_TEST_SUITE_P(Servers, Worlds,
                         testing::Values("qresync", "condstore", "without_move", "plain", "merging", "altering",
                                         "altering_plain", "uid_validity_one"),
                         [](const auto& one) { return one.param; });

TEST_P(Worlds, AloneNothingChangesByItself) {
  // There one message takes the place of its twins; here two that look alike are left to the user.
  if (GetParam() == "merging" || GetParam().starts_with("altering")) return;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::getenv("SATCHEL_SEEDS") ? 3600 : 3);
  const Seeds seeds = chosen();
  std::uint64_t passed = 0;
  for (std::uint64_t seed = seeds.from; seed < seeds.to && std::chrono::steady_clock::now() < end; ++seed) {
    World world(seed, GetParam());
    if (const auto wrong = world.run_alone())
      ADD_FAILURE() << "seed " << seed << " " << GetParam() << ": " << *wrong;
    else
      ++passed;
  }
  RecordProperty("worlds", std::to_string(passed));
}

// Worlds that once went wrong, by what was wrong with the synchroniser.
struct Kept {
  const char* name;
  std::uint64_t seed;
  const char* personality;
};

class KeptWorlds : public testing::TestWithParam<Kept> {};

TEST_P(KeptWorlds, StaysGood) {
  World world(GetParam().seed, GetParam().personality);
  EXPECT_EQ(world.run().value_or(""), "");
}

INSTANTIATE_TEST_SUITE_P(
    Mended, KeptWorlds,
    testing::Values(
        Kept{"FlagsAtASkippedStop", 996, "condstore"}, Kept{"SkippedStopOfAVanishedMessage", 1136, "plain"},
        Kept{"SurelyDoneIsLookedUpFirst", 1040, "plain"}, Kept{"SurelyDoneAndAlteredInOrder", 1040, "altering_plain"},
        Kept{"NeverMeasuredAndMovedAway", 75, "altering"}, Kept{"TwinsOfAnAlteredAppend", 1821, "altering"},
        Kept{"CopyThatBecameAnAppend", 1918, "altering"}, Kept{"RemovalFromAMailboxThatIsNoMore", 1390, "qresync"},
        Kept{"FlagsOfTheSourceOfACopy", 642, "merging"}, Kept{"CameIntoAMailboxDeletedHere", 820, "qresync"},
        Kept{"OnlyOwnAppendsKnownOfARenamedMailbox", 1283, "altering"},
        Kept{"ContentOfTheOneThatWasMovedThere", 2167, "condstore"},
        Kept{"ContentOfTheOneThatWasMovedThereByName", 3944, "merging"},
        Kept{"CreateBehindWhatIsAddedToIt", 8498, "plain"}, Kept{"FoundAgainInAMailboxDeletedHere", 6089, "condstore"},
        Kept{"ExpungedWhereItWasFoundAgain", 8018, "merging"},
        Kept{"NeverMeasuredWithoutUidValidity", 1068, "uid_validity_one"},
        Kept{"OwnRenameThatWasRenumbered", 18254, "condstore"}, Kept{"MoveWhoseTargetIsNoMore", 14669, "without_move"},
        Kept{"RenamedOntoTheNameOfAnother", 23695, "qresync"},
        Kept{"OwnRenameWhoseOldNameWasTakenAnew", 44058, "without_move"},
        Kept{"NeverMeasuredProvesNoRename", 50529, "condstore"}, Kept{"RenameOfWhatWasMadeAgain", 57581, "merging"},
        Kept{"BytesOfWhatWasMerged", 37278, "merging"}, Kept{"FlagsOfWhatSkippedAStop", 4109, "plain"},
        Kept{"EmptyMailboxIsNotTakenForAnother", 66197, "condstore"}, Kept{"TwinsByTheirFlags", 5994, "qresync"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace satchel::sync::test
