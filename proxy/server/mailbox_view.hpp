// What one session's client knows of its selected mailbox: which messages have which sequence
// numbers, and up to which MODSEQ it was told (design section 4). It decides what is to be told now:
// EXPUNGE only where RFC 3501 section 7.4.1 allows it, EXISTS only when the number grew.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proxy/imap/sequence_set.hpp"
#include "store/account.hpp"

namespace satchel::server {

enum class Expunges : std::uint8_t { hold, tell };
enum class Access : std::uint8_t { read_only, read_write };

class MailboxView {
 public:
  MailboxView(store::MailboxPtr mailbox, Access access, Uid recent_from);

  store::MailboxId id() const { return mailbox_->id; }
  const store::Mailbox& mailbox() const { return *mailbox_; }
  Access access() const { return access_; }
  std::uint32_t exists() const { return std::uint32_t(uids_.size()); }
  std::uint32_t recent() const;
  std::uint32_t first_unseen(const store::FlagTable& flags) const;  // sequence number, 0: none

  Uid uid(std::uint32_t sequence_number) const { return uids_[sequence_number - 1]; }
  std::uint32_t number_of(Uid uid) const;  // 0: not in view
  bool is_recent(Uid uid) const { return uid >= recent_from_; }

  // UIDs in view, ascending. Sequence numbers beyond the end: nothing (BAD).
  std::optional<std::vector<Uid>> resolve_numbers(const imap::SequenceSet& set) const;
  std::vector<Uid> resolve_uids(const imap::SequenceSet& set) const;
  const std::vector<Uid>& uids() const { return uids_; }

  // A message as it is now; null: gone meanwhile.
  const store::Message* find(Uid uid) const;

  struct Update {
    std::vector<std::uint32_t> expunged;  // as "* n EXPUNGE" in this order
    bool grew = false;                    // "* exists() EXISTS"
    std::vector<Uid> changed;             // flags changed, ascending
    bool gone = false;                    // the mailbox itself was deleted
  };
  // Takes the newer mailbox and says what the client is to be told.
  Update refresh(store::MailboxPtr newer, Expunges expunges);

 private:
  store::MailboxPtr mailbox_;
  Access access_;
  std::vector<Uid> uids_;
  Uid recent_from_;
  Uid highest_told_;  // a UID is told once: what comes later is higher
  ModSeq told_changes_;
  ModSeq told_vanished_;
};

}  // namespace satchel::server
