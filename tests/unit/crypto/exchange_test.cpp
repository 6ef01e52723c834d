// Files exchanged: by name, class, format, epoch and master key.
#include <gtest/gtest.h>

#include "crypto/sealed_blocks.hpp"
#include "crypto/sealed_extent.hpp"
#include "samples.hpp"

namespace satchel::crypto {
namespace {

const FileBinding bindings[] = {
    {FileFormat::blocks, FileClass::table, "000001.sst"},
    {FileFormat::blocks, FileClass::table, "000002.sst"},
    {FileFormat::blocks, FileClass::table, "000001.sst", 2},
    {FileFormat::blocks, FileClass::table, {}},
    {FileFormat::blocks, FileClass::current, {}},
    {FileFormat::blocks, FileClass::identity, {}},
    {FileFormat::records, FileClass::write_ahead_log, "000001.log"},
    {FileFormat::records, FileClass::write_ahead_log, "000002.log"},
    {FileFormat::records, FileClass::manifest, "MANIFEST-000001"},
    {FileFormat::records, FileClass::manifest, "000001.log"},
    {FileFormat::segment, FileClass::segment, "000001.seg"},
    {FileFormat::segment, FileClass::segment, "000002.seg"},
};

std::string sealed_as(const FileBinding& binding) {
  FileKey key = FileKey::create(key_of('m'), binding);
  std::string file = key.header();
  if (binding.format == FileFormat::blocks) {
    BlockSealer sealer(std::move(key));
    (void)sealer.append("contents", file);
    (void)sealer.finish(file);
  } else if (binding.format == FileFormat::records) {
    RecordSealer sealer(std::move(key));
    (void)sealer.append("contents", file);
    (void)sealer.close(file);
  } else {
    ExtentSealer sealer(std::move(key));
    (void)sealer.append("contents", file);
  }
  return file;
}

// The error, or nothing when it opens and holds what was sealed.
std::optional<ErrorCode> opened_as(const Key& master, const FileBinding& binding, const std::string& file) {
  if (binding.format == FileFormat::blocks) {
    auto plain = open_block_file(master, binding, file);
    if (!plain) return plain.error().code;
    EXPECT_EQ(*plain, "contents");
  } else if (binding.format == FileFormat::records) {
    auto read = read_records(master, binding, file);
    if (read.error) return read.error;
    EXPECT_EQ(read.records, std::vector<std::string>{"contents"});
  } else {
    auto key = FileKey::open(master, binding, file.substr(0, file_header_size));
    if (!key) return key.error().code;
    auto plain = ExtentOpener(std::move(*key)).open_copy(file_header_size, file.substr(file_header_size));
    if (!plain) return plain.error().code;
    EXPECT_EQ(*plain, "contents");
  }
  return std::nullopt;
}

TEST(Exchange, OnlyTheBindingOfTheWriterOpensAFile) {
  for (const FileBinding& writer : bindings) {
    const std::string file = sealed_as(writer);
    for (const FileBinding& reader : bindings) {
      const auto error = opened_as(key_of('m'), reader, file);
      if (&writer == &reader) {
        EXPECT_FALSE(error) << writer.name;
      } else {
        EXPECT_EQ(error, ErrorCode::corrupt) << writer.name << " as " << reader.name;
      }
    }
  }
}

TEST(Exchange, AnotherMasterKeyOpensNothing) {
  for (const FileBinding& binding : bindings) {
    EXPECT_EQ(opened_as(key_of('n'), binding, sealed_as(binding)), ErrorCode::corrupt) << binding.name;
  }
}

TEST(Exchange, EachFileHasItsOwnKey) {
  const FileKey first = FileKey::create(key_of('m'), table_binding);
  const FileKey second = FileKey::create(key_of('m'), table_binding);
  EXPECT_NE(first.header(), second.header());
  EXPECT_FALSE(equal(first.key(), second.key()));
}

TEST(Exchange, AHeaderOfAnotherSizeIsCorrupt) {
  const std::string header = FileKey::create(key_of('m'), table_binding).header();
  for (std::size_t size = 0; size < header.size(); ++size) {
    EXPECT_FALSE(FileKey::open(key_of('m'), table_binding, header.substr(0, size)));
  }
  EXPECT_FALSE(FileKey::open(key_of('m'), table_binding, header + "x"));
}

}  // namespace
}  // namespace satchel::crypto
