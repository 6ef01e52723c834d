// Where the bytes of BODY[section] are (RFC 3501 section 6.4.5). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

enum class SectionText : std::uint8_t { whole, header, header_fields, header_fields_not, text, mime };

struct Section {
  std::vector<std::uint32_t> path;  // part numbers, from 1; empty: the message
  SectionText text = SectionText::whole;
  std::vector<std::string> fields;  // of header_fields(_not)
};

// The range of content bytes that the section names; with header_fields(_not) it is the header
// that filter_header() then takes apart. None: there is no such part (FETCH then says NIL).
std::optional<Range> locate(const Structure& structure, const Section& section);

// The fields of a header named in section.fields (or all others), folded as they stand, and the
// blank line, which is always there. `header` is the whole header.
std::string filter_header(std::string_view header, const Section& section);

}  // namespace satchel::mime
