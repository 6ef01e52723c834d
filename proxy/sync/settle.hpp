// Perhaps done is settled by looking (design section 5): which of the messages that turned up in a
// mailbox are what our own additions made. Candidates must agree in Message-ID, INTERNALDATE and
// size, then in their bytes; a weaker match only where the design allows it.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "proxy/sync/ask.hpp"
#include "store/transaction.hpp"

namespace satchel::sync {

// Upstream UIDs of a mailbox that no local message is bound to.
struct Candidates {
  std::vector<UpstreamUid> fresh;                                  // ascending
  std::unordered_map<UpstreamUid, Metadata> metadata;              // Depth::headers, of those that were asked for
  std::unordered_map<UpstreamUid, store::StoredContent> contents;  // of those that could be ours
};

// Additions into the mailbox that are perhaps done, in order.
std::vector<store::OperationId> attempted_into(const store::AccountState& state, store::MailboxId mailbox);

// Those worth fetching the bytes of: they agree with one of `operations` in Message-ID and INTERNALDATE.
std::vector<UpstreamUid> could_be_ours(const store::AccountState& state,
                                       const std::vector<store::OperationId>& operations, const Candidates& candidates);

// Binds what is found, and decides the rest: waits to be sent, parked, gone. Returns the UIDs taken.
std::unordered_set<UpstreamUid> settle(store::Transaction& tx, store::MailboxId mailbox, const Candidates& candidates);

}  // namespace satchel::sync
