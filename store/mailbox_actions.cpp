// CREATE, RENAME, DELETE, SUBSCRIBE, UNSUBSCRIBE of clients (RFC 3501 sections 6.3.3 to 6.3.7).
#include <algorithm>

#include "store/client_actions.hpp"
#include "store/client_names.hpp"

namespace satchel::store {
namespace {

constexpr std::string_view inbox = "INBOX";

Error taken() {
  return fail(ErrorCode::locked, "A mailbox of that name is there already.");
}
Error no_such() {
  return fail(ErrorCode::not_found, "There is no such mailbox.");
}

bool below(std::string_view name, std::string_view parent, char delimiter) {
  return delimiter != 0 && name.size() > parent.size() + 1 && name.starts_with(parent) &&
         name[parent.size()] == delimiter;
}

bool changes_hands(const AccountState& state, const std::string& name) {
  bool found = false;
  state.journal.for_each([&](const Operation& operation) {
    found = operation.on_mailbox() && (operation.name == name || operation.old_name == name);
    return !found;
  });
  return found;
}

// While the name changes hands upstream, nobody knows whether it stays subscribed there: then it is said again.
void set_subscribed(Transaction& tx, const std::string& name, OperationKind kind) {
  Subscription subscription;
  const auto known = tx.state().subscriptions.find(name);
  if (known != tx.state().subscriptions.end()) subscription = known->second;
  const bool wanted = kind == OperationKind::subscribe;
  if (subscription.effective == wanted && !changes_hands(tx.state(), name)) return;
  subscription.effective = wanted;
  Operation operation;
  operation.kind = kind;
  operation.name = name;
  tx.add_operation(std::move(operation));
  tx.put_subscription(name, subscription);
}

// Only mailboxes made here subscribe themselves (design section 4).
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
  set_subscribed(tx, name, OperationKind::subscribe);
  return id;
}

// Those above `name` that are missing, the highest first.
void make_parents(Transaction& tx, std::string_view name) {
  const char delimiter = tx.state().delimiter;
  std::vector<std::string> missing;
  for (auto parent = parent_name(name, delimiter); !parent.empty(); parent = parent_name(parent, delimiter))
    if (mailbox_named(tx.state(), parent) == nullptr) missing.emplace_back(parent);
  for (auto parent = missing.rbegin(); parent != missing.rend(); ++parent) make_one(tx, *parent, SpecialUse::none);
}

// The live mailbox of that name and those below it, parents before children.
std::vector<std::pair<std::string, MailboxId>> tree_at(const AccountState& state, std::string_view name) {
  std::vector<std::pair<std::string, MailboxId>> found;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live() && (mailbox->name == name || below(mailbox->name, name, state.delimiter)))
      found.emplace_back(mailbox->name, id);
  std::sort(found.begin(), found.end());
  return found;
}

// Upstream may take along what lies below a renamed mailbox: then the children's operations find it done.
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

// INBOX stays, its messages go to the new mailbox (section 6.3.5).
Result<> rename_inbox(Transaction& tx, const std::string& to) {
  const Mailbox* mailbox = mailbox_named(tx.state(), inbox);
  if (mailbox == nullptr) return no_such();
  if (twin_of(tx.state(), to, {}) != nullptr) return taken();
  const MailboxId source = mailbox->id;
  std::vector<Uid> uids;
  mailbox->messages.for_each([&uids](const Message& message) {
    if (message.visible()) uids.push_back(message.uid);
  });
  make_parents(tx, to);
  const MailboxId target = make_one(tx, to, SpecialUse::none);
  const auto moved = move(tx, source, uids, target);
  if (!moved) return moved.error();
  return {};
}

// Whether every name that the tree gets is free, but for what is in the tree itself.
bool names_free(const AccountState& state, const std::vector<std::pair<std::string, MailboxId>>& tree,
                std::size_t from_size, const std::string& to) {
  return std::none_of(tree.begin(), tree.end(), [&](const auto& one) {
    const std::string wanted = to + one.first.substr(from_size);
    const Mailbox* twin = twin_of(state, wanted, one.second);
    return twin != nullptr &&
           std::none_of(tree.begin(), tree.end(), [&](const auto& other) { return other.second == twin->id; });
  });
}

// Messages of a deleted mailbox are hidden by its operation, until that is settled.
void hide_all(Transaction& tx, MailboxId id, OperationId operation) {
  std::vector<Message> messages;
  tx.state().find(id)->messages.for_each([&messages](const Message& message) {
    if (message.visible()) messages.push_back(message);
  });
  for (Message& message : messages) {
    message.hidden_by = operation;
    message.held = false;
    tx.put_message(id, message);
  }
}

}  // namespace

Result<MailboxId> create_mailbox(Transaction& tx, std::string_view wanted, SpecialUse special_use) {
  const auto name = valid_name(wanted, tx.state().delimiter);
  if (!name) return name.error();
  if (*name == inbox || twin_of(tx.state(), *name, {}) != nullptr) return taken();
  make_parents(tx, *name);
  return make_one(tx, *name, special_use);
}

Result<> rename_mailbox(Transaction& tx, std::string_view from_wanted, std::string_view to_wanted) {
  const char delimiter = tx.state().delimiter;
  const auto from = valid_name(from_wanted, delimiter);
  if (!from) return no_such();
  const auto to = valid_name(to_wanted, delimiter);
  if (!to) return to.error();
  if (*from == inbox && *to != inbox) return rename_inbox(tx, *to);
  const auto tree = tree_at(tx.state(), *from);
  if (tree.empty()) return no_such();
  if (*to == inbox || *to == *from) return taken();
  if (below(*to, *from, delimiter)) return fail(ErrorCode::refused, "A mailbox cannot become a part of itself.");
  if (!names_free(tx.state(), tree, from->size(), *to)) return taken();
  make_parents(tx, *to);
  for (const auto& [name, id] : tree) rename_one(tx, id, *to + name.substr(from->size()));
  return {};
}

Result<> delete_mailbox(Transaction& tx, std::string_view wanted) {
  const auto name = valid_name(wanted, tx.state().delimiter);
  if (name && *name == inbox) return fail(ErrorCode::refused, "INBOX cannot be deleted.");
  const Mailbox* mailbox = name ? mailbox_named(tx.state(), *name) : nullptr;
  if (mailbox == nullptr) return no_such();
  const MailboxId id = mailbox->id;
  const bool container = mailbox->upstream.exists && !mailbox->upstream.selectable;
  if (container && tree_at(tx.state(), *name).size() > 1)
    return fail(ErrorCode::refused, "There are mailboxes below it: delete those first.");
  Operation operation;
  operation.kind = OperationKind::delete_mailbox;
  operation.mailbox = id;
  operation.name = *name;
  const OperationId by = tx.add_operation(std::move(operation));
  hide_all(tx, id, by);
  tx.edit(id)->deleted_here = true;
  return {};
}

Result<> subscribe(Transaction& tx, std::string_view wanted) {
  const auto name = valid_name(wanted, tx.state().delimiter);
  if (!name) return name.error();
  set_subscribed(tx, *name, OperationKind::subscribe);
  return {};
}

Result<> unsubscribe(Transaction& tx, std::string_view wanted) {
  const auto name = valid_name(wanted, tx.state().delimiter);
  set_subscribed(tx, name ? *name : known_name(wanted, tx.state().delimiter), OperationKind::unsubscribe);
  return {};
}

}  // namespace satchel::store
