// CREATE, RENAME, DELETE, SUBSCRIBE, UNSUBSCRIBE of clients (RFC 3501 sections 6.3.3 to 6.3.7).
#include <algorithm>

#include "store/client_actions.hpp"

namespace satchel::store {
namespace {

constexpr std::string_view inbox = "INBOX";
constexpr std::size_t longest_name = 1000;

// INBOX in any case is INBOX, also as the first component of a longer name.
std::string canonical(std::string_view name, char delimiter) {
  std::string out(name);
  const std::string_view first = name.substr(0, delimiter == 0 ? name.size() : name.find(delimiter));
  const bool is_inbox = first.size() == inbox.size() && std::equal(first.begin(), first.end(), inbox.begin(),
                                                                   [](char a, char b) { return (a & ~0x20) == b; });
  if (is_inbox) out.replace(0, inbox.size(), inbox);
  return out;
}

const Mailbox* find_live(const AccountState& state, std::string_view name) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live() && mailbox->name == name) return mailbox.get();
  return nullptr;
}

std::vector<MailboxId> below(const AccountState& state, const std::string& name) {
  std::vector<MailboxId> found;
  const std::string prefix = name + state.delimiter;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live() && mailbox->name.starts_with(prefix)) found.push_back(id);
  return found;
}

Result<> check_new_name(const AccountState& state, std::string_view name) {
  if (name.empty() || name.size() > longest_name || name.front() == state.delimiter)
    return fail(ErrorCode::refused, "A mailbox cannot have this name.");
  if (state.delimiter != 0 && name.find(std::string(2, state.delimiter)) != std::string_view::npos)
    return fail(ErrorCode::refused, "A part of the name is empty.");
  for (const char letter : name)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
      return fail(ErrorCode::refused, "A mailbox cannot have control characters in its name.");
  if (find_live(state, name) != nullptr) return fail(ErrorCode::locked, "A mailbox of that name is there already.");
  return {};
}

MailboxId make_one(Transaction& tx, const std::string& name, SpecialUse special_use) {
  const MailboxId id = tx.make_mailbox(name);
  Mailbox& mailbox = *tx.edit(id);
  mailbox.listed = true;
  mailbox.special_use = special_use;
  Operation operation;
  operation.kind = OperationKind::create;
  operation.mailbox = id;
  operation.name = name;
  operation.special_use = special_use;
  tx.add_operation(std::move(operation));
  return id;
}

void make_parents(Transaction& tx, const std::string& name) {
  const char delimiter = tx.state().delimiter;
  if (delimiter == 0) return;
  for (std::size_t at = name.find(delimiter); at != std::string::npos; at = name.find(delimiter, at + 1)) {
    const std::string parent = name.substr(0, at);
    if (find_live(tx.state(), parent) == nullptr) make_one(tx, parent, SpecialUse::none);
  }
}

void rename_one(Transaction& tx, MailboxId id, const std::string& to) {
  Mailbox& mailbox = *tx.edit(id);
  Operation operation;
  operation.kind = OperationKind::rename;
  operation.mailbox = id;
  operation.name = to;
  operation.old_name = mailbox.name;
  mailbox.name = to;
  tx.add_operation(std::move(operation));
}

// Section 6.3.5: INBOX stays, its messages go to the new mailbox.
Result<> rename_inbox(Transaction& tx, const Mailbox& from, const std::string& to) {
  std::vector<Uid> uids;
  from.messages.for_each([&uids](const Message& message) {
    if (message.visible()) uids.push_back(message.uid);
  });
  const MailboxId source = from.id;
  const MailboxId target = make_one(tx, to, SpecialUse::none);
  const auto moved = move(tx, source, uids, target);
  if (!moved) return moved.error();
  return {};
}

Result<> set_subscription(Transaction& tx, std::string_view wanted, OperationKind kind) {
  const std::string name = canonical(wanted, tx.state().delimiter);
  if (name.empty() || name.size() > longest_name) return fail(ErrorCode::refused, "A mailbox cannot have this name.");
  const auto found = tx.state().subscriptions.find(name);
  Subscription subscription = found == tx.state().subscriptions.end() ? Subscription{} : found->second;
  const bool on = kind == OperationKind::subscribe;
  if (subscription.effective == on) return {};
  subscription.effective = on;
  Operation operation;
  operation.kind = kind;
  operation.name = name;
  tx.add_operation(std::move(operation));
  tx.put_subscription(name, subscription);
  return {};
}

}  // namespace

Result<MailboxId> create_mailbox(Transaction& tx, std::string_view wanted, SpecialUse special_use) {
  const char delimiter = tx.state().delimiter;
  // A trailing delimiter says that names below it are to come: the mailbox is made without it.
  if (delimiter != 0 && wanted.size() > 1 && wanted.back() == delimiter) wanted.remove_suffix(1);
  const std::string name = canonical(wanted, delimiter);
  if (name == inbox) return fail(ErrorCode::locked, "INBOX is there already.");
  if (const auto checked = check_new_name(tx.state(), name); !checked) return checked.error();
  make_parents(tx, name);
  const MailboxId id = make_one(tx, name, special_use);
  if (const auto subscribed = subscribe(tx, name); !subscribed) return subscribed.error();
  return id;
}

Result<> rename_mailbox(Transaction& tx, std::string_view from_wanted, std::string_view to_wanted) {
  const char delimiter = tx.state().delimiter;
  const std::string from = canonical(from_wanted, delimiter);
  const std::string to = canonical(to_wanted, delimiter);
  const Mailbox* mailbox = find_live(tx.state(), from);
  if (mailbox == nullptr) return fail(ErrorCode::not_found, "There is no such mailbox.");
  if (const auto checked = check_new_name(tx.state(), to); !checked) return checked;
  if (delimiter != 0 && to.starts_with(from + delimiter))
    return fail(ErrorCode::refused, "A mailbox cannot become a part of itself.");
  const std::vector<MailboxId> children = below(tx.state(), from);
  for (const MailboxId child : children)
    if (find_live(tx.state(), to + tx.state().find(child)->name.substr(from.size())) != nullptr)
      return fail(ErrorCode::locked, "A mailbox of that name is there already.");
  make_parents(tx, to);
  if (from == inbox) return rename_inbox(tx, *mailbox, to);
  const MailboxId id = mailbox->id;
  rename_one(tx, id, to);
  for (const MailboxId child : children) {
    const std::string name = to + tx.state().find(child)->name.substr(from.size());
    rename_one(tx, child, name);
  }
  return {};
}

Result<> delete_mailbox(Transaction& tx, std::string_view wanted) {
  const std::string name = canonical(wanted, tx.state().delimiter);
  if (name == inbox) return fail(ErrorCode::refused, "INBOX cannot be deleted.");
  const Mailbox* found = find_live(tx.state(), name);
  if (found == nullptr) return fail(ErrorCode::not_found, "There is no such mailbox.");
  const MailboxId id = found->id;
  Operation operation;
  operation.kind = OperationKind::delete_mailbox;
  operation.mailbox = id;
  operation.name = name;
  const OperationId by = tx.add_operation(std::move(operation));
  std::vector<Message> messages;
  found->messages.for_each([&messages](const Message& message) {
    if (message.visible()) messages.push_back(message);
  });
  for (Message& message : messages) {
    message.hidden_by = by;
    message.held = false;
    tx.put_message(id, message);
  }
  tx.edit(id)->deleted_here = true;
  return {};
}

Result<> subscribe(Transaction& tx, std::string_view name) {
  return set_subscription(tx, name, OperationKind::subscribe);
}

Result<> unsubscribe(Transaction& tx, std::string_view name) {
  return set_subscription(tx, name, OperationKind::unsubscribe);
}

}  // namespace satchel::store
