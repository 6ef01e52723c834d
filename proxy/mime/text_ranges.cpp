// Which stretches of a content SEARCH looks into.
#include "proxy/mime/ascii.hpp"
#include "proxy/mime/content_fields.hpp"
#include "proxy/mime/text.hpp"
#include "proxy/mime/transfer_decoder.hpp"

namespace satchel::mime {

namespace {

void add_header(const Part& part, std::vector<TextRange>& ranges) {
  if (part.header.size() > 0)
    ranges.push_back({part.header, TextRange::Form::header, TextRange::Encoding::identity, {}});
}

void add_body(const Part& part, std::vector<TextRange>& ranges) {
  const ContentFields& fields = part.fields;
  const bool text = fields.type.empty() || same_name(fields.type, "text");
  if (part.kind != PartKind::single || !text || part.body.size() == 0) return;
  ranges.push_back({part.body, same_name(fields.subtype, "html") ? TextRange::Form::html : TextRange::Form::plain,
                    encoding_named(fields.encoding), std::string(find_parameter(fields.parameters, "charset"))});
}

}  // namespace

std::vector<TextRange> text_ranges(const Structure& structure, Scope scope) {
  std::vector<TextRange> ranges;
  for (const Part& part : structure.parts) {
    const bool inner_message =
        part.parent != no_part && structure.parts[part.parent].kind == PartKind::message;  // is body of the outer one
    if (scope == Scope::text || inner_message) add_header(part, ranges);
    add_body(part, ranges);
  }
  return ranges;
}

}  // namespace satchel::mime
