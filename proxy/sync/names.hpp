// Upstream's names and ours (design section 4, "Names"). On the wire: bytes, modified UTF-7 or
// UTF-8, components joined by upstream's delimiter, below the prefix of the personal namespace.
// Ours: UTF-8, joined by the delimiter that the account fixed at its first LIST, without prefix.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "proxy/sync/abilities.hpp"
#include "store/account.hpp"

namespace satchel::sync {

// INBOX in capitals, anything else as it is: equal names are equal bytes then.
std::string canonical(std::string_view wire);

// What clients would see of it, twins not considered: without control characters, never empty, at most 1000 bytes
// and 50 components (what is beyond either is run together and cut off: who lists a name lists its parents too).
// `delimiter`: as LIST gave it, 0 for NIL.
std::string local_name(std::string_view wire, char delimiter, const Abilities& abilities, char ours);

std::string wire_name(std::string_view local, const Abilities& abilities, char ours);

// `wanted`, or, where a live mailbox other than `but` bears it (in any case of letters), with a suffix.
std::string free_name(const store::AccountState& state, std::string wanted, store::MailboxId but);

// The same for many new mailboxes at once, whose number may be large: what is in use is looked at once.
class NamesInUse {
 public:
  explicit NamesInUse(const store::AccountState& state);
  std::string take(const std::string& wanted);  // in use from now on

 private:
  std::unordered_set<std::string> used_;                  // in small letters
  std::unordered_map<std::string, std::uint32_t> twins_;  // of a name in small letters: suffixes given so far
};

}  // namespace satchel::sync
