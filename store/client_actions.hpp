// What a client's commands do to the replica: each changes the state that clients see and adds the
// operation that carries it upstream, in the same batch. Nothing else ever adds an operation.
// Called inside Store::change(). Errors: not_found (mailbox, or not one of the messages),
// refused (name taken, INBOX deleted ...), with the text for NO.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "store/transaction.hpp"

namespace satchel::store {

enum class FlagChange : std::uint8_t { replace, add, remove };

struct AppendRequest {
  FlagSet flags;
  std::int64_t internal_date = 0;  // the client's, else the time of the command
  std::int16_t zone = 0;
};

Result<Uid> append(Transaction& tx, MailboxId mailbox, const StoredContent& content, const AppendRequest& request);

// Messages that are gone meanwhile are skipped. `unchanged_since`: those changed later are left
// alone and returned (RFC 7162 section 3.1.3, MODIFIED).
Result<std::vector<Uid>> store_flags(Transaction& tx, MailboxId mailbox, std::span<const Uid> uids, FlagChange change,
                                     const FlagSet& flags, std::optional<ModSeq> unchanged_since);

// Pairs (source, target) in ascending source UID; messages that are gone meanwhile are left out.
using UidPairs = std::vector<std::pair<Uid, Uid>>;
Result<UidPairs> copy(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to);
Result<UidPairs> move(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to);

// Puts a rescued message back into a mailbox: an append of the content that is kept.
Result<> restore_rescued(Transaction& tx, MailboxId mailbox, const Rescued& rescued);

// Removes those of `uids` that have \Deleted; returns the UIDs removed, ascending.
Result<std::vector<Uid>> expunge(Transaction& tx, MailboxId mailbox, std::span<const Uid> uids);

// Names are UTF-8 with the account's delimiter. Missing parents are made too (RFC 3501 section 6.3.3).
Result<MailboxId> create_mailbox(Transaction& tx, std::string_view name, SpecialUse special_use);
Result<> rename_mailbox(Transaction& tx, std::string_view from,
                        std::string_view to);  // with all below it; INBOX: section 6.3.5
Result<> delete_mailbox(Transaction& tx, std::string_view name);
Result<> subscribe(Transaction& tx, std::string_view name);
Result<> unsubscribe(Transaction& tx, std::string_view name);

}  // namespace satchel::store
