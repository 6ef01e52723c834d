#include "crypto/sealed_extent.hpp"

#include "crypto/counter_cipher.hpp"

namespace satchel::crypto {

ExtentSealer::ExtentSealer(FileKey key) : key_(std::move(key)) {}

Result<std::uint64_t> ExtentSealer::append(std::string_view plain, std::string& out, std::string_view associated) {
  if (plain.size() > max_extent_plain) return fail(ErrorCode::no_space, "A piece of content is too big for one seal.");
  const std::uint64_t offset = offset_;
  const std::size_t start = out.size();
  out.resize(start + plain.size() + tag_size);
  seal_at(key_.key(), {offset, 0}, plain, out.data() + start, associated);
  offset_ += plain.size() + tag_size;
  return offset;
}

Result<> ExtentOpener::open(std::uint64_t offset, std::string_view sealed, char* plain,
                            std::string_view associated) const {
  if (sealed.size() < tag_size || sealed.size() > max_extent_plain + tag_size)
    return fail(ErrorCode::corrupt, "A sealed extent has a size that none has.");
  if (open_at(key_.key(), {offset, 0}, sealed, plain, associated) == Opened::bad)
    return fail(ErrorCode::corrupt, "The extent at " + std::to_string(offset) + " of a segment was altered.");
  return {};
}

Result<std::string> ExtentOpener::open_copy(std::uint64_t offset, std::string_view sealed,
                                            std::string_view associated) const {
  std::string plain(sealed.size() < tag_size ? 0 : sealed.size() - tag_size, '\0');
  if (auto opened = open(offset, sealed, plain.data(), associated); !opened) return opened.error();
  return plain;
}

}  // namespace satchel::crypto
