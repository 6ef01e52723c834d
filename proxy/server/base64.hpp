// Base64 as AUTHENTICATE carries it (RFC 4648 section 4), strict.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace satchel::server {

std::optional<std::string> decode_base64(std::string_view text);

}  // namespace satchel::server
