// Upstream's names and ours (design section 4, "Names"). On the wire: bytes, modified UTF-7 or
// UTF-8, components joined by upstream's delimiter, below the prefix of the personal namespace.
// Ours: UTF-8, joined by the delimiter that the account fixed at its first LIST, without prefix.
#pragma once

#include <string>
#include <string_view>

#include "proxy/sync/abilities.hpp"
#include "store/account.hpp"

namespace satchel::sync {

// INBOX in capitals, anything else as it is: equal names are equal bytes then.
std::string canonical(std::string_view wire);

// What clients would see of it, twins not considered. `delimiter`: as LIST gave it, 0 for NIL.
std::string local_name(std::string_view wire, char delimiter, const Abilities& abilities, char ours);

std::string wire_name(std::string_view local, const Abilities& abilities, char ours);

// `wanted`, or, where a live mailbox other than `but` bears it (in any case of letters), with a suffix.
std::string free_name(const store::AccountState& state, std::string wanted, store::MailboxId but);

}  // namespace satchel::sync
