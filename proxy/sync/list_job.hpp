// LIST taken into the replica: new mailboxes, renamed ones followed, those that are gone; settles
// creates, renames and deletes that are perhaps done. All lanes are held.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "proxy/sync/job.hpp"

namespace satchel::sync {

// What upstream lists, by canonical wire name.
using Listed = std::map<std::string, ListedMailbox>;

// LIST, asked until it is credible, taken in. Nothing: refused.
Steps<std::optional<Listed>> list_and_take_in(Work& work);

// Subscriptions: base plus pending, by name.
// Upstream has it now, empty as far as is known, under that wire name.
void is_there(Work& work, store::MailboxId id, const std::string& wire, char delimiter);

void take_in_subscriptions(Work& work, const ListAnswer& answer);
void refresh_subscription(store::Transaction& tx, const std::string& name, std::optional<store::Subscription> base);

// What mailboxes are called without the operations that come after `order`; empty for those to be made then.
std::map<store::MailboxId, std::string> names_at(const store::AccountState& state, std::uint64_t order);

}  // namespace satchel::sync
