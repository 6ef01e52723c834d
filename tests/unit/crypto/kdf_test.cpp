#include "crypto/kdf.hpp"

#include <gtest/gtest.h>

#include <set>

#include "crypto/sealed_value.hpp"
#include "samples.hpp"

namespace satchel::crypto {
namespace {

TEST(Derive, GivesTheSameForTheSame) {
  EXPECT_TRUE(equal(derive(key_of('k'), "files", "x"), derive(key_of('k'), "files", "x")));
}

TEST(Derive, KeepsKeyLabelAndContextApart) {
  std::set<std::string> all;
  for (const char key : {'a', 'b'}) {
    for (const auto& [label, context] : {std::pair{"files", ""}, {"file", "s"}, {"fil", "es"}, {"secrets", ""}}) {
      all.emplace(derive(key_of(key), label, context).view());
    }
  }
  EXPECT_EQ(all.size(), 8u);
}

TEST(KeyedHash, DoesNotDependOnHowTheBytesCome) {
  const std::string bytes = pattern(1000);
  const std::string whole = keyed_hash(key_of('h'), bytes);
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    KeyedHash hash(key_of('h'));
    hash.update(std::string_view(bytes).substr(0, split));
    hash.update(std::string_view(bytes).substr(split));
    ASSERT_EQ(hash.finish(), whole) << split;
  }
}

TEST(KeyedHash, DependsOnTheKey) {
  EXPECT_NE(keyed_hash(key_of('a'), "mail"), keyed_hash(key_of('b'), "mail"));
  EXPECT_EQ(keyed_hash(key_of('a'), "mail").size(), KeyedHash::size);
}

TEST(SealedValue, OpensAgain) {
  for (const std::size_t size : {0, 1, 100, 100000}) {
    const std::string plain = pattern(size);
    const std::string sealed = seal(key_of('v'), plain, "what for");
    EXPECT_EQ(sealed.size(), size + value_overhead);
    EXPECT_EQ(open(key_of('v'), sealed, "what for").value(), plain);
    EXPECT_EQ(open_secret(key_of('v'), sealed, "what for").value().view(), plain);
  }
}

TEST(SealedValue, IsSealedDifferentlyEachTime) {
  EXPECT_NE(seal(key_of('v'), "same"), seal(key_of('v'), "same"));
}

TEST(SealedValue, DoesNotOpenUnderOtherKeyOrPurpose) {
  const std::string sealed = seal(key_of('v'), "plain", "what for");
  EXPECT_EQ(open(key_of('w'), sealed, "what for").error().code, ErrorCode::corrupt);
  EXPECT_EQ(open(key_of('v'), sealed, "something else").error().code, ErrorCode::corrupt);
}

TEST(SealedValue, DoesNotOpenWithAnyByteFlippedOrCut) {
  const std::string sealed = seal(key_of('v'), "plain");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    EXPECT_EQ(open(key_of('v'), flipped(sealed, i)).error().code, ErrorCode::corrupt) << i;
    EXPECT_EQ(open(key_of('v'), sealed.substr(0, i)).error().code, ErrorCode::corrupt) << i;
  }
}

}  // namespace
}  // namespace satchel::crypto
