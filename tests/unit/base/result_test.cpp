#include "base/result.hpp"

#include <gtest/gtest.h>

#include "base/numbers.hpp"

namespace satchel {
namespace {

TEST(ResultTest, AnErrorSaysWhatToDo) {
  const Result<int> result = fail(ErrorCode::corrupt, "block 3 does not open");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::corrupt);
  EXPECT_THROW((void)result.value(), std::runtime_error);
}

TEST(NumbersTest, ZeroMeansNone) {
  EXPECT_FALSE(Uid{});
  EXPECT_TRUE(Uid{1} < Uid{2});
}

}  // namespace
}  // namespace satchel
