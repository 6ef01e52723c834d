#include "memory_account.hpp"

namespace satchel::sync::test {

using store::ContentNumber;
using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;
using store::Operation;

MemoryAccount::MemoryAccount() {
  state_.id = store::AccountId{1};
  state_.flags = std::make_shared<store::FlagTable>();
}

MemoryAccount::MemoryAccount(const MemoryAccount& other)
    : state_(other.state_),
      contents_(other.contents_),
      uses_(other.uses_),
      headers_(other.headers_),
      rescued_(other.rescued_),
      ever_(other.ever_),
      now_(other.now_),
      last_content_(other.last_content_),
      last_uid_validity_(other.last_uid_validity_) {
  for (auto& [id, mailbox] : state_.mailboxes) {
    own_[id] = std::make_shared<store::Mailbox>(*mailbox);
    mailbox = own_[id];
  }
}

store::Tick MemoryAccount::next_tick() {
  ++state_.tick.value;
  return state_.tick;
}

MailboxId MemoryAccount::make_mailbox(std::string name) {
  auto mailbox = std::make_shared<Mailbox>();
  mailbox->id = MailboxId{++state_.last_mailbox};
  mailbox->name = std::move(name);
  mailbox->uid_validity = UidValidity{++last_uid_validity_};
  own_[mailbox->id] = mailbox;
  state_.mailboxes[mailbox->id] = mailbox;
  return mailbox->id;
}

Mailbox* MemoryAccount::edit(MailboxId mailbox) {
  const auto found = own_.find(mailbox);
  return found == own_.end() ? nullptr : found->second.get();
}

void MemoryAccount::skip_numbers(MailboxId mailbox, std::uint32_t uids, std::uint64_t modseqs) {
  if (!mailbox) return;
  own_.at(mailbox)->uid_next.value += uids;
  own_.at(mailbox)->highest_modseq.value += modseqs;
}

void MemoryAccount::count(ContentNumber content, int by) {
  int& uses = uses_[content];
  uses += by;
  if (uses > 0) return;
  uses_.erase(content);
  contents_.erase(content);
  state_.missing.erase(content);
}

Uid MemoryAccount::add_message(MailboxId id, Message fields) {
  Mailbox& mailbox = *own_.at(id);
  fields.uid = mailbox.uid_next;
  ++mailbox.uid_next.value;
  fields.modseq = ModSeq{++mailbox.highest_modseq.value};
  fields.born = next_tick();
  if (!fields.content) fields.content = new_content();
  count(fields.content, 1);
  mailbox.messages.put(fields);
  if (fields.visible()) ++mailbox.exists;
  refresh_flags({id, fields.uid});
  return fields.uid;
}

void MemoryAccount::put_message(MailboxId id, const Message& message) {
  Mailbox& mailbox = *own_.at(id);
  const Message old = *mailbox.messages.find(message.uid);
  count(message.content, 1);
  if (old.visible() && !message.visible()) --mailbox.exists;
  if (!old.visible() && message.visible()) ++mailbox.exists;
  mailbox.messages.put(message);
  count(old.content, -1);
}

void MemoryAccount::erase_message(MessageRef ref) {
  Mailbox& mailbox = *own_.at(ref.mailbox);
  const Message old = *mailbox.messages.find(ref.uid);
  if (old.visible()) --mailbox.exists;
  mailbox.messages.erase(ref.uid);
  count(old.content, -1);
}

void MemoryAccount::refresh_flags(MessageRef ref) {
  Mailbox& mailbox = *own_.at(ref.mailbox);
  Message row = *mailbox.messages.find(ref.uid);
  store::FlagSet now = flags(row.base);
  for (const Operation* operation : state_.journal.of(ref)) {
    if (operation->kind != store::OperationKind::store_flags || operation->source != ref) continue;
    now.add(operation->add);
    now.remove(operation->remove);
  }
  now.add(flags(row.local));
  row.effective = intern(now);
  mailbox.messages.put(row);
}

store::OperationId MemoryAccount::add_operation(Operation operation) {
  operation.id = store::OperationId{++state_.last_operation};
  operation.order = operation.id.value << 16;
  operation.born = state_.tick;
  operation.time = now_;
  state_.journal.put(operation);
  return operation.id;
}

void MemoryAccount::put_subscription(const std::string& name, store::Subscription subscription) {
  if (subscription.base || subscription.effective)
    state_.subscriptions[name] = subscription;
  else
    state_.subscriptions.erase(name);
}

ContentNumber MemoryAccount::new_content() {
  const ContentNumber content{++last_content_};
  state_.missing.insert(content);
  return content;
}

void MemoryAccount::attach(ContentNumber content, const store::StoredContent& stored) {
  contents_[content] = stored.hash;
  ever_.insert(stored.hash);
  state_.missing.erase(content);
}

bool MemoryAccount::same_content(ContentNumber a, ContentNumber b) const {
  const std::string* left = bytes(a);
  const std::string* right = bytes(b);
  return left && right && *left == *right;
}

ContentNumber MemoryAccount::find_content(std::string_view hash) const {
  for (const auto& [content, bytes] : contents_)
    if (bytes == hash) return content;
  return {};
}

const std::string* MemoryAccount::bytes(ContentNumber content) const {
  const auto found = contents_.find(content);
  return found == contents_.end() ? nullptr : &found->second;
}

bool MemoryAccount::holds_visible(ContentNumber content) const {
  bool holds = false;
  for (const auto& [id, mailbox] : state_.mailboxes) {
    if (!mailbox->live()) continue;
    mailbox->messages.for_each([&](const Message& row) {
      holds |= row.visible() && (row.content == content || same_content(row.content, content));
    });
  }
  return holds;
}

// Whether a visible message holds it is asked at the end of the test, not here: the row that asks
// is still visible itself.
void MemoryAccount::rescue(const Mailbox&, const Message& message) {
  if (const std::string* known = bytes(message.content)) rescued_.insert(*known);
}

}  // namespace satchel::sync::test
