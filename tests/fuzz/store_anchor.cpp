// links: satchel_store
// Any bytes as an anchor, and as what lies in an extent: a value or corrupt, and what was read is
// written as it was.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/anchor.hpp"
#include "store/extent_codec.hpp"
#include "store/sealed_file_kind.hpp"

using namespace satchel;
using namespace satchel::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto state = parse_anchor(bytes)) {
    if (parse_anchor(write_anchor(*state)).value() != *state) std::abort();
  } else if (state.error().code != ErrorCode::corrupt) {
    std::abort();
  }
  if (size > 2) {
    const std::size_t plain_size = data[0] * 256U + data[1];
    auto plain = unpack(bytes.substr(2), plain_size);
    if (plain ? plain->size() != plain_size : plain.error().code != ErrorCode::corrupt) std::abort();
    std::string room;
    const std::string_view packed = pack(bytes, room);
    if (packed.size() > size || unpack(packed, size).value() != bytes) std::abort();
  }
  (void)file_name(bytes);
  return 0;
}
