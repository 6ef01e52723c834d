// Strings as IMAP sends them (RFC 3501 section 4.3). mime does not link imap: these few lines are
// all it needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace satchel::mime {

// A quoted string; a literal where there are 8-bit bytes, line ends or many quotes. A NUL, which
// neither may hold, is sent as U+FFFD.
void append_string(std::string& out, std::string_view text);
void append_nstring(std::string& out, const std::optional<std::string>& text);

}  // namespace satchel::mime
