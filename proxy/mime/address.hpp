// Address lists (RFC 5322 section 3.4, obsolete forms too), read as tolerantly as mail demands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/mime/limits.hpp"

namespace satchel::mime {

// As ENVELOPE shows it (RFC 3501 section 7.4.2). host none and mailbox set: a group begins;
// both none: it ends.
struct Address {
  std::optional<std::string> name;
  std::optional<std::string> route;  // source route "@a,@b" of long ago
  std::optional<std::string> mailbox;
  std::optional<std::string> host;

  friend bool operator==(const Address&, const Address&) = default;
};

// At most `limit` entries, linear in the bytes. What lacks a mailbox or a host gets missing_mailbox or missing_host,
// since NIL would mean a group.
inline constexpr std::string_view missing_mailbox = "MISSING_MAILBOX";
inline constexpr std::string_view missing_host = "MISSING_DOMAIN";
std::vector<Address> parse_addresses(std::string_view raw_value, std::size_t limit = max_addresses);

}  // namespace satchel::mime
