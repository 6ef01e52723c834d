// links: satchel_crypto
// The reader of extents (crypto/FORMAT.md section 5), with positions that the input makes up.
#include "crypto/sealed_extent.hpp"

#include "sealed_edits.hpp"

using namespace satchel::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const FileBinding binding{FileFormat::segment, FileClass::segment, "000001.seg"};
  Edits edits(input);
  ExtentSealer sealer(fuzz_file_key(binding));
  std::string whole = sealer.header();
  const std::string first(edits.number() % 500, 'a');
  const std::string second(edits.number() % 500, 'b');
  const std::uint64_t first_at = sealer.append(first, whole).value();
  const std::uint64_t second_at = sealer.append(second, whole).value();
  const std::uint64_t at = edits.number() % (whole.size() + 1);
  const std::size_t length = edits.number();
  const std::string file = edits.applied_to(whole);

  auto key = FileKey::open(fuzz_key(), binding, std::string_view(file).substr(0, file_header_size));
  if (!key) return 0;
  const ExtentOpener opener(std::move(*key));
  for (const std::uint64_t offset : {at, first_at, second_at}) {
    if (offset > file.size()) continue;
    const auto opened = opener.open_copy(offset, std::string_view(file).substr(offset, length));
    if (!opened) continue;
    require((offset == first_at && *opened == first) || (offset == second_at && *opened == second));
  }
  return 0;
}
