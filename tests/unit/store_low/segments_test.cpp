#include "crypto/kdf.hpp"
#include "store/sealed_segments.hpp"
#include "store_fixture.hpp"

#include <thread>

namespace satchel::store {
namespace {

class SealedSegmentsTest : public testing::Test {
 protected:
  std::unique_ptr<Segments> open(SegmentLimits limits = {}) {
    auto opened =
        open_sealed_segments(folder_.path().string(), rocksdb::FileSystem::Default(), crypto::files_key(key_), limits);
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }

  Folder folder_;
  crypto::Key key_ = crypto::Key::random();
};

TEST_F(SealedSegmentsTest, EverySizeComesBack) {
  auto segments = open();
  std::vector<Extent> extents;
  const std::vector<std::size_t> sizes{0, 1, 63, 64, 65, 1000, 24'000, Segments::max_extent_size};
  for (const std::size_t size : sizes) {
    auto extent = segments->append(content(int(size), size));
    ASSERT_TRUE(extent);
    extents.push_back(*extent);
  }
  ASSERT_TRUE(segments->make_durable());
  EXPECT_FALSE(segments->append(std::string(Segments::max_extent_size + 1, 'x')));
  auto again = open();
  for (std::size_t i = 0; i < sizes.size(); ++i) EXPECT_EQ(*again->read(extents[i]), content(int(sizes[i]), sizes[i]));
  EXPECT_LT(extents[6].sealed_size, 16'000U);
}

TEST_F(SealedSegmentsTest, EachOpeningBeginsANewSegment) {
  auto first = open()->append("one");
  auto second = open()->append("two");
  ASSERT_TRUE(first && second);
  EXPECT_LT(first->segment, second->segment);
  EXPECT_EQ(open()->list()->size(), 2U);
}

TEST_F(SealedSegmentsTest, AFullSegmentIsClosedAndMayBeRemoved) {
  auto segments = open({100'000, 2});
  std::vector<Extent> extents;
  for (int i = 0; i < 30; ++i) extents.push_back(*segments->append(content(i, 24'000)));
  auto list = segments->list();
  ASSERT_GT(list->size(), 3U);
  EXPECT_TRUE(list->front().closed);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(*segments->read(extents[std::size_t(i)]), content(i, 24'000));
  const std::uint32_t written = segments->append("now")->segment;
  EXPECT_EQ(segments->remove(written).error().code, ErrorCode::refused);
  EXPECT_TRUE(segments->remove(extents[0].segment));
  EXPECT_EQ(segments->remove(extents[0].segment).error().code, ErrorCode::not_found);
  EXPECT_EQ(segments->read(extents[0]).error().code, ErrorCode::not_found);
}

TEST_F(SealedSegmentsTest, WrongPlacesAndSizesAreCorrupt) {
  auto segments = open();
  const Extent right = *segments->append(content(1, 5000));
  ASSERT_TRUE(segments->append(content(2, 5000)));
  for (Extent wrong :
       {Extent{right.segment, right.offset + 1, right.sealed_size, right.plain_size},
        Extent{right.segment, right.offset, right.sealed_size - 1, right.plain_size},
        Extent{right.segment, right.offset, right.sealed_size, right.plain_size - 1},
        Extent{right.segment, right.offset, 5, 5}, Extent{right.segment, right.offset, 0xffffffff, right.plain_size},
        Extent{right.segment, 1'000'000'000, right.sealed_size, right.plain_size}})
    EXPECT_EQ(segments->read(wrong).error().code, ErrorCode::corrupt);
}

TEST_F(SealedSegmentsTest, ManyThreadsReadWhileOneAppends) {
  auto segments = open({300'000, 3});
  std::vector<Extent> extents;
  for (int i = 0; i < 60; ++i) extents.push_back(*segments->append(content(i, 10'000)));
  std::vector<std::jthread> readers;
  for (int t = 0; t < 4; ++t) {
    readers.emplace_back([&, t] {
      std::mt19937 random{unsigned(t)};
      for (int i = 0; i < 500; ++i) {
        const std::size_t which = random() % extents.size();
        auto read = segments->read(extents[which]);
        if (!read || *read != content(int(which), 10'000)) ADD_FAILURE() << "extent " << which;
      }
    });
  }
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(segments->append(content(i, 10'000)));
}

}  // namespace
}  // namespace satchel::store
