#include "crypto/recovery_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "crypto/file_slot.hpp"
#include "samples.hpp"

namespace satchel::crypto {
namespace {

std::string printed(const Key& key) {
  return std::string(print_recovery_key(key).view());
}

bool reads_as(std::string_view text, const Key& key) {
  auto read = parse_recovery_key(text);
  return read && equal(*read, key);
}

TEST(RecoveryKey, IsPrintedInGroups) {
  const std::string text = printed(key_of('r'));
  EXPECT_EQ(text.size(), recovery_groups * (recovery_group_letters + 1) - 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_EQ(text[i] == '-', i % (recovery_group_letters + 1) == recovery_group_letters) << i;
  }
}

TEST(RecoveryKey, IsReadAsPrinted) {
  for (int i = 0; i < 100; ++i) {
    const Key key = Key::random();
    EXPECT_TRUE(reads_as(printed(key), key));
  }
}

TEST(RecoveryKey, IsReadTolerantly) {
  const Key key = key_of('r');
  std::string lower = printed(key);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  EXPECT_TRUE(reads_as(lower, key));
  std::string joined = printed(key);
  std::erase(joined, '-');
  EXPECT_TRUE(reads_as(joined, key));
  EXPECT_TRUE(reads_as("  " + joined.substr(0, 3) + " - \t" + joined.substr(3) + "\r\n", key));
}

TEST(RecoveryKey, TakesLettersThatLookAlike) {
  const Key key = Key::from(std::string(32, '\0')).value();
  std::string zeros = printed(key);
  std::replace(zeros.begin(), zeros.end(), '0', 'O');
  EXPECT_TRUE(reads_as(zeros, key));
  std::string small = printed(key_of('\x08'));
  ASSERT_NE(small.find('1'), std::string::npos);
  for (const char alike : {'I', 'i', 'L', 'l'}) {
    std::string other = small;
    std::replace(other.begin(), other.end(), '1', alike);
    EXPECT_TRUE(reads_as(other, key_of('\x08'))) << alike;
  }
}

TEST(RecoveryKey, RefusesOneWrongLetterAnywhere) {
  const std::string text = printed(key_of('r'));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    std::string wrong = text;
    wrong[i] = wrong[i] == '7' ? '8' : '7';
    EXPECT_EQ(parse_recovery_key(wrong).error().code, ErrorCode::malformed) << i;
  }
}

TEST(RecoveryKey, RefusesTwoNeighboursSwapped) {
  const std::string text = printed(key_of('r'));
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == text[i + 1] || text[i] == '-' || text[i + 1] == '-') continue;
    std::string wrong = text;
    std::swap(wrong[i], wrong[i + 1]);
    EXPECT_FALSE(parse_recovery_key(wrong)) << i;
  }
}

TEST(RecoveryKey, RefusesEveryOtherLengthAndLetter) {
  const std::string text = printed(key_of('r'));
  for (std::size_t length = 0; length < text.size(); ++length) EXPECT_FALSE(parse_recovery_key(text.substr(0, length)));
  EXPECT_FALSE(parse_recovery_key(text + "0"));
  for (const char wrong : {'U', 'u', '!', '\0', '\xc3'}) {
    std::string other = text;
    other[3] = wrong;
    EXPECT_FALSE(parse_recovery_key(other));
  }
}

TEST(RecoveryKey, GivesOneGroupBack) {
  const Key key = key_of('r');
  const std::string text = printed(key);
  for (std::size_t number = 1; number <= recovery_groups; ++number) {
    const std::string group = text.substr((number - 1) * (recovery_group_letters + 1), recovery_group_letters);
    EXPECT_TRUE(is_recovery_group(key, number, group));
    EXPECT_TRUE(is_recovery_group(key, number, " " + group.substr(0, 2) + "-" + group.substr(2)));
    EXPECT_FALSE(is_recovery_group(key, number, group.substr(1)));
    EXPECT_FALSE(is_recovery_group(key, number, group + "0"));
    EXPECT_FALSE(is_recovery_group(key, number, "0000000"));
  }
  EXPECT_FALSE(is_recovery_group(key, 0, text.substr(0, 7)));
  EXPECT_FALSE(is_recovery_group(key, 9, text.substr(0, 7)));
}

TEST(KeyFile, IsReadAsPrinted) {
  const Key key = Key::random();
  const SecretBytes text = print_key_file(key);
  EXPECT_EQ(text.size(), 84u);
  EXPECT_TRUE(equal(parse_key_file(text.view()).value(), key));
  EXPECT_TRUE(equal(parse_key_file(text.view().substr(0, 83)).value(), key));
}

TEST(KeyFile, RefusesWhatIsNone) {
  const std::string text(print_key_file(key_of('f')).view());
  for (std::size_t length = 0; length < 83; ++length) EXPECT_FALSE(parse_key_file(text.substr(0, length))) << length;
  EXPECT_FALSE(parse_key_file(text + "\n"));
  for (const char wrong : {'g', 'A', ' ', '\0'}) {
    std::string other = text;
    other[30] = wrong;
    EXPECT_FALSE(parse_key_file(other)) << wrong;
  }
}

}  // namespace
}  // namespace satchel::crypto
