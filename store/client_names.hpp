// Which names a client may give a mailbox (RFC 3501 sections 5.1 and 6.3.3). Pure; for store's own files.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/account.hpp"

namespace satchel::store {

constexpr std::size_t longest_name = 1000;  // bytes

// Without a delimiter at its end, INBOX (alone or as the first component) in capitals. Errors:
// refused (empty, empty components, control characters, not UTF-8, too long).
Result<std::string> valid_name(std::string_view name, char delimiter);

// Same as it is, but for INBOX: for names that need not be a mailbox's.
std::string known_name(std::string_view name, char delimiter);

bool same_name(std::string_view a, std::string_view b);  // in any case of ASCII letters

// The live mailbox of exactly that name, or null.
const Mailbox* mailbox_named(const AccountState& state, std::string_view name);

// A live mailbox other than `but` whose name differs in case at most, or null.
const Mailbox* twin_of(const AccountState& state, std::string_view name, MailboxId but);

// "a/b" of "a/b/c"; empty where there is nothing above.
std::string_view parent_name(std::string_view name, char delimiter);

}  // namespace satchel::store
