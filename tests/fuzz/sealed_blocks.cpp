// links: satchel_crypto
// The reader of sealed blocks (crypto/FORMAT.md section 3).
#include "crypto/sealed_blocks.hpp"

#include "sealed_edits.hpp"

using namespace satchel::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const FileBinding binding{FileFormat::blocks, FileClass::table, "000001.sst"};
  (void)open_block_file(fuzz_key(), binding, input);

  Edits edits(input);
  std::string plain(edits.number() % (2 * plain_block_size + 2), 'p');
  plain += edits.take(16);
  const std::string whole = seal_block_file(fuzz_file_key(binding), plain);
  const std::string file = edits.applied_to(whole);
  const auto opened = open_block_file(fuzz_key(), binding, file);
  require(opened.has_value() == (file == whole));
  if (opened) require(*opened == plain);
  return 0;
}
