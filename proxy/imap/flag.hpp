// flag and flag-keyword (RFC 3501 sections 2.3.2 and 9).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace satchel::imap {

inline constexpr std::string_view seen_flag = "\\Seen";
inline constexpr std::string_view answered_flag = "\\Answered";
inline constexpr std::string_view flagged_flag = "\\Flagged";
inline constexpr std::string_view deleted_flag = "\\Deleted";
inline constexpr std::string_view draft_flag = "\\Draft";
inline constexpr std::string_view recent_flag = "\\Recent";  // a client may not set it

// An atom, or "\" and an atom, in ASCII: what may be sent. "\*" is none. A "]" passes: servers and
// clients do use it.
bool is_flag(std::string_view name);
// Flags and keywords compare without ASCII case.
bool same_flag(std::string_view a, std::string_view b);
// "(\Seen Work)". What is no flag is left out.
std::string write_flags(const std::vector<std::string>& names);

}  // namespace satchel::imap
