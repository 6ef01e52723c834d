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

}  // namespace
}  // namespace satchel::sync::test
