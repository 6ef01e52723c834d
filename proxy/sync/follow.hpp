// Mailboxes that LIST does not give under their name any more: renamed by somebody (OBJECTID, else:
// same UIDVALIDITY, old name gone, UIDNEXT not smaller than ours, no header that contradicts), renamed
// by us (another UIDVALIDITY will do, if most headers agree), gone, or left out by a server that lies.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proxy/sync/list_job.hpp"

namespace satchel::sync {

struct Followed {
  std::vector<store::MailboxId> missing;            // not under their name
  std::map<store::MailboxId, std::string> renamed;  // of those: the new wire name
};

// May put mailboxes back into `listed` that upstream left out but still has. False: refused.
Steps<bool> follow(Work& work, Listed& listed, Followed& followed);

}  // namespace satchel::sync
