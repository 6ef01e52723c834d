// The Structure in its stored form: what finding sections and reading text needs (README.md).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proxy/mime/structure.hpp"

namespace satchel::mime {

std::string encode_structure(const Structure& structure);
Result<Structure> decode_structure(std::string_view table);  // corrupt: not what encode gives

}  // namespace satchel::mime
