// What clients are shown of upstream's names (attack M5).
#include "proxy/sync/names.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace satchel::sync {
namespace {

std::string shown(std::string_view wire, char delimiter = '/') {
  Abilities abilities;
  abilities.delimiter = delimiter;
  return local_name(wire, delimiter, abilities, '/');
}

TEST(Names, AreShownWithoutControlCharacters) {
  EXPECT_EQ(shown(std::string_view("nul\0byte", 8)),
            "nul\xef\xbf\xbd"
            "byte");
  EXPECT_EQ(shown("one\r\ntwo"), "one__two");
  EXPECT_EQ(shown("../../x"), "../../x") << "a name, never a file's";
}

TEST(Names, AreNeverEmpty) {
  EXPECT_EQ(shown(""), "_");
}

TEST(Names, AreNoLongerThanClientsMayMakeThem) {
  EXPECT_EQ(shown(std::string(65'536, 'x')), std::string(1000, 'x'));
  std::string umlauts;
  for (int i = 0; i < 2000; ++i) umlauts += "\xc3\xa4";
  EXPECT_EQ(shown("x" + umlauts).size(), 999u) << "not cut inside a character";
}

TEST(Names, HaveNoMoreLevelsThanAnybodyUses) {
  std::string deep;
  for (int i = 0; i < 32'768; ++i) deep += "a/";
  const std::string name = shown(deep + "z");
  EXPECT_LE(name.size(), 1000u);
  EXPECT_EQ(std::count(name.begin(), name.end(), '/'), 49);
}

TEST(Names, TwinsGetASuffix) {
  NamesInUse names{store::AccountState()};
  EXPECT_EQ(names.take("Twin"), "Twin");
  EXPECT_EQ(names.take("twin"), "twin~");
  EXPECT_EQ(names.take("TWIN"), "TWIN~2");
  EXPECT_EQ(names.take("twin~"), "twin~~");
  for (int i = 0; i < 100'000; ++i) (void)names.take("twin");
  EXPECT_EQ(names.take("twin"), "twin~100003")
      << "a hundred thousand of them take no time that grows with their number";
}

}  // namespace
}  // namespace satchel::sync
