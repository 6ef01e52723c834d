// What of an account waits for its user, in words for "satchel status"; and how operations are called.
#pragma once

#include <string>
#include <vector>

#include "store/account.hpp"

namespace satchel::app {

// "append", "create mailbox" ...
const char* kind_name(store::OperationKind kind);

// The mailbox that an operation is about, as clients see it; empty where it is gone.
std::string mailbox_of(const store::AccountState& state, const store::Operation& operation);

// Messages that vanished upstream within a mass deletion and are kept until the user decides.
std::uint64_t held_in(const store::Mailbox& mailbox);

// Why an operation does not go up although it is not parked: one sentence; empty where nothing holds it up.
// `now`: seconds since 1970.
std::string waits_for(const store::AccountState& state, const store::Operation& operation, std::int64_t now);

// Parked operations, those that do not get through, and held messages: a sentence each, that names the verb that helps.
std::vector<std::string> attention(const store::AccountState& state);

}  // namespace satchel::app
