// The one way to change an account: made by Store::change(), handed to a function that runs at
// once, on the event loop's thread, on the working state. What it did becomes one write batch:
// durable together or not at all, and published to clients only after that.
// Visible changes take the mailbox's next MODSEQ; counts, indexes and rows follow by themselves.
#pragma once

#include "store/account.hpp"
#include "store/contents.hpp"
#include "store/database.hpp"

namespace satchel::store {

class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual const AccountState& state() const = 0;
  virtual std::int64_t now() const = 0;  // seconds since 1970
  virtual Tick next_tick() = 0;

  // --- flags
  virtual const FlagSet& flags(FlagSetId id) const = 0;
  virtual FlagSetId intern(const FlagSet& set) = 0;

  // --- mailboxes
  // A new one with its own UIDVALIDITY (the larger of the last one + 1 and the seconds since 2020).
  virtual MailboxId make_mailbox(std::string name) = 0;
  // The mailbox for changing everything but messages and counts; null if there is none.
  // Changes of name, live() or special_use count as changes of the list.
  virtual Mailbox* edit(MailboxId mailbox) = 0;

  // Leaves out so many of the mailbox's next UIDs and MODSEQs; the UIDs count as vanished.
  virtual void skip_numbers(MailboxId, std::uint32_t /*uids*/, std::uint64_t /*modseqs*/) {}

  // --- messages
  // A new message with the mailbox's next UID: `fields` gives all but uid, modseq and born. A
  // content number of none gets a new one, whose bytes are missing.
  virtual Uid add_message(MailboxId mailbox, Message fields) = 0;
  // Replaces the row. Becoming hidden or visible and a change of `effective` are visible changes;
  // anything else is not. A hidden message that becomes visible again must get a new UID instead.
  virtual void put_message(MailboxId mailbox, const Message& message) = 0;
  virtual void erase_message(MessageRef ref) = 0;
  // effective := base, then the journal's unsettled operations on it in order, then local.
  virtual void refresh_flags(MessageRef ref) = 0;

  // --- journal
  virtual OperationId add_operation(Operation operation) = 0;  // gives id, order, born, time
  virtual void put_operation(const Operation& operation) = 0;
  virtual void erase_operation(OperationId id) = 0;

  // --- subscriptions, by name as clients see it
  virtual void put_subscription(const std::string& name, Subscription subscription) = 0;

  // --- contents
  virtual ContentNumber new_content() = 0;  // its bytes are missing
  // The bytes of `content` are here now. A content with the same hash is shared: the extents of
  // `stored` are then garbage.
  virtual void attach(ContentNumber content, const StoredContent& stored) = 0;
  // Only the header is here.
  virtual void attach_header(ContentNumber content, const Summary& summary) = 0;
  // True if both are here and have the same bytes.
  virtual bool same_content(ContentNumber a, ContentNumber b) const = 0;
  // The number of a content with this hash, or none.
  virtual ContentNumber find_content(std::string_view hash) const = 0;
  // Keeps the content for the time set, unless a visible message of the account holds it.
  virtual void rescue(const Mailbox& mailbox, const Message& message) = 0;

  // --- the account's own fields
  virtual void set_delimiter(char delimiter) = 0;
  virtual void set_listed() = 0;
  virtual void set_list_started(Tick started) = 0;
  virtual void set_upstream_alters() = 0;
};

}  // namespace satchel::store
