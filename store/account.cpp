#include "store/account.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

bool is_inbox(std::string_view name) {
  constexpr std::string_view inbox = "INBOX";
  return name.size() == inbox.size() &&
         std::equal(name.begin(), name.end(), inbox.begin(), [](char a, char b) { return (a & ~0x20) == b; });
}

}  // namespace

const Mailbox* View::find(MailboxId mailbox) const {
  const auto at = std::lower_bound(mailboxes.begin(), mailboxes.end(), mailbox,
                                   [](const MailboxPtr& one, MailboxId wanted) { return one->id < wanted; });
  return at != mailboxes.end() && (*at)->id == mailbox ? at->get() : nullptr;
}

MailboxPtr View::find_name(std::string_view name) const {
  if (is_inbox(name)) name = "INBOX";
  for (const MailboxPtr& mailbox : mailboxes)
    if (mailbox->live() && mailbox->name == name) return mailbox;
  return nullptr;
}

const Mailbox* AccountState::find(MailboxId mailbox) const {
  const auto found = mailboxes.find(mailbox);
  return found == mailboxes.end() ? nullptr : found->second.get();
}

const Message* AccountState::find(MessageRef ref) const {
  const Mailbox* mailbox = find(ref.mailbox);
  return mailbox == nullptr ? nullptr : mailbox->messages.find(ref.uid);
}

}  // namespace satchel::store
