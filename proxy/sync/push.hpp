// Carrying operations of one mailbox upstream. Every function is handed operations that are ready,
// holds the lane of the mailbox, and runs right after a pull of it.
#pragma once

#include <vector>

#include "proxy/sync/job.hpp"

namespace satchel::sync {

using Operations = std::vector<store::OperationId>;

Steps<> push_appends(Work& work, store::MailboxId mailbox, Operations operations);
Steps<> push_flags(Work& work, store::MailboxId mailbox, Operations operations);
// Expunges, and the second half of moves that went up as copies.
Steps<> push_removals(Work& work, store::MailboxId mailbox, Operations operations);

// The addition is durable as attempted, with what is needed to look it up: it may go out now.
void note_attempt(store::Transaction& tx, store::OperationId id);

// A push of the addition was answered with a UID: binds it, or merges it with what is bound there.
// `bound` maps what is bound in the target's mailbox, and is kept up to date.
using BoundUids = std::unordered_map<UpstreamUid, Uid>;
BoundUids bound_uids(const store::Mailbox& mailbox);
void landed(store::Transaction& tx, store::OperationId id, UpstreamUid uid, BoundUids& bound);

}  // namespace satchel::sync
