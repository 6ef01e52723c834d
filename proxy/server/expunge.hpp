// What EXPUNGE, UID EXPUNGE and CLOSE share.
#pragma once

#include <optional>

#include "proxy/imap/sequence_set.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

// Removes the messages that this client knows and that have \Deleted; of those in `uids`, if given.
awaitable<Result<>> expunge_deleted(Session& session, std::optional<imap::SequenceSet> uids);

}  // namespace satchel::server
