#include "proxy/mime/section.hpp"

#include <algorithm>

#include "proxy/mime/ascii.hpp"

namespace satchel::mime {

namespace {

PartIndex child(const Structure& structure, const Part& part, std::uint32_t number) {
  PartIndex at = part.first_child;
  while (at != no_part && --number > 0) at = structure.parts[at].next_sibling;
  return at;
}

// section-part = nz-number *("." nz-number). A message that is no multipart has its text as part 1;
// numbers after a message/rfc822 part mean the parts of the message inside.
PartIndex find_part(const Structure& structure, const std::vector<std::uint32_t>& path) {
  PartIndex at = 0;
  bool entered = true;  // `at` is a message, and its parts come next
  for (const std::uint32_t number : path) {
    if (number == 0) return no_part;
    if (!entered && structure.parts[at].kind == PartKind::message) {
      at = structure.parts[at].first_child;
      entered = true;
    }
    if (structure.parts[at].kind == PartKind::multipart) {
      at = child(structure, structure.parts[at], number);
      if (at == no_part) return no_part;
    } else if (number != 1 || !entered) {
      return no_part;
    }
    entered = false;
  }
  return at;
}

// BODYSTRUCTURE shows a multipart without parts as one with an empty text: that one can be fetched.
std::optional<Range> empty_part(const Structure& structure, const Section& section) {
  std::vector<std::uint32_t> path = section.path;
  if (section.text != SectionText::whole || path.back() != 1) return std::nullopt;
  path.pop_back();
  PartIndex index = find_part(structure, path);
  if (index != no_part && !path.empty() && structure.parts[index].kind == PartKind::message)
    index = structure.parts[index].first_child;
  if (index == no_part) return std::nullopt;
  const Part& part = structure.parts[index];
  if (part.kind != PartKind::multipart || part.first_child != no_part) return std::nullopt;
  return Range{part.body.begin, part.body.begin};
}

}  // namespace

std::optional<Range> locate(const Structure& structure, const Section& section) {
  if (section.path.empty()) {
    const Part& top = structure.top();
    switch (section.text) {
      case SectionText::whole:
        return Range{0, structure.size};
      case SectionText::text:
        return top.body;
      case SectionText::mime:
        return std::nullopt;
      default:
        return top.header;
    }
  }
  const PartIndex index = find_part(structure, section.path);
  if (index == no_part) return empty_part(structure, section);
  const Part& part = structure.parts[index];
  if (section.text == SectionText::whole) return part.body;
  if (section.text == SectionText::mime) return part.header;
  if (part.kind != PartKind::message) return std::nullopt;
  const Part& inside = structure.parts[part.first_child];
  return section.text == SectionText::text ? inside.body : inside.header;
}

namespace {

bool wanted(std::string_view line, const Section& section) {
  const auto colon = line.find(':');
  const std::string_view name = trimmed(line.substr(0, colon));
  const bool named =
      colon != std::string_view::npos && std::any_of(section.fields.begin(), section.fields.end(),
                                                     [&](const std::string& field) { return same_name(field, name); });
  return named == (section.text == SectionText::header_fields);
}

}  // namespace

std::string filter_header(std::string_view header, const Section& section) {
  std::string result;
  bool keep = false;
  while (!header.empty()) {
    const auto end = header.find('\n');
    const std::string_view line = header.substr(0, end == std::string_view::npos ? header.size() : end + 1);
    header.remove_prefix(line.size());
    if (line == "\r\n" || line == "\n") break;
    if (line.front() != ' ' && line.front() != '\t') keep = wanted(line, section);
    if (keep) result += line;
  }
  if (!result.empty() && result.back() != '\n') result += "\r\n";
  return result + "\r\n";
}

}  // namespace satchel::mime
