// A mailbox of the replica (design section 4). Published as shared_ptr<const Mailbox>: whoever
// holds one sees a moment that is durable, whatever happens meanwhile.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/message.hpp"

namespace satchel::store {

enum class SpecialUse : std::uint8_t { none, all, archive, drafts, flagged, junk, sent, trash };  // RFC 6154

// Which UIDs clients lost sight of, and at which MODSEQ (RFC 7162 VANISHED). Ascending MODSEQ.
struct Vanished {
  ModSeq modseq;
  std::vector<Uid> uids;  // ascending
  // Numbers skipped when the home was put back (design section 8): [first, last], clients of the
  // lost time may know them. Ascending, never one of `uids`.
  std::vector<std::pair<Uid, Uid>> skipped = {};
};

// A copy shares its old part.
class VanishedLog {
 public:
  // Beyond a length the oldest half is folded into one entry, which is the first one then: a client
  // that is further behind gets more UIDs than it needs, never fewer. Returns the MODSEQs of the
  // entries that were folded, that of the new one last.
  std::vector<ModSeq> add(Vanished entry);
  template <class Visit>
  void for_each_since(ModSeq since, Visit&& visit) const {
    for (const auto& entry : entries_)
      if (entry->modseq > since) visit(*entry);
  }
  std::size_t size() const { return entries_.size(); }
  const Vanished& first() const { return *entries_.front(); }

 private:
  std::vector<std::shared_ptr<const Vanished>> entries_;
};

// What upstream is last known to say of the mailbox; "exists" false: not there (not yet, or no more).
struct UpstreamMailbox {
  std::string name;  // bytes on the wire (modified UTF-7 or UTF-8), never decoded for sending
  bool exists = false;
  bool selectable = true;          // not \Noselect, not \NonExistent
  std::uint32_t uid_validity = 0;  // 0: never selected
  std::uint32_t uid_next = 0;
  std::uint64_t highest_modseq = 0;  // up to which changes are applied; 0: none
  std::string mailbox_id;            // OBJECTID (RFC 8474), empty where there is none
  Tick pull_started;                 // start of the last complete pull
  Tick previous_pull_started;
};

// What the guard against mass deletions (design section 7) knows of a mailbox.
struct Guard {
  struct Vanishing {
    std::int64_t at = 0;         // seconds since 1970
    std::uint32_t messages = 0;  // that upstream dropped, and that were let go
    std::uint32_t of = 0;        // messages that were there before
  };
  std::vector<Vanishing> lately;  // ascending; those of the last 24 hours count
  bool weighing = false;          // some are held until a complete pull tells whether they are elsewhere
  Tick seen;                      // held messages: when they were last seen upstream
};

struct Mailbox {
  MailboxId id;
  std::string name;          // UTF-8, components joined by the account's delimiter; INBOX in capitals
  UidValidity uid_validity;  // never changes
  Uid uid_next{1};
  ModSeq highest_modseq{1};
  SpecialUse special_use = SpecialUse::none;
  bool listed = false;        // all upstream UIDs were numbered once (or it was made here)
  bool deleted_here = false;  // a client deleted it; kept until that is settled
  bool retired = false;       // gone on both sides: its id and UIDVALIDITY are kept, nothing else
  UpstreamMailbox upstream;
  Guard guard;

  MessageTable messages;  // hidden ones included
  VanishedLog vanished;

  // Of the visible messages; kept exact by Transaction.
  std::uint32_t exists = 0;
  std::uint32_t unseen = 0;
  std::uint32_t deleted = 0;
  std::uint64_t size = 0;

  bool live() const { return !deleted_here && !retired; }  // clients see it
};

using MailboxPtr = std::shared_ptr<const Mailbox>;

}  // namespace satchel::store
