#include "crypto/secret.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <ostream>
#include <type_traits>

#include "samples.hpp"

namespace satchel::crypto {
namespace {

template <class T>
concept printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!printable<SecretBytes>);
static_assert(!printable<Key>);
static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_assignable_v<Key>);
static_assert(std::is_nothrow_move_constructible_v<Key> && std::is_nothrow_move_assignable_v<Key>);

TEST(Secret, KeepsItsBytes) {
  EXPECT_EQ(SecretBytes::copy("open sesame").view(), "open sesame");
}

TEST(Secret, IsEmptyAfterItMoved) {
  SecretBytes first = SecretBytes::copy("open sesame");
  SecretBytes second = std::move(first);
  EXPECT_EQ(second.view(), "open sesame");
  EXPECT_EQ(first.size(), 0u);
  first = std::move(second);
  EXPECT_EQ(first.view(), "open sesame");
}

TEST(SecretDeathTest, CannotBeWrittenOnceFilled) {
  const SecretBytes secret = SecretBytes::copy("open sesame");
  EXPECT_DEATH(std::memset(const_cast<unsigned char*>(secret.data()), 0, 1), "");
}

TEST(SecretDeathTest, IsUnreadableBehindItsEnd) {
  const SecretBytes secret = SecretBytes::copy("open sesame");
  EXPECT_DEATH(
      {
        volatile unsigned char next = secret.data()[secret.size()];
        (void)next;
      },
      "");
}

TEST(Key, HasThirtyTwoBytes) {
  EXPECT_FALSE(Key::from(std::string(31, 'a')));
  EXPECT_FALSE(Key::from(std::string(33, 'a')));
  EXPECT_TRUE(Key::from(std::string(32, 'a')));
}

TEST(Key, IsRandom) {
  EXPECT_FALSE(equal(Key::random(), Key::random()));
}

TEST(Key, ClonesAreEqual) {
  const Key key = Key::random();
  EXPECT_TRUE(equal(key, key.clone()));
}

TEST(Equal, ComparesSizeAndBytes) {
  EXPECT_TRUE(equal("", ""));
  EXPECT_TRUE(equal("abc", "abc"));
  EXPECT_FALSE(equal("abc", "abd"));
  EXPECT_FALSE(equal("abc", "ab"));
}

}  // namespace
}  // namespace satchel::crypto
