// Which mailbox names a LIST pattern matches (RFC 3501 section 6.3.8): "*" any, "%" any but the delimiter.
#pragma once

#include <string_view>

namespace satchel::server {

// Time grows with name times pattern, never more. INBOX at the beginning matches in any case.
bool matches(std::string_view pattern, std::string_view name, char delimiter);

}  // namespace satchel::server
