// links: satchel_mime
// A message searched whole and in two pieces must give the same answer.
#include <cstdint>
#include <cstdlib>

#include "proxy/mime/parser.hpp"
#include "proxy/mime/text.hpp"

using namespace satchel::mime;

namespace {

bool finds_in_pieces(std::string_view content, const Structure& structure, const std::string& needle, std::size_t cut) {
  TextSearch search(needle);
  for (const TextRange& range : text_ranges(structure, Scope::text)) {
    const std::string_view bytes = content.substr(range.range.begin, range.range.size());
    search.begin(range);
    search.feed(bytes.substr(0, cut));
    if (cut < bytes.size()) search.feed(bytes.substr(cut));
    search.end();
    if (search.found()) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t needle_size = std::min<std::size_t>(data[0] % 16, size - 2);
  const std::string needle = fold_needle(input.substr(2, needle_size));
  const std::string_view content = input.substr(2 + needle_size);
  const Structure structure = parse(content);
  const bool found = contains(content, structure, Scope::text, needle);
  if (!needle.empty() && found != finds_in_pieces(content, structure, needle, data[1])) std::abort();
  header_contains(content, "subject", needle);
  decode_header_value(content);
  return 0;
}
