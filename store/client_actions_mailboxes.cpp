// What clients do to mailboxes and subscriptions: create, rename, delete, subscribe, unsubscribe.
#include <algorithm>

#include "store/client_actions.hpp"
#include "store/client_names.hpp"

namespace satchel::store {
namespace {

constexpr std::string_view inbox = "INBOX";

Error taken() {
  return fail(ErrorCode::refused, "A mailbox of that name exists already.");
}

bool below(std::string_view name, std::string_view parent, char delimiter) {
  return name.size() > parent.size() + 1 && name.starts_with(parent) && name[parent.size()] == delimiter;
}

OperationId journal_mailbox(Transaction& tx, OperationKind kind, MailboxId mailbox, std::string name) {
  Operation operation;
  operation.kind = kind;
  operation.mailbox = mailbox;
  operation.name = std::move(name);
  return tx.add_operation(std::move(operation));
}

void set_subscribed(Transaction& tx, const std::string& name, OperationKind kind) {
  Subscription subscription;
  const auto known = tx.state().subscriptions.find(name);
  if (known != tx.state().subscriptions.end()) subscription = known->second;
  const bool wanted = kind == OperationKind::subscribe;
  if (subscription.effective == wanted) return;
  subscription.effective = wanted;
  Operation operation;
  operation.kind = kind;
  operation.name = name;
  tx.add_operation(std::move(operation));
  tx.put_subscription(name, subscription);
}

// Only mailboxes made here subscribe themselves.
MailboxId make(Transaction& tx, const std::string& name, SpecialUse special_use) {
  const MailboxId id = tx.make_mailbox(name);
  Mailbox* mailbox = tx.edit(id);
  mailbox->listed = true;
  mailbox->special_use = special_use;
  Operation operation;
  operation.kind = OperationKind::create;
  operation.mailbox = id;
  operation.name = name;
  operation.special_use = special_use;
  tx.add_operation(std::move(operation));
  set_subscribed(tx, name, OperationKind::subscribe);
  return id;
}

// Those above `name` that are missing, the highest first.
void make_parents(Transaction& tx, std::string_view name) {
  const char delimiter = tx.state().delimiter;
  std::vector<std::string> missing;
  for (auto parent = parent_name(name, delimiter); !parent.empty(); parent = parent_name(parent, delimiter))
    if (mailbox_named(tx.state(), parent) == nullptr) missing.emplace_back(parent);
  for (auto parent = missing.rbegin(); parent != missing.rend(); ++parent) make(tx, *parent, SpecialUse::none);
}

// Live mailboxes below `name`, ascending by name: parents before children.
std::vector<std::pair<std::string, MailboxId>> mailboxes_below(const AccountState& state, std::string_view name) {
  std::vector<std::pair<std::string, MailboxId>> found;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live() && below(mailbox->name, name, state.delimiter)) found.emplace_back(mailbox->name, id);
  std::sort(found.begin(), found.end());
  return found;
}

void journal_rename(Transaction& tx, MailboxId id, const std::string& from, const std::string& to) {
  Operation operation;
  operation.kind = OperationKind::rename;
  operation.mailbox = id;
  operation.name = to;
  operation.old_name = from;
  tx.add_operation(std::move(operation));
}

// RENAME of INBOX leaves it empty; its messages go to a new mailbox (RFC 3501 section 6.3.5).
Result<> rename_inbox(Transaction& tx, MailboxId id, const std::string& to) {
  make_parents(tx, to);
  const MailboxId made = make(tx, to, SpecialUse::none);
  std::vector<Uid> uids;
  tx.state().find(id)->messages.for_each([&](const Message& message) {
    if (message.visible()) uids.push_back(message.uid);
  });
  const auto moved = move(tx, id, uids, made);
  if (!moved) return moved.error();
  return {};
}

// One operation for a mailbox and all below it: upstream takes those along. Where the name itself is no
// mailbox, each of the highest ones below it is renamed on its own.
void rename_tree(Transaction& tx, const std::string& from, const std::string& to) {
  auto renamed = mailboxes_below(tx.state(), from);
  if (const Mailbox* top = mailbox_named(tx.state(), from)) renamed.emplace(renamed.begin(), from, top->id);
  std::vector<std::string> taken_along;
  for (const auto& [name, id] : renamed) {
    const std::string new_name = to + name.substr(from.size());
    const bool along = std::any_of(taken_along.begin(), taken_along.end(), [&](const std::string& higher) {
      return below(name, higher, tx.state().delimiter);
    });
    if (!along) {
      journal_rename(tx, id, name, new_name);
      taken_along.push_back(name);
    }
    tx.edit(id)->name = new_name;
  }
}

// Whether every name that the tree gets is free, but for what is in the tree itself.
bool names_free(const AccountState& state, const std::string& from, const std::string& to) {
  for (const auto& [id, mailbox] : state.mailboxes) {
    if (!mailbox->live() || mailbox->name == from || below(mailbox->name, from, state.delimiter)) continue;
    if (same_name(mailbox->name, to)) return false;
    for (const auto& [name, child] : mailboxes_below(state, from))
      if (same_name(mailbox->name, to + name.substr(from.size()))) return false;
  }
  return true;
}

// Messages of a deleted mailbox are hidden by its operation, until that is settled.
void hide_all(Transaction& tx, MailboxId id, OperationId operation) {
  std::vector<Message> visible;
  tx.state().find(id)->messages.for_each([&](const Message& message) {
    if (message.visible()) visible.push_back(message);
  });
  for (Message& message : visible) {
    message.hidden_by = operation;
    message.held = false;
    tx.put_message(id, message);
  }
}

}  // namespace

Result<MailboxId> create_mailbox(Transaction& tx, std::string_view name, SpecialUse special_use) {
  const auto valid = valid_name(name, tx.state().delimiter);
  if (!valid) return valid.error();
  if (*valid == inbox || twin_of(tx.state(), *valid, {}) != nullptr) return taken();
  make_parents(tx, *valid);
  return make(tx, *valid, special_use);
}

Result<> rename_mailbox(Transaction& tx, std::string_view from_given, std::string_view to_given) {
  const char delimiter = tx.state().delimiter;
  const auto from = valid_name(from_given, delimiter);
  if (!from) return fail(ErrorCode::not_found, "There is no such mailbox.");
  const auto to = valid_name(to_given, delimiter);
  if (!to) return to.error();
  const Mailbox* mailbox = mailbox_named(tx.state(), *from);
  if (mailbox == nullptr && mailboxes_below(tx.state(), *from).empty())
    return fail(ErrorCode::not_found, "There is no such mailbox.");
  if (*to == *from || *to == inbox) return taken();
  if (*from == inbox) {
    if (mailbox == nullptr) return fail(ErrorCode::not_found, "There is no such mailbox.");
    if (twin_of(tx.state(), *to, {}) != nullptr) return taken();
    return rename_inbox(tx, mailbox->id, *to);
  }
  if (below(*to, *from, delimiter))
    return fail(ErrorCode::refused, "A mailbox cannot be moved into one that is below it.");
  if (!names_free(tx.state(), *from, *to)) return taken();
  make_parents(tx, *to);
  rename_tree(tx, *from, *to);
  return {};
}

Result<> delete_mailbox(Transaction& tx, std::string_view given) {
  const auto name = valid_name(given, tx.state().delimiter);
  if (name && *name == inbox) return fail(ErrorCode::refused, "INBOX cannot be deleted.");
  const Mailbox* mailbox = name ? mailbox_named(tx.state(), *name) : nullptr;
  if (mailbox == nullptr) return fail(ErrorCode::not_found, "There is no such mailbox.");
  const MailboxId id = mailbox->id;
  if (mailbox->upstream.exists && !mailbox->upstream.selectable && !mailboxes_below(tx.state(), *name).empty())
    return fail(ErrorCode::refused, "There are mailboxes below it: delete those first.");
  const OperationId operation = journal_mailbox(tx, OperationKind::delete_mailbox, id, *name);
  tx.edit(id)->deleted_here = true;
  hide_all(tx, id, operation);
  return {};
}

Result<> subscribe(Transaction& tx, std::string_view name) {
  const auto valid = valid_name(name, tx.state().delimiter);
  if (!valid) return valid.error();
  set_subscribed(tx, *valid, OperationKind::subscribe);
  return {};
}

Result<> unsubscribe(Transaction& tx, std::string_view name) {
  set_subscribed(tx, known_name(name, tx.state().delimiter), OperationKind::unsubscribe);
  return {};
}

}  // namespace satchel::store
