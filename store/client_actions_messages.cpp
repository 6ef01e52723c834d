// What clients do to messages: append, flags, copy, move, expunge.
#include <algorithm>

#include "store/client_actions.hpp"

namespace satchel::store {
namespace {

Result<const Mailbox*> live_mailbox(const Transaction& tx, MailboxId id) {
  const Mailbox* mailbox = tx.state().find(id);
  if (mailbox == nullptr || !mailbox->live()) return fail(ErrorCode::not_found, "There is no such mailbox.");
  return mailbox;
}

// One that messages may be put into.
Result<const Mailbox*> filling_mailbox(const Transaction& tx, MailboxId id) {
  const auto mailbox = live_mailbox(tx, id);
  if (mailbox && (*mailbox)->upstream.exists && !(*mailbox)->upstream.selectable)
    return fail(ErrorCode::refused, "That mailbox only has others below it: it holds no messages.");
  return mailbox;
}

// The visible ones of `uids`, ascending, each once. Copies: the table changes while they are worked on.
std::vector<Message> visible_messages(const Mailbox& mailbox, std::span<const Uid> uids) {
  std::vector<Uid> wanted(uids.begin(), uids.end());
  std::sort(wanted.begin(), wanted.end());
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

FlagSet wanted_flags(const FlagSet& now, FlagChange change, const FlagSet& flags) {
  FlagSet wanted = change == FlagChange::replace ? FlagSet() : now;
  if (change == FlagChange::remove)
    wanted.remove(flags);
  else
    wanted.add(flags);
  return wanted;
}

// A local flag never goes up: taking it off is not journaled, and what is no change is nothing at all.
void change_flags(Transaction& tx, MessageRef ref, const Message& message, const FlagSet& wanted) {
  const FlagSet now = tx.flags(message.effective);
  const FlagSet local = tx.flags(message.local);
  const FlagSet gone = without(now, wanted);
  FlagSet local_left = local;
  local_left.remove(gone);
  Operation operation;
  operation.kind = OperationKind::store_flags;
  operation.source = ref;
  operation.add = without(wanted, now);
  operation.remove = without(gone, local);
  if (!(local_left == local)) {
    Message changed = message;
    changed.local = tx.intern(local_left);
    tx.put_message(ref.mailbox, changed);
  }
  if (!operation.add.empty() || !operation.remove.empty()) tx.add_operation(std::move(operation));
  tx.refresh_flags(ref);
}

// The message that a copy or move makes: everything but its place upstream.
Message copied(Transaction& tx, const Message& source) {
  Message copy = source;
  copy.upstream = {};
  copy.hidden_by = {};
  copy.held = false;
  copy.own = false;
  const FlagSet effective = tx.flags(source.effective);
  copy.base = tx.intern(without(effective, tx.flags(source.local)));
  return copy;
}

Result<UidPairs> transfer(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to,
                          OperationKind kind) {
  const auto source = live_mailbox(tx, from);
  if (!source) return source.error();
  const auto target = filling_mailbox(tx, to);
  if (!target) return target.error();
  UidPairs pairs;
  for (const Message& message : visible_messages(**source, uids)) {
    const Uid made = tx.add_message(to, copied(tx, message));
    Operation operation;
    operation.kind = kind;
    operation.source = {from, message.uid};
    operation.target = {to, made};
    const OperationId id = tx.add_operation(std::move(operation));
    if (kind == OperationKind::move) {
      Message hidden = message;
      hidden.hidden_by = id;
      tx.put_message(from, hidden);
    }
    pairs.emplace_back(message.uid, made);
  }
  return pairs;
}

Uid add_appended(Transaction& tx, MailboxId mailbox, Message message) {
  message.there = {};
  message.metadata = true;
  message.header = true;
  const Uid uid = tx.add_message(mailbox, std::move(message));
  Operation operation;
  operation.kind = OperationKind::append;
  operation.target = {mailbox, uid};
  tx.add_operation(std::move(operation));
  return uid;
}

}  // namespace

Result<Uid> append(Transaction& tx, MailboxId mailbox, const StoredContent& content, const AppendRequest& request) {
  const auto target = filling_mailbox(tx, mailbox);
  if (!target) return target.error();
  Message message;
  message.content = tx.new_content();
  tx.attach(message.content, content);
  message.here = {content.message_id_hash, content.header_hash, request.internal_date, std::uint32_t(content.size)};
  message.zone = request.zone;
  message.base = message.effective = tx.intern(request.flags);
  return add_appended(tx, mailbox, std::move(message));
}

Result<> restore_rescued(Transaction& tx, MailboxId mailbox, const Rescued& rescued) {
  const auto target = filling_mailbox(tx, mailbox);
  if (!target) return target.error();
  if (tx.state().missing.contains(rescued.content))
    return fail(ErrorCode::unavailable, "The message itself is not here.");
  Message message;
  message.content = rescued.content;
  message.here = rescued.identity;
  message.here.date = rescued.internal_date;
  message.zone = rescued.zone;
  message.base = message.effective = tx.intern(rescued.flags);
  add_appended(tx, mailbox, std::move(message));
  return {};
}

Result<std::vector<Uid>> store_flags(Transaction& tx, MailboxId mailbox, std::span<const Uid> uids, FlagChange change,
                                     const FlagSet& flags, std::optional<ModSeq> unchanged_since) {
  const auto found = live_mailbox(tx, mailbox);
  if (!found) return found.error();
  std::vector<Uid> modified;
  for (const Message& message : visible_messages(**found, uids)) {
    if (unchanged_since && message.modseq > *unchanged_since) {
      modified.push_back(message.uid);
      continue;
    }
    change_flags(tx, {mailbox, message.uid}, message, wanted_flags(tx.flags(message.effective), change, flags));
  }
  return modified;
}

Result<UidPairs> copy(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to) {
  return transfer(tx, from, uids, to, OperationKind::copy);
}

Result<UidPairs> move(Transaction& tx, MailboxId from, std::span<const Uid> uids, MailboxId to) {
  return transfer(tx, from, uids, to, OperationKind::move);
}

Result<std::vector<Uid>> expunge(Transaction& tx, MailboxId mailbox, std::span<const Uid> uids) {
  const auto found = live_mailbox(tx, mailbox);
  if (!found) return found.error();
  std::vector<Uid> removed;
  for (Message& message : visible_messages(**found, uids)) {
    if (!tx.flags(message.effective).has(SystemFlag::deleted)) continue;
    Operation operation;
    operation.kind = OperationKind::expunge;
    operation.source = {mailbox, message.uid};
    message.hidden_by = tx.add_operation(std::move(operation));
    tx.put_message(mailbox, message);
    removed.push_back(message.uid);
  }
  return removed;
}

}  // namespace satchel::store
