// The messages that a command names.
#pragma once

#include "proxy/server/session.hpp"

namespace satchel::server {

struct Targets {
  std::vector<Uid> uids;   // ascending, those still there
  bool some_gone = false;  // others were expunged, which the client was not told yet
  bool beyond = false;     // a sequence number is larger than the mailbox: BAD
};

Targets targets_of(const MailboxView& view, const imap::SequenceSet& set, Numbering numbering);

inline Numbering numbering_of(const auto& command) {
  return command.uid ? Numbering::uid : Numbering::sequence;
}

// Asks upstream for the flags, dates and sizes of those that were only listed so far. Errors: unavailable.
awaitable<Result<>> need_metadata(Session& session, std::vector<Uid> uids);

// "1:3,7" of ascending UIDs.
std::string set_of(const std::vector<Uid>& uids);

}  // namespace satchel::server
