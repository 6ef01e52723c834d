#include "crypto/sealed_blocks.hpp"

#include <algorithm>

#include "crypto/counter_cipher.hpp"

namespace satchel::crypto {

namespace {

Error finished_already() {
  return fail(ErrorCode::broken, "A sealed file was written to after its end.");
}

}  // namespace

std::uint64_t block_file_size(std::uint64_t logical) {
  const std::uint64_t blocks = std::max<std::uint64_t>(1, (logical + plain_block_size - 1) / plain_block_size);
  return file_header_size + logical + tag_size * blocks;
}

Result<std::uint64_t> block_file_logical_size(std::uint64_t physical) {
  if (physical < file_header_size + tag_size) return fail(ErrorCode::corrupt, "A sealed file was cut.");
  const std::uint64_t sealed = physical - file_header_size;
  const std::uint64_t blocks = (sealed - 1) / sealed_block_size + 1;
  const std::uint64_t last = sealed - (blocks - 1) * sealed_block_size;
  // Only the single block of an empty file holds nothing.
  if (last < tag_size || (last == tag_size && blocks > 1)) return fail(ErrorCode::corrupt, "A sealed file was cut.");
  return sealed - blocks * tag_size;
}

BlockSealer::BlockSealer(FileKey key) : key_(std::move(key)) {}

void BlockSealer::seal_block(std::string_view plain, Place place, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + plain.size() + tag_size);
  seal_at(key_.key(), {index_++, static_cast<std::uint32_t>(place)}, plain, out.data() + start);
}

Result<> BlockSealer::append(std::string_view plain, std::string& out) {
  if (finished_) return finished_already();
  logical_ += plain.size();
  if (!pending_.empty()) {
    const std::size_t part = std::min(plain.size(), plain_block_size - pending_.size());
    pending_ += plain.substr(0, part);
    plain.remove_prefix(part);
    if (plain.empty()) return {};
    seal_block(pending_, Place::inner, out);
    pending_.clear();
  }
  // A full block stays behind while nothing follows it: it may be the last.
  while (plain.size() > plain_block_size) {
    seal_block(plain.substr(0, plain_block_size), Place::inner, out);
    plain.remove_prefix(plain_block_size);
  }
  if (plain.empty()) return {};
  pending_.reserve(plain_block_size);
  pending_ = plain;
  return {};
}

Result<> BlockSealer::finish(std::string& out) {
  if (finished_) return finished_already();
  seal_block(pending_, Place::last, out);
  finished_ = true;
  pending_ = std::string();
  return {};
}

Result<BlockOpener> BlockOpener::make(FileKey key, std::uint64_t physical) {
  auto logical = block_file_logical_size(physical);
  if (!logical) return logical.error();
  const std::uint64_t count = (physical - file_header_size - *logical) / tag_size;
  return BlockOpener(std::move(key), *logical, count);
}

std::size_t BlockOpener::plain_size(std::uint64_t index) const {
  return index < last() ? plain_block_size : static_cast<std::size_t>(logical_ - last() * plain_block_size);
}

Result<> BlockOpener::open_block(std::uint64_t index, std::string_view sealed, char* plain) const {
  if (index >= count_ || sealed.size() != sealed_size(index))
    return fail(ErrorCode::corrupt, "Block " + std::to_string(index) + " of a sealed file is missing or cut.");
  const std::uint32_t flag = index == last() ? 1 : 0;
  if (open_at(key_.key(), {index, flag}, sealed, plain) == Opened::bad)
    return fail(ErrorCode::corrupt, "Block " + std::to_string(index) + " of a sealed file was altered.");
  return {};
}

std::string seal_block_file(FileKey key, std::string_view plain) {
  std::string file = key.header();
  BlockSealer sealer(std::move(key));
  file.reserve(block_file_size(plain.size()));
  sealer.append(plain, file).value();
  sealer.finish(file).value();
  return file;
}

Result<std::string> open_block_file(const Key& master, const FileBinding& binding, std::string_view file) {
  auto key = FileKey::open(master, binding, file.substr(0, file_header_size));
  if (!key) return key.error();
  auto opener = BlockOpener::make(std::move(*key), file.size());
  if (!opener) return opener.error();
  std::string plain(opener->logical_size(), '\0');
  for (std::uint64_t i = 0; i < opener->block_count(); ++i) {
    const std::string_view sealed = file.substr(BlockOpener::physical_offset(i), opener->sealed_size(i));
    if (auto opened = opener->open_block(i, sealed, plain.data() + i * plain_block_size); !opened)
      return opened.error();
  }
  return plain;
}

}  // namespace satchel::crypto
