// Reads the values of Content-* fields (RFC 2045, 2183, 2231, 3066) into ContentFields. Tolerant:
// what cannot be read is left out.
#pragma once

#include <string_view>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

// `name` is the field's name without "Content-". The first field of a name counts.
void read_content_field(std::string_view name, std::string_view raw_value, ContentFields& into);

// The value of the first parameter of that name; none: empty.
std::string_view find_parameter(const std::vector<Parameter>& parameters, std::string_view name);

}  // namespace satchel::mime
