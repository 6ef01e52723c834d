// links: satchel_mime
// Any bytes as what is stored of a message: an error, or a structure that leads nowhere outside of the content.
#include <cstdint>
#include <cstdlib>

#include "proxy/mime/section.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/mime/text.hpp"

using namespace satchel::mime;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)SummaryView::open(bytes, {});
  const auto view = SummaryView::open({}, bytes);
  if (!view) return 0;
  const auto structure = view->structure();
  if (!structure) return 0;
  for (const Part& part : structure->parts)
    if (part.header.begin > part.header.end || part.body.begin > part.body.end || part.body.end > structure->size)
      std::abort();
  text_ranges(*structure, Scope::text);
  for (const auto text : {SectionText::whole, SectionText::header, SectionText::text, SectionText::mime})
    for (const std::vector<std::uint32_t>& path : {std::vector<std::uint32_t>{}, {1}, {2}, {1, 1}, {2, 1, 1}})
      locate(*structure, {path, text, {}});
  return 0;
}
