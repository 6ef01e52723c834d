// Parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1), with the pieces of
// RFC 2231 put together: "name*0", "name*1*", … become one "name" or "name*".
#pragma once

#include <vector>

#include "proxy/mime/structure.hpp"
#include "proxy/mime/tokens.hpp"

namespace satchel::mime {

// From the first ';' on. Broken ones are skipped up to the next ';'.
std::vector<Parameter> read_parameters(Tokens& tokens);

}  // namespace satchel::mime
