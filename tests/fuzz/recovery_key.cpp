// links: satchel_crypto
// The parsers of what a person types or keeps: the recovery key, a group of it, and a key file (crypto/FORMAT.md
// section 7).
#include "crypto/recovery_key.hpp"

#include "crypto/file_slot.hpp"
#include "sealed_edits.hpp"

using namespace satchel::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (auto key = parse_recovery_key(input)) {
    const SecretBytes printed = print_recovery_key(*key);
    require(equal(parse_recovery_key(printed.view()).value(), *key));
  }
  for (std::size_t number = 0; number <= recovery_groups + 1; ++number) {
    (void)is_recovery_group(fuzz_key(), number, input);
  }
  if (auto key = parse_key_file(input)) {
    const SecretBytes printed = print_key_file(*key);
    require(printed.view().starts_with(input) && input.size() + 1 >= printed.size());
  }
  return 0;
}
