#include "store/client_actions.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

Result<const Mailbox*> live_mailbox(Transaction& tx, MailboxId id) {
  const Mailbox* mailbox = tx.state().find(id);
  if (mailbox == nullptr || !mailbox->live()) return fail(ErrorCode::not_found, "There is no such mailbox.");
  return mailbox;
}

const Message* visible(const Transaction& tx, MessageRef ref) {
  const Message* message = tx.state().find(ref);
  return message != nullptr && message->visible() ? message : nullptr;
}

FlagSet without(FlagSet set, const FlagSet& taken) {
  set.remove(taken);
  return set;
}

// The message that a copy or move makes.
Message copy_of(Transaction& tx, const Message& source) {
  Message made;
  made.content = source.content;
  made.here = source.here;
  made.there = source.there;
  made.email_id = source.email_id;
  made.zone = source.zone;
  made.base = tx.intern(without(tx.flags(source.effective), tx.flags(source.local)));
  made.local = source.local;
  made.effective = source.effective;
  made.metadata = source.metadata;
  made.header = source.header;
  return made;
}

enum class Transfer : std::uint8_t { copy, move };

Result<UidPairs> transfer(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to, Transfer kind) {
  const auto source = live_mailbox(tx, from);
  if (!source) return source.error();
  const auto target = live_mailbox(tx, to);
  if (!target) return target.error();
  if ((*target)->upstream.exists && !(*target)->upstream.selectable)
    return fail(ErrorCode::refused, "This mailbox holds no messages.");
  UidPairs pairs;
  for (const Uid uid : uids) {
    const MessageRef ref{from, uid};
    const Message* found = visible(tx, ref);
    if (found == nullptr) continue;
    const Message before = *found;
    const Uid made = tx.add_message(to, copy_of(tx, before));
    Operation operation;
    operation.kind = kind == Transfer::move ? OperationKind::move : OperationKind::copy;
    operation.source = ref;
    operation.target = MessageRef{to, made};
    operation.uid_next_then = tx.state().find(to)->upstream.uid_next;
    const OperationId id = tx.add_operation(std::move(operation));
    if (kind == Transfer::move) {
      Message hidden = before;
      hidden.hidden_by = id;
      tx.put_message(from, hidden);
    }
    pairs.emplace_back(uid, made);
  }
  return pairs;
}

struct Wanted {
  FlagSet add;
  FlagSet remove;
};

// What STORE changes on a message that has `now`; local flags are no matter for upstream.
Wanted wanted_change(FlagChange change, const FlagSet& flags, const FlagSet& now) {
  Wanted wanted;
  if (change != FlagChange::remove) {
    wanted.add = flags;
    wanted.add.remove(now);
  }
  if (change == FlagChange::remove) {
    FlagSet absent = flags;
    absent.remove(now);
    wanted.remove = without(flags, absent);
  } else if (change == FlagChange::replace) {
    wanted.remove = without(now, flags);
  }
  return wanted;
}

void change_flags(Transaction& tx, MessageRef ref, const Message& message, Wanted wanted) {
  const FlagSet local = tx.flags(message.local);
  FlagSet local_after = local;
  local_after.remove(wanted.remove);
  if (!(local_after == local)) {
    Message changed = message;
    changed.local = tx.intern(local_after);
    tx.put_message(ref.mailbox, changed);
  }
  wanted.remove.remove(local);
  if (!wanted.add.empty() || !wanted.remove.empty()) {
    Operation operation;
    operation.kind = OperationKind::store_flags;
    operation.source = ref;
    operation.add = std::move(wanted.add);
    operation.remove = std::move(wanted.remove);
    tx.add_operation(std::move(operation));
  }
  tx.refresh_flags(ref);
}

}  // namespace

Result<Uid> append(Transaction& tx, MailboxId id, const StoredContent& content, const AppendRequest& request) {
  const auto mailbox = live_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
  if ((*mailbox)->upstream.exists && !(*mailbox)->upstream.selectable)
    return fail(ErrorCode::refused, "This mailbox holds no messages.");
  Message message;
  message.content = tx.new_content();
  tx.attach(message.content, content);
  message.here = Identity{content.message_id_hash, content.header_hash, request.internal_date,
                          std::uint32_t(std::min<std::uint64_t>(content.size, 0xffffffff))};
  message.zone = request.zone;
  message.base = tx.intern(request.flags);
  message.effective = message.base;
  message.metadata = message.header = true;
  const std::uint32_t uid_next = (*mailbox)->upstream.uid_next;
  const Uid uid = tx.add_message(id, message);
  Operation operation;
  operation.kind = OperationKind::append;
  operation.target = MessageRef{id, uid};
  operation.uid_next_then = uid_next;
  tx.add_operation(std::move(operation));
  return uid;
}

Result<std::vector<Uid>> store_flags(Transaction& tx, MailboxId id, std::span<const Uid> uids, FlagChange change,
                                     const FlagSet& flags, std::optional<ModSeq> unchanged_since) {
  const auto mailbox = live_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
  std::vector<Uid> modified;
  for (const Uid uid : uids) {
    const MessageRef ref{id, uid};
    const Message* found = visible(tx, ref);
    if (found == nullptr) continue;
    if (unchanged_since && found->modseq > *unchanged_since) {
      modified.push_back(uid);
      continue;
    }
    const Message before = *found;
    Wanted wanted = wanted_change(change, flags, tx.flags(before.effective));
    if (wanted.add.empty() && wanted.remove.empty()) continue;
    change_flags(tx, ref, before, std::move(wanted));
  }
  return modified;
}

Result<UidPairs> copy(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to) {
  return transfer(tx, from, uids, to, Transfer::copy);
}

Result<UidPairs> move(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to) {
  return transfer(tx, from, uids, to, Transfer::move);
}

Result<> restore_rescued(Transaction& tx, MailboxId id, const Rescued& rescued) {
  const auto mailbox = live_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
  Message message;
  message.content = rescued.content;
  message.here.date = rescued.internal_date;
  message.here.size = rescued.size;
  message.here.message_id = rescued.message_id;
  message.here.header = rescued.header;
  message.zone = rescued.zone;
  FlagSet flags = rescued.flags;
  flags.remove(SystemFlag::deleted);
  message.base = message.effective = tx.intern(flags);
  message.metadata = message.header = true;
  const std::uint32_t uid_next = (*mailbox)->upstream.uid_next;
  const Uid uid = tx.add_message(id, message);
  Operation operation;
  operation.kind = OperationKind::append;
  operation.target = MessageRef{id, uid};
  operation.uid_next_then = uid_next;
  tx.add_operation(std::move(operation));
  return {};
}

Result<std::vector<Uid>> expunge(Transaction& tx, MailboxId id, std::span<const Uid> uids) {
  const auto mailbox = live_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
  std::vector<Uid> removed;
  for (const Uid uid : uids) {
    const Message* found = visible(tx, MessageRef{id, uid});
    if (found == nullptr || !tx.flags(found->effective).has(SystemFlag::deleted)) continue;
    Message hidden = *found;
    Operation operation;
    operation.kind = OperationKind::expunge;
    operation.source = MessageRef{id, uid};
    hidden.hidden_by = tx.add_operation(std::move(operation));
    tx.put_message(id, hidden);
    removed.push_back(uid);
  }
  return removed;
}

}  // namespace satchel::store
