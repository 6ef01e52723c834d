// Thousands of seeded worlds, as many as fit the time. SATCHEL_SEEDS=from:to chooses them, --gtest_filter the
// kind of server; SATCHEL_VERBOSE=1 tells one world step by step.
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

using Run = std::optional<std::string> (World::*)();

// As many worlds of that kind of server as fit the time.
void run_worlds(const std::string& personality, Run run, std::chrono::seconds time) {
  const auto end =
      std::chrono::steady_clock::now() + (std::getenv("SATCHEL_SEEDS") ? std::chrono::seconds(3600) : time);
  const Seeds seeds = chosen();
  std::uint64_t passed = 0;
  for (std::uint64_t seed = seeds.from; seed < seeds.to && std::chrono::steady_clock::now() < end; ++seed) {
    World world(seed, personality);
    if (const auto wrong = (world.*run)())
      ADD_FAILURE() << "seed " << seed << " " << personality << ": " << *wrong;
    else
      ++passed;
  }
  testing::Test::RecordProperty("worlds", std::to_string(passed));
}

class Worlds : public testing::TestWithParam<std::string> {};

TEST_P(Worlds, NothingLostNothingTwiceBothSidesEqual) {
  run_worlds(GetParam(), &World::run, std::chrono::seconds(6));
}

INSTANTIATE_TEST_SUITE_P(Servers, Worlds,
                         testing::Values("qresync", "condstore", "without_move", "plain", "merging", "altering",
                                         "altering_plain", "uid_validity_one"),
                         [](const auto& one) { return one.param; });

class WorldsAlone : public testing::TestWithParam<std::string> {};

TEST_P(WorldsAlone, NothingChangesByItself) {
  run_worlds(GetParam(), &World::run_alone, std::chrono::seconds(3));
}

// Not where one message takes the place of its twins, nor where two that look alike are left to the user.
INSTANTIATE_TEST_SUITE_P(Servers, WorldsAlone,
                         testing::Values("qresync", "condstore", "without_move", "plain", "uid_validity_one"),
                         [](const auto& one) { return one.param; });

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
        Kept{"EmptyMailboxIsNotTakenForAnother", 66197, "condstore"}, Kept{"TwinsByTheirFlags", 5994, "qresync"},
        Kept{"AlteredAndMovedOnBeforeItWasMeasured", 77979, "altering"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace satchel::sync::test
