// ENVELOPE, BODY and BODYSTRUCTURE as bytes for the wire (RFC 3501 section 7.4.2), outer
// parentheses included. Strings are quoted where they can be, literals (8-bit, many quotes)
// otherwise; a NUL becomes U+FFFD, so that none is ever sent. Pure; no recursion.
#pragma once

#include <string>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

enum class Detail : std::uint8_t { body, bodystructure };

std::string render_envelope(const EnvelopeFields& fields);
// The same as a piece of something larger, which shows no more addresses than are left.
void append_envelope(std::string& out, const EnvelopeFields& fields, std::size_t& addresses_left);
std::string render_structure(const Structure& structure, Detail detail);

}  // namespace satchel::mime
