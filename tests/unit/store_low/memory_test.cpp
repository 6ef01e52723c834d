#include <gtest/gtest.h>

#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"

namespace satchel::store {
namespace {

WriteBatch one(std::string key, std::string value) {
  WriteBatch batch;
  batch.put(std::move(key), std::move(value));
  return batch;
}

TEST(MemoryDatabase, ACrashKeepsAPrefixFromTheLastDurableWriteOn) {
  std::vector<bool> seen(6, false);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    auto disk = std::make_shared<MemoryDatabaseDisk>();
    auto before = open_memory_database(disk);
    ASSERT_TRUE(before->write_durable(one("a", "0")));
    for (int i = 1; i <= 5; ++i) ASSERT_TRUE(before->write(one("a", std::to_string(i))));
    disk->crash(seed);
    EXPECT_EQ(before->get("a").error().code, ErrorCode::broken);
    auto after = open_memory_database(disk);
    seen[std::size_t(std::stoi(*after->get("a")))] = true;
  }
  EXPECT_EQ(seen, std::vector<bool>(6, true));
}

TEST(MemoryDatabase, ACursorSeesTheMomentInWhichItWasMade) {
  auto disk = std::make_shared<MemoryDatabaseDisk>();
  auto database = open_memory_database(disk);
  ASSERT_TRUE(database->write(one("a", "1")));
  ASSERT_TRUE(database->write(one("c", "3")));
  auto cursor = database->scan("a");
  ASSERT_TRUE(database->write(one("b", "2")));
  ASSERT_TRUE(cursor->valid());
  cursor->next();
  EXPECT_EQ(cursor->key(), "c");
  EXPECT_EQ(database->scan("b")->value(), "2");
}

TEST(MemoryDatabase, AFailedWriteIsNotVisibleAndBreaksTheHandle) {
  auto disk = std::make_shared<MemoryDatabaseDisk>();
  auto database = open_memory_database(disk);
  disk->fail_next_write(ErrorCode::broken);
  EXPECT_FALSE(database->write_durable(one("a", "1")));
  EXPECT_EQ(database->get("a").error().code, ErrorCode::not_found);
  EXPECT_EQ(database->write(one("b", "1")).error().code, ErrorCode::broken);
  disk->crash(1);
  EXPECT_TRUE(open_memory_database(disk)->write(one("b", "1")));
}

TEST(MemorySegments, ACrashKeepsWhatWasMadeDurable) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto disk = std::make_shared<MemorySegmentsDisk>();
    auto segments = open_memory_segments(disk);
    auto durable = segments->append("durable");
    ASSERT_TRUE(segments->make_durable());
    auto loose = segments->append("loose");
    disk->crash(seed);
    auto again = open_memory_segments(disk);
    EXPECT_EQ(*again->read(*durable), "durable");
    auto read = again->read(*loose);
    if (read)
      EXPECT_EQ(*read, "loose");
    else
      EXPECT_EQ(read.error().code, ErrorCode::corrupt);
    EXPECT_NE(again->append("next")->segment, durable->segment);
  }
}

TEST(MemorySegments, OnlyClosedSegmentsAreRemoved) {
  auto disk = std::make_shared<MemorySegmentsDisk>();
  auto segments = open_memory_segments(disk, 32);
  auto first = segments->append(std::string(100, 'x'));
  auto second = segments->append("y");
  EXPECT_EQ(segments->remove(second->segment).error().code, ErrorCode::refused);
  EXPECT_TRUE(segments->remove(first->segment));
  EXPECT_EQ(segments->read(*first).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace satchel::store
