// Mailbox names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), or UTF-8 after UTF8=ACCEPT.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace satchel::imap {

// Strict: nothing for what no encoder would have made.
std::optional<std::string> decode_utf7(std::string_view wire);
// For names that upstream gives: what does not decode stays as it is, bytes that are no UTF-8 become U+FFFD.
std::string decode_utf7_leniently(std::string_view wire);
std::string encode_utf7(std::string_view utf8);

bool is_inbox(std::string_view name);  // in any case
bool is_utf8(std::string_view bytes);

}  // namespace satchel::imap
