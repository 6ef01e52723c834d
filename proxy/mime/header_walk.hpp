// Walks over the fields of a header in memory.
#pragma once

#include <string_view>

#include "proxy/mime/ascii.hpp"

namespace satchel::mime {

struct HeaderField {
  std::string_view name;   // empty: a line that is no field
  std::string_view value;  // raw: folded, without its last line end
};

// Takes the next field (or the whole of what is not one) off the front of `header`; at the blank
// line, `header` becomes empty and the field is too.
inline HeaderField take_field(std::string_view& header) {
  std::size_t end = 0;
  for (;;) {
    const std::size_t line_end = header.find('\n', end);
    end = line_end == std::string_view::npos ? header.size() : line_end + 1;
    if (end == header.size() || (header[end] != ' ' && header[end] != '\t')) break;
  }
  std::string_view field = header.substr(0, end);
  header.remove_prefix(end);
  while (!field.empty() && (field.back() == '\n' || field.back() == '\r')) field.remove_suffix(1);
  if (field.empty()) {
    header = {};
    return {};
  }
  const std::size_t colon = field.find(':');
  if (colon == std::string_view::npos) return {{}, field};
  return {trimmed(field.substr(0, colon)), field.substr(colon + 1)};
}

}  // namespace satchel::mime
