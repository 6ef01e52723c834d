// Parts of header text that text.hpp does not show: see there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace satchel::mime {

inline constexpr std::size_t max_charset_name = 60;
inline constexpr std::size_t max_encoded_text = 8192;  // RFC 2047 allows 75; mailers do not care

// Line ends out, tabs to spaces.
std::string unfold_spaces(std::string_view raw);

// The values of a Content-Type or Content-Disposition field that RFC 2231 encodes or splits,
// decoded, a space before each.
std::string decode_extended_parameters(std::string_view raw_value);

}  // namespace satchel::mime
