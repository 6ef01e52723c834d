#include "crypto/sealed_blocks.hpp"

#include <gtest/gtest.h>

#include <set>

#include "samples.hpp"

namespace satchel::crypto {
namespace {

std::string sealed(std::string_view plain) {
  return seal_block_file(FileKey::create(key_of('m'), table_binding), plain);
}

Result<std::string> opened(std::string_view file, const FileBinding& binding = table_binding) {
  return open_block_file(key_of('m'), binding, file);
}

bool is_corrupt(const Result<std::string>& result) {
  return !result && result.error().code == ErrorCode::corrupt;
}

// The sizes at which something changes.
const std::size_t sizes[] = {
    0, 1, plain_block_size - 1, plain_block_size, plain_block_size + 1, 2 * plain_block_size, 2 * plain_block_size + 1};

TEST(SealedBlocks, OpenToWhatWasSealed) {
  for (const std::size_t size : sizes) {
    const std::string file = sealed(pattern(size));
    EXPECT_EQ(file.size(), block_file_size(size));
    EXPECT_EQ(block_file_logical_size(file.size()).value(), size);
    EXPECT_EQ(opened(file).value(), pattern(size));
  }
}

TEST(SealedBlocks, AreTheSameHoweverTheBytesCome) {
  const std::string plain = pattern(2 * plain_block_size + 100);
  const FileSalt salt{7};
  const std::string whole = seal_block_file(FileKey::create_with_salt(key_of('m'), table_binding, salt), plain);
  for (const std::size_t part : {1000u, 5000u, 16383u, 16384u, 16385u, 32768u, 40000u}) {
    BlockSealer sealer(FileKey::create_with_salt(key_of('m'), table_binding, salt));
    std::string file = sealer.header();
    for (std::size_t at = 0; at < plain.size(); at += part) {
      ASSERT_TRUE(sealer.append(std::string_view(plain).substr(at, part), file));
      ASSERT_TRUE(sealer.append({}, file));
    }
    ASSERT_TRUE(sealer.finish(file));
    EXPECT_EQ(sealer.logical_size(), plain.size());
    EXPECT_TRUE(file == whole) << part;
  }
}

TEST(SealedBlocks, TakeNothingAfterTheirEnd) {
  BlockSealer sealer(FileKey::create(key_of('m'), table_binding));
  std::string file;
  ASSERT_TRUE(sealer.finish(file));
  EXPECT_EQ(sealer.append("more", file).error().code, ErrorCode::broken);
  EXPECT_EQ(sealer.finish(file).error().code, ErrorCode::broken);
}

TEST(SealedBlocks, SizesThatNoFileHasAreCorrupt) {
  std::set<std::uint64_t> possible;
  for (std::size_t size = 0; size <= 2 * plain_block_size + 50; ++size) possible.insert(block_file_size(size));
  for (std::uint64_t size = 0; size <= *possible.rbegin(); ++size) {
    ASSERT_EQ(block_file_logical_size(size).has_value(), possible.contains(size)) << size;
  }
}

TEST(SealedBlocks, EveryByteFlippedIsCorrupt) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}}) {
    const std::string file = sealed(pattern(size));
    for (std::size_t i = 0; i < file.size(); ++i) EXPECT_TRUE(is_corrupt(opened(flipped(file, i)))) << i;
  }
}

TEST(SealedBlocks, AFlipIsFoundInEachBlock) {
  const std::string file = sealed(pattern(2 * plain_block_size + 100));
  for (std::size_t i = file_header_size; i < file.size(); i += 997)
    EXPECT_TRUE(is_corrupt(opened(flipped(file, i)))) << i;
}

TEST(SealedBlocks, EveryLengthCutIsCorrupt) {
  const std::string file = sealed(pattern(plain_block_size + 100));
  const auto key = FileKey::open(key_of('m'), table_binding, file.substr(0, file_header_size)).value().clone();
  std::string room(plain_block_size, '\0');
  for (std::size_t length = 0; length < file.size(); ++length) {
    auto opener = BlockOpener::make(key.clone(), length);
    if (!opener) continue;
    // What a reader does when it opens the file: the last block alone.
    const std::uint64_t last = opener->last();
    const std::string_view block =
        std::string_view(file).substr(BlockOpener::physical_offset(last), opener->sealed_size(last));
    ASSERT_FALSE(opener->open_block(last, block, room.data())) << length;
  }
}

TEST(SealedBlocks, BytesAppendedAreCorrupt) {
  const std::string file = sealed(pattern(100));
  for (const std::size_t more : {1u, 16u, 17u, 16400u}) EXPECT_TRUE(is_corrupt(opened(file + std::string(more, 'x'))));
}

TEST(SealedBlocks, SwappedOrDoubledAreCorrupt) {
  const std::string file = sealed(pattern(4 * plain_block_size));
  std::vector<std::string> blocks;
  for (std::size_t i = 0; i < 4; ++i) blocks.push_back(file.substr(BlockOpener::physical_offset(i), sealed_block_size));
  for (std::size_t place = 0; place < 4; ++place) {
    for (std::size_t other = 0; other < 4; ++other) {
      if (place == other) continue;
      std::string doubled = file;
      doubled.replace(BlockOpener::physical_offset(place), sealed_block_size, blocks[other]);
      EXPECT_TRUE(is_corrupt(opened(doubled))) << place << other;
      doubled.replace(BlockOpener::physical_offset(other), sealed_block_size, blocks[place]);
      EXPECT_TRUE(is_corrupt(opened(doubled))) << place << other;
    }
  }
}

TEST(SealedBlocks, OfAnotherFileAreCorrupt) {
  const std::string first = sealed(pattern(2 * plain_block_size));
  const std::string second = sealed(pattern(2 * plain_block_size));
  for (const std::size_t place : {0u, 1u}) {
    std::string mixed = first;
    const std::size_t at = BlockOpener::physical_offset(place);
    mixed.replace(at, sealed_block_size, second.substr(at, sealed_block_size));
    EXPECT_TRUE(is_corrupt(opened(mixed))) << place;
  }
}

TEST(SealedBlocks, OpenInPlace) {
  std::string file = sealed("some bytes");
  auto key = FileKey::open(key_of('m'), table_binding, file.substr(0, file_header_size)).value().clone();
  const auto opener = BlockOpener::make(std::move(key), file.size());
  ASSERT_TRUE(opener);
  char* block = file.data() + file_header_size;
  ASSERT_TRUE(opener->open_block(0, {block, opener->sealed_size(0)}, block));
  EXPECT_EQ(std::string_view(block, opener->plain_size(0)), "some bytes");
}

// Under one key and nonce, equal plain bytes give equal sealed bytes: so none may be alike here.
TEST(SealedBlocks, NoncesNeverRepeat) {
  std::set<std::string> starts;
  for (int file = 0; file < 8; ++file) {
    const std::string bytes = sealed(std::string(8 * plain_block_size, '\0'));
    for (std::size_t i = 0; i < 8; ++i) starts.insert(bytes.substr(BlockOpener::physical_offset(i), 16));
  }
  EXPECT_EQ(starts.size(), 64u);
}

}  // namespace
}  // namespace satchel::crypto
