// What COPY and MOVE share.
#pragma once

#include "proxy/server/session.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {

struct Transferred {
  Answer trouble;  // where nothing was done
  bool done = false;
  std::string copy_uid;  // "COPYUID ..."; empty where there was nothing to do
};

using TransferAction = Result<store::UidPairs> (*)(store::Transaction&, store::MailboxId, std::span<const Uid>,
                                                   store::MailboxId);

// All of them or none (RFC 3501 section 6.4.7).
awaitable<Transferred> transfer(Session& session, imap::SequenceSet set, Numbering numbering, std::string mailbox,
                                TransferAction action);

}  // namespace satchel::server
