#include "crypto/sealed_header.hpp"

#include <sodium.h>

#include "crypto/bytes.hpp"
#include "crypto/kdf.hpp"
#include "crypto/sealed_blocks.hpp"
#include "crypto/sealed_records.hpp"

namespace satchel::crypto {

namespace {

constexpr std::string_view magic("SATCHEL\x1a", 8);
constexpr std::uint16_t version = 1;
constexpr std::uint8_t cipher_chacha20_poly1305 = 1;
constexpr std::size_t salt_offset = 32;

std::uint32_t unit_of(FileFormat format) {
  switch (format) {
    case FileFormat::blocks:
      return plain_block_size;
    case FileFormat::records:
      return max_record_plain;
    case FileFormat::segment:
      return 0;
  }
  return 0;
}

// All of the header but the salt, which stays zero: what the binding lets a reader expect.
std::string fixed_part(const FileBinding& binding) {
  std::string header(file_header_size, '\0');
  header.replace(0, magic.size(), magic);
  unsigned char* bytes = out(header);
  put(bytes + 8, version);
  bytes[10] = static_cast<unsigned char>(binding.format);
  bytes[11] = cipher_chacha20_poly1305;
  put(bytes + 12, static_cast<std::uint16_t>(binding.file_class));
  put(bytes + 16, unit_of(binding.format));
  put(bytes + 20, binding.epoch);
  return header;
}

Key file_key(const Key& master, const FileBinding& binding, std::string_view header) {
  std::string context(header);
  context += bytes_of(static_cast<std::uint16_t>(binding.file_class));
  context += binding.name;
  return derive(master, "sealed file", context);
}

}  // namespace

FileKey FileKey::create(const Key& master, const FileBinding& binding) {
  ensure_sodium();
  FileSalt salt;
  randombytes_buf(salt.data(), salt.size());
  return create_with_salt(master, binding, salt);
}

FileKey FileKey::create_with_salt(const Key& master, const FileBinding& binding, const FileSalt& salt) {
  std::string header = fixed_part(binding);
  header.replace(salt_offset, salt.size(), reinterpret_cast<const char*>(salt.data()), salt.size());
  Key key = file_key(master, binding, header);
  return FileKey(std::move(header), std::move(key));
}

Result<FileKey> FileKey::open(const Key& master, const FileBinding& binding, std::string_view header) {
  if (header.size() != file_header_size) return fail(ErrorCode::corrupt, "A sealed file is cut inside its header.");
  if (!header.starts_with(magic)) return fail(ErrorCode::corrupt, "A file is not a sealed file of this program.");
  if (get<std::uint16_t>(in(header) + magic.size()) != version)
    return fail(ErrorCode::corrupt, "A sealed file is of a version that this program does not know.");
  if (header.substr(0, salt_offset) != std::string_view(fixed_part(binding)).substr(0, salt_offset))
    return fail(ErrorCode::corrupt, "A sealed file is of another kind than its place says.");
  return FileKey(std::string(header), file_key(master, binding, header));
}

}  // namespace satchel::crypto
