// The smaller parts on their own: patterns of LIST, base64, errors as codes.
#include <gtest/gtest.h>

#include "proxy/server/answer.hpp"
#include "proxy/server/base64.hpp"
#include "proxy/server/name_tree.hpp"

namespace satchel::server {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
  return ListPattern("", pattern, '/').matches(name);
}

TEST(ListPattern, StandsForWhatTheRfcSays) {
  EXPECT_TRUE(matches("*", "a/b/c"));
  EXPECT_TRUE(matches("%", "a"));
  EXPECT_FALSE(matches("%", "a/b"));
  EXPECT_TRUE(matches("%/%", "a/b"));
  EXPECT_TRUE(matches("a*c", "a/b/c"));
  EXPECT_FALSE(matches("a%c", "a/b/c"));
  EXPECT_TRUE(matches("*%", "a/b"));
  EXPECT_TRUE(matches("%*", "a/b"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("A", "a"));
  EXPECT_TRUE(matches("inbox", "INBOX"));
  EXPECT_TRUE(matches("iNb%", "INBOX"));
  EXPECT_TRUE(matches("inbox/x", "INBOX/x"));
  EXPECT_FALSE(matches("inbox/X", "INBOX/x"));
  EXPECT_TRUE(ListPattern("a/", "%", '/').matches("a/b"));
}

TEST(ListPattern, ManyWildcardsCostLittle) {
  std::string pattern;
  for (int i = 0; i < 20'000; ++i) pattern += "*a%";
  EXPECT_FALSE(matches(pattern, std::string(1000, 'a') + "b"));
}

TEST(Base64, IsStrict) {
  EXPECT_EQ(decode_base64("AHVAZQ=="), std::string("\0u@e", 4));
  EXPECT_EQ(decode_base64("c2VjcmV0"), "secret");
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_FALSE(decode_base64("abc"));
  EXPECT_FALSE(decode_base64("ab=c"));
  EXPECT_FALSE(decode_base64("===="));
  EXPECT_FALSE(decode_base64("a*bc"));
}

TEST(Errors, HaveTheCodesOfRfc5530) {
  EXPECT_EQ(answer_for(fail(ErrorCode::unavailable, "x")).code, "UNAVAILABLE");
  EXPECT_EQ(answer_for(fail(ErrorCode::no_space, "x")).code, "LIMIT");
  EXPECT_EQ(answer_for(fail(ErrorCode::read_only, "x")).code, "UNAVAILABLE");
  EXPECT_EQ(answer_for(fail(ErrorCode::broken, "x")).code, "UNAVAILABLE");
  EXPECT_EQ(answer_for(fail(ErrorCode::corrupt, "x")).code, "CORRUPTION");
  EXPECT_EQ(answer_for(fail(ErrorCode::not_found, "x")).code, "NONEXISTENT");
  EXPECT_EQ(answer_for(fail(ErrorCode::not_found, "x"), About::target).code, "TRYCREATE");
  EXPECT_EQ(answer_for(fail(ErrorCode::locked, "x"), About::new_mailbox).code, "ALREADYEXISTS");
  EXPECT_EQ(answer_for(fail(ErrorCode::locked, "x")).code, "INUSE");
  EXPECT_EQ(answer_for(fail(ErrorCode::refused, "x")).code, "CANNOT");
  EXPECT_EQ(answer_for(fail(ErrorCode::refused, "")).kind, Answer::Kind::no);
}

}  // namespace
}  // namespace satchel::server
