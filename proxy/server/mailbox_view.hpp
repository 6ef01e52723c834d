// A selected mailbox as one client knows it: which message has which sequence number, what it was
// told, and what it has yet to be told once that is allowed (RFC 3501 sections 5.2, 5.5, 7.4.1).
// Owned by a session; the event loop's thread. Reads published mailboxes only, so that all it tells
// is durable.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/imap/sequence_set.hpp"
#include "proxy/server/flag_texts.hpp"
#include "proxy/server/shared_marks.hpp"
#include "store/account.hpp"

namespace satchel::server {

enum class Access : std::uint8_t { read_only, read_write };
enum class Numbering : std::uint8_t { sequence, uid };

// What may be told at the end of a command. EXPUNGE may not be while FETCH, STORE, SEARCH run.
enum class Updates : std::uint8_t { none, no_expunge, all };
enum class ModSeqs : std::uint8_t { leave_out, tell };  // CONDSTORE is enabled

class MailboxView {
 public:
  MailboxView(const store::View& view, store::MailboxPtr mailbox, Access access, std::shared_ptr<SharedMarks> shared);

  const store::Mailbox& mailbox() const { return *current_; }  // as of the last absorb()
  Access access() const { return access_; }
  FlagTexts& flag_texts() { return flags_; }

  // --- numbering, as the client knows it
  std::uint32_t size() const { return std::uint32_t(uids().size()); }
  Uid uid_at(std::uint32_t index) const { return uids()[index]; }  // index: sequence number less 1
  SequenceNumber number_of(Uid uid) const;                         // none: the client does not know it
  // Indexes, ascending. What is beyond the mailbox is left out.
  std::vector<std::uint32_t> indexes(const imap::SequenceSet& set, Numbering numbering) const;
  // Ascending ranges with "*" resolved.
  std::vector<imap::NumberRange> resolve(const imap::SequenceSet& set, Numbering numbering) const;
  // Whether all numbers written are there; "*" and "n:*" always are.
  bool in_range(const imap::SequenceSet& set) const;

  // --- messages
  // Its row now; of one that is gone, but that the client was not told of, the last one. Valid until absorb().
  const store::Message* message(Uid uid) const;
  bool gone(Uid uid) const;
  bool recent(Uid uid) const;
  std::uint32_t recent_count() const;
  std::optional<SequenceNumber> first_unseen() const;  // as of the opening
  const std::string& flags_text(const store::Message& message);

  // Visits (index, row) of the messages known to the client that changed after `since`; cost grows with them.
  template <class Visit>
  void for_each_changed(ModSeq since, Visit visit) const {
    current_->messages.for_each_changed(since, [&](const store::Message& message) {
      if (!message.visible()) return;
      if (const SequenceNumber number = number_of(message.uid)) visit(number.value - 1, message);
    });
  }

  // --- changes
  // Takes note of what changed up to that moment; null: the mailbox is no more.
  void absorb(const store::View& view, const store::MailboxPtr& now);
  bool has_news(Updates updates) const;
  // Writes EXPUNGE, EXISTS, RECENT, FLAGS and FETCH for all that was absorbed, as far as allowed.
  void tell(std::string& out, Updates updates, ModSeqs mod_seqs);
  // The client knows the flags of these messages (ascending) as they are now: no FETCH of their own.
  void told_flags(const std::vector<Uid>& uids);
  bool awaits_flags(Uid uid) const;  // a FETCH for it is to be sent

 private:
  void take_vanished(const store::Mailbox& now, ModSeq since);
  void take_changed(const store::Mailbox& now, ModSeq since);
  void add_gone(std::vector<Uid> uids);
  void claim_recent(Uid from);
  void tell_expunged(std::string& out);
  void tell_arrived(std::string& out);
  void tell_changed(std::string& out, ModSeqs mod_seqs);
  const store::Message* gone_row(Uid uid) const;
  const std::vector<Uid>& uids() const { return opening_ ? opening_->uids : own_uids_; }  // by sequence number

  store::AccountId account_;
  store::MailboxPtr current_;
  Access access_;
  std::shared_ptr<SharedMarks> shared_;
  FlagTexts flags_;
  bool removed_ = false;                    // the mailbox is no more
  std::shared_ptr<const Opening> opening_;  // what the client knows, until that changes
  std::vector<Uid> own_uids_;               // then this
  Uid first_unseen_;                        // when it was opened; none: all were seen
  Uid next_uid_;                            // the first that the client was not told of
  std::vector<Uid> recent_;                 // ascending
  std::vector<Uid> changed_;                // ascending: FETCH FLAGS to be sent
  std::vector<store::Message> gone_;        // ascending UID: EXPUNGE to be sent
};

// The mailbox of that id in the view, live or null.
store::MailboxPtr live_mailbox(const store::View& view, store::MailboxId mailbox);

}  // namespace satchel::server
