// links: satchel_imap
// Any set: it comes back from its written form, and resolves to ascending ranges without overlap.
#include <cstdint>
#include <cstdlib>

#include "proxy/imap/sequence_set.hpp"

using namespace satchel::imap;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto set = SequenceSet::parse(input);
  if (!set) return 0;
  if (SequenceSet::parse(set->write()) != set) std::abort();
  for (const std::uint32_t largest : {0u, 1u, 77u, 0xffffffffu}) {
    const auto ranges = set->resolve(largest);
    std::uint64_t after = 0;
    for (const NumberRange& range : ranges) {
      if (range.first > range.last || range.first <= after) std::abort();
      if (!contains(ranges, range.first) || !contains(ranges, range.last)) std::abort();
      after = std::uint64_t(range.last) + 1;
    }
  }
  return 0;
}
