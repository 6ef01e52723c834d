// links: satchel_imap
// Any name: what decodes encodes to the same bytes; what we encode decodes; leniently all becomes UTF-8.
#include <cstdint>
#include <cstdlib>

#include "proxy/imap/mailbox_name.hpp"

using namespace satchel::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto name = decode_utf7(input)) {
    if (!is_utf8(*name) || encode_utf7(*name) != input) std::abort();
  }
  if (!is_utf8(decode_utf7_leniently(input))) std::abort();
  const auto back = decode_utf7(encode_utf7(input));
  if (!back || (is_utf8(input) && *back != input)) std::abort();
  return 0;
}
