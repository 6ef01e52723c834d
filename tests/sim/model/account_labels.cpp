// Labels instead of folders: one message in many mailboxes, all of them in All Mail.
#include <algorithm>

#include "account.hpp"

namespace satchel::sim::model {

Mailbox* Account::by_use(const std::string& special_use) {
  for (auto& [name, mailbox] : mailboxes_)
    if (mailbox.special_use == special_use) return &mailbox;
  return nullptr;
}

bool Account::is_bin(const Mailbox& mailbox) const {
  return mailbox.special_use == "\\Trash" || mailbox.special_use == "\\Junk";
}

Message* Account::same_message(Mailbox& mailbox, std::uint64_t message_id) {
  for (Message& message : mailbox.messages)
    if (message.message_id == message_id) return &message;
  return nullptr;
}

std::uint64_t Account::message_of(std::uint64_t content) const {
  for (const auto& [name, mailbox] : mailboxes_)
    for (const Message& message : mailbox.messages)
      if (message.content == content) return message.message_id;
  return 0;
}

void Account::take_labels_off(std::uint64_t message_id, const Mailbox& except) {
  for (auto& [name, mailbox] : mailboxes_) {
    if (&mailbox == &except) continue;
    if (const Message* const message = same_message(mailbox, message_id)) take_out(mailbox, {message->uid});
  }
}

// A message in a bin is nowhere else; any other is in All Mail and in no bin.
void Account::after_label(Mailbox& mailbox, const Message& message) {
  const Message copy = message;
  if (is_bin(mailbox)) {
    take_labels_off(copy.message_id, mailbox);
    return;
  }
  for (auto& [name, other] : mailboxes_) {
    if (!is_bin(other) || &other == &mailbox) continue;
    if (const Message* const there = same_message(other, copy.message_id)) take_out(other, {there->uid});
  }
  Mailbox* const all = by_use("\\All");
  if (all == nullptr || same_message(*all, copy.message_id) != nullptr) return;
  ++all->highest_modseq;
  add(*all, copy).flags.erase("\\Deleted");
}

// \Deleted is the label's own; other flags are the message's.
void Account::share_flags(const Mailbox& changed, const Message& message) {
  Flags shared = message.flags;
  shared.erase("\\Deleted");
  for (auto& [name, mailbox] : mailboxes_) {
    if (&mailbox == &changed) continue;
    Message* const there = same_message(mailbox, message.message_id);
    if (there == nullptr) continue;
    Flags flags;
    for (const std::string& flag : shared)
      if (const std::string kept = spelling(mailbox, flag); !kept.empty()) flags.insert(kept);
    if (there->flags.contains("\\Deleted")) flags.insert("\\Deleted");
    if (flags == there->flags) continue;
    there->flags = std::move(flags);
    there->modseq = ++mailbox.highest_modseq;
  }
}

// From a bin it is gone for good; from All Mail it goes to Trash and loses its labels; else the label goes.
void Account::expunge_label(Mailbox& mailbox, const std::vector<Uid>& uids) {
  Mailbox* const trash = by_use("\\Trash");
  if (mailbox.special_use == "\\All" && trash != nullptr) {
    for (const Uid uid : uids) {
      const Message* const found = mailbox.find(uid);
      if (found == nullptr) continue;
      Message message = *found;
      message.flags.erase("\\Deleted");
      ++trash->highest_modseq;
      if (same_message(*trash, message.message_id) == nullptr) add(*trash, message);
      take_labels_off(message.message_id, *trash);
    }
    return;
  }
  take_out(mailbox, uids);
}

std::vector<std::string> Account::labels(const Message& message, const Mailbox& except) const {
  std::vector<std::string> names;
  for (const auto& [name, mailbox] : mailboxes_) {
    if (mailbox.id == except.id || mailbox.special_use == "\\All") continue;
    const bool there = std::any_of(mailbox.messages.begin(), mailbox.messages.end(),
                                   [&message](const Message& other) { return other.message_id == message.message_id; });
    if (!there) continue;
    if (name == "INBOX")
      names.push_back("\\Inbox");
    else
      names.push_back(mailbox.special_use.empty() ? name : mailbox.special_use);
  }
  return names;
}

}  // namespace satchel::sim::model
