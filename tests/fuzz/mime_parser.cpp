// links: satchel_mime
// Any bytes, in two pieces: the same structure as in one, every part inside its parent, and what is
// rendered and stored from it decodes.
#include <cstdint>
#include <cstdlib>

#include "proxy/mime/section.hpp"
#include "proxy/mime/summary.hpp"

using namespace satchel::mime;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_ranges(const Structure& structure) {
  for (const Part& part : structure.parts) {
    require(part.header.begin <= part.header.end && part.header.end == part.body.begin);
    require(part.body.begin <= part.body.end && part.body.end <= structure.size);
    if (part.parent == no_part) continue;
    const Range outer = structure.parts[part.parent].body;
    require(outer.begin <= part.header.begin && part.body.end <= outer.end);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = content.empty() ? 0 : data[0] * content.size() / 256;
  SummaryBuilder whole, split;
  whole.feed(content);
  split.feed(std::string_view(content).substr(0, cut));
  split.feed(std::string_view(content).substr(cut));
  const Summary summary = whole.finish();
  const Summary again = split.finish();
  require(summary.envelope == again.envelope && summary.structure == again.structure);
  const auto view = SummaryView::open(summary.envelope, summary.structure);
  require(view.has_value());
  const auto structure = view->structure();
  require(structure.has_value());
  check_ranges(*structure);
  require(view->envelope().find('\0') == std::string_view::npos);
  require(view->bodystructure().find('\0') == std::string_view::npos);
  for (const auto text : {SectionText::whole, SectionText::header, SectionText::text, SectionText::mime})
    for (const std::vector<std::uint32_t>& path : {std::vector<std::uint32_t>{}, {1}, {2}, {1, 1}, {2, 1, 1}}) {
      const auto range = locate(*structure, {path, text, {}});
      require(!range || (range->begin <= range->end && range->end <= content.size()));
    }
  filter_header(summary.header, {{}, SectionText::header_fields, {"subject", "x"}});
  return 0;
}
