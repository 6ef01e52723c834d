#include "store/client_actions.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

Result<const Mailbox*> live_mailbox(Transaction& tx, MailboxId id) {
  const Mailbox* mailbox = tx.state().find(id);
  if (mailbox == nullptr || !mailbox->live()) return fail(ErrorCode::not_found, "There is no such mailbox.");
  return mailbox;
}

// One that messages may be put into.
Result<const Mailbox*> filling_mailbox(Transaction& tx, MailboxId id) {
  const auto mailbox = live_mailbox(tx, id);
  if (mailbox && (*mailbox)->upstream.exists && !(*mailbox)->upstream.selectable)
    return fail(ErrorCode::refused, "This mailbox holds no messages.");
  return mailbox;
}

// The visible ones of `uids`, ascending, each once. Copies: the table changes while they are worked on.
std::vector<Message> visible_messages(const Mailbox& mailbox, std::span<const Uid> uids) {
  std::vector<Uid> wanted(uids.begin(), uids.end());
  if (!std::is_sorted(wanted.begin(), wanted.end())) std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<Message> found;
  found.reserve(wanted.size());
  for (const Uid uid : wanted)
    if (const Message* message = mailbox.messages.find(uid); message != nullptr && message->visible())
      found.push_back(*message);
  return found;
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
  const auto target = filling_mailbox(tx, to);
  if (!target) return target.error();
  const std::uint32_t uid_next = (*target)->upstream.uid_next;
  UidPairs pairs;
  for (const Message& message : visible_messages(**source, uids)) {
    const Uid made = tx.add_message(to, copy_of(tx, message));
    Operation operation;
    operation.kind = kind == Transfer::move ? OperationKind::move : OperationKind::copy;
    operation.source = MessageRef{from, message.uid};
    operation.target = MessageRef{to, made};
    operation.uid_next_then = uid_next;
    const OperationId id = tx.add_operation(std::move(operation));
    if (kind == Transfer::move) {
      Message hidden = message;
      hidden.hidden_by = id;
      tx.put_message(from, hidden);
    }
    pairs.emplace_back(message.uid, made);
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
  const auto mailbox = filling_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
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
  for (const Message& message : visible_messages(**mailbox, uids)) {
    if (unchanged_since && message.modseq > *unchanged_since) {
      modified.push_back(message.uid);
      continue;
    }
    Wanted wanted = wanted_change(change, flags, tx.flags(message.effective));
    if (wanted.add.empty() && wanted.remove.empty()) continue;
    change_flags(tx, MessageRef{id, message.uid}, message, std::move(wanted));
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
  const auto mailbox = filling_mailbox(tx, id);
  if (!mailbox) return mailbox.error();
  if (tx.state().missing.contains(rescued.content))
    return fail(ErrorCode::unavailable, "The message itself is not here.");
  Message message;
  message.content = rescued.content;
  message.here = rescued.identity;
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
  for (Message& message : visible_messages(**mailbox, uids)) {
    if (!tx.flags(message.effective).has(SystemFlag::deleted)) continue;
    Operation operation;
    operation.kind = OperationKind::expunge;
    operation.source = MessageRef{id, message.uid};
    message.hidden_by = tx.add_operation(std::move(operation));
    tx.put_message(id, message);
    removed.push_back(message.uid);
  }
  return removed;
}

}  // namespace satchel::store
