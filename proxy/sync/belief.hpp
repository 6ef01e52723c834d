// What of a server's answers about changes is believed (design section 6: servers lie). Everything at
// first; who is found out is asked more simply, until the next start.
#pragma once

#include "proxy/sync/job.hpp"
#include "proxy/sync/memory.hpp"

namespace satchel::sync {

// May the server be asked in this way? It must be able to, and be believed.
bool may_ask(Work& work, Means means);

// It was found out: from now on no better means than this one. `why` continues "This server " for the user.
void step_down(Work& work, Means means, const char* why);

// Its UIDVALIDITY does not tell whether its UIDs name what they named: always 1, or one that was given twice. The very
// messages are compared before anything is removed.
bool uids_are_doubtful(Work& work, const store::UpstreamMailbox& upstream);

// A mailbox has another UIDVALIDITY than before: was it given to it once already?
void note_uid_validity(Work& work, store::MailboxId mailbox, std::uint32_t before, std::uint32_t now);

// One piece of a mailbox is read whole, without asking what changed, and compared with what is known: what a server
// hid is found, a few hundred messages at a time.
Steps<> audit_job(Work& work, store::MailboxId mailbox);

// The mailbox whose turn it is; none: nothing to audit.
store::MailboxId next_audit(const store::AccountState& state, const Abilities& abilities, const Memory& memory,
                            std::int64_t now);

}  // namespace satchel::sync
