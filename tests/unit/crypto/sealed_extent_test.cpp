#include "crypto/sealed_extent.hpp"

#include <gtest/gtest.h>

#include <set>

#include "samples.hpp"

namespace satchel::crypto {
namespace {

struct Segment {
  std::string file;
  std::vector<std::uint64_t> offsets;

  explicit Segment(const std::vector<std::string>& extents, std::string_view associated = {}) {
    ExtentSealer sealer(FileKey::create(key_of('m'), segment_binding));
    file = sealer.header();
    for (const std::string& extent : extents) offsets.push_back(sealer.append(extent, file, associated).value());
    EXPECT_EQ(sealer.size(), file.size());
  }

  std::string_view sealed(std::size_t number) const {
    const std::uint64_t end = number + 1 < offsets.size() ? offsets[number + 1] : file.size();
    return std::string_view(file).substr(offsets[number], end - offsets[number]);
  }

  ExtentOpener opener() const {
    return ExtentOpener(FileKey::open(key_of('m'), segment_binding, file.substr(0, file_header_size)).value().clone());
  }
};

TEST(SealedExtent, OpensAtItsOffset) {
  const std::vector<std::string> extents = {"", "a", pattern(5000), pattern(300000)};
  const Segment segment(extents, "codec");
  EXPECT_EQ(segment.offsets[0], file_header_size);
  for (std::size_t i = 0; i < extents.size(); ++i) {
    EXPECT_EQ(segment.opener().open_copy(segment.offsets[i], segment.sealed(i), "codec").value(), extents[i]);
  }
}

TEST(SealedExtent, OpensNowhereElseAndForNothingElse) {
  const Segment segment({"same size", "SAME SIZE"}, "codec");
  const ExtentOpener opener = segment.opener();
  EXPECT_FALSE(opener.open_copy(segment.offsets[0], segment.sealed(1), "codec"));
  EXPECT_FALSE(opener.open_copy(segment.offsets[1], segment.sealed(0), "codec"));
  EXPECT_FALSE(opener.open_copy(segment.offsets[0], segment.sealed(0), "other"));
}

TEST(SealedExtent, EveryByteFlippedOrCutIsCorrupt) {
  const Segment segment({"first", "second"});
  const ExtentOpener opener = segment.opener();
  const std::string sealed(segment.sealed(1));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    EXPECT_EQ(opener.open_copy(segment.offsets[1], flipped(sealed, i)).error().code, ErrorCode::corrupt);
    EXPECT_EQ(opener.open_copy(segment.offsets[1], sealed.substr(0, i)).error().code, ErrorCode::corrupt);
  }
}

TEST(SealedExtent, EveryByteOfTheHeaderCounts) {
  const Segment segment({"first"});
  for (std::size_t i = 0; i < file_header_size; ++i) {
    auto key = FileKey::open(key_of('m'), segment_binding, flipped(segment.file, i).substr(0, file_header_size));
    if (!key) continue;
    EXPECT_FALSE(ExtentOpener(std::move(*key)).open_copy(segment.offsets[0], segment.sealed(0))) << i;
  }
}

TEST(SealedExtent, HasALimit) {
  ExtentSealer sealer(FileKey::create(key_of('m'), segment_binding));
  std::string file;
  EXPECT_EQ(sealer.append(std::string(max_extent_plain + 1, 'x'), file).error().code, ErrorCode::no_space);
  EXPECT_TRUE(file.empty());
  EXPECT_TRUE(sealer.append(std::string(max_extent_plain, 'x'), file));
}

TEST(SealedExtent, NoncesNeverRepeat) {
  std::set<std::string> starts;
  for (int file = 0; file < 8; ++file) {
    const Segment segment(std::vector<std::string>(8, std::string(32, '\0')));
    for (std::size_t i = 0; i < 8; ++i) starts.emplace(segment.sealed(i).substr(0, 16));
  }
  EXPECT_EQ(starts.size(), 64u);
}

}  // namespace
}  // namespace satchel::crypto
