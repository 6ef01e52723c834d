// Bytes as lower-case hex digits. Not for secrets, except where a file that the user keeps holds them.
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace satchel::crypto {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view digits);  // nothing: an odd number, or no lower-case hex digits

}  // namespace satchel::crypto
