// What rows say of one another, looked at once when they are loaded (FORMAT.md, "What holds after each batch"). Sealed
// rows are never altered by chance: what does not hold was written by another program, or by a fault in this one. Going
// on would give numbers a second time and hide messages, so the store stays closed and is left as it is.
#include <algorithm>

#include "store/working_state.hpp"

namespace satchel::store {
namespace {

Error impossible(const char* what) {
  return fail(ErrorCode::corrupt, std::string("The store holds ") + what +
                                      ", which cannot be: nothing was changed, 'satchel doctor --deep' says more.");
}

Result<> check_message(const AccountSlot& slot, const rows::Counters& counters, const Mailbox& mailbox,
                       const Message& message) {
  // A UID of 2^32-1 is the last one: there is none above it.
  if (!message.uid || message.uid >= mailbox.uid_next) return impossible("a message beyond its mailbox's UIDNEXT");
  if (!message.content || message.content.value > counters.last_content)
    return impossible("a message whose content was never numbered");
  if (message.modseq > mailbox.highest_modseq) return impossible("a message beyond its mailbox's HIGHESTMODSEQ");
  if (message.hidden_by && slot.state.journal.find(message.hidden_by) == nullptr)
    return impossible("a message that is hidden by no operation");
  return {};
}

Result<> check_mailbox(const AccountSlot& slot, const rows::Counters& counters, MailboxId id, const Mailbox& mailbox) {
  if (mailbox.id != id || !id || id.value > slot.state.last_mailbox)
    return impossible("a mailbox under a wrong number");
  if (mailbox.uid_validity.value > counters.last_uid_validity)
    return impossible("a mailbox whose UIDVALIDITY was never given");
  Result<> checked;
  mailbox.messages.for_each([&](const Message& message) {
    checked = check_message(slot, counters, mailbox, message);
    return bool(checked);
  });
  return checked;
}

Result<> check_operation(const AccountState& state, const Operation& operation) {
  if (!operation.id || operation.id.value > state.last_operation)
    return impossible("an operation under a wrong number");
  for (const MessageRef& ref : {operation.source, operation.target})
    if (ref && state.find(ref.mailbox) == nullptr) return impossible("an operation in a mailbox that is not there");
  if (operation.mailbox && state.find(operation.mailbox) == nullptr)
    return impossible("an operation on a mailbox that is not there");
  return {};
}

}  // namespace

Result<> check_references(const AccountSlot& slot, const rows::Counters& counters) {
  if (slot.state.id.value > counters.last_account) return impossible("an account under a wrong number");
  for (const auto& [id, mailbox] : slot.state.mailboxes)
    if (const auto checked = check_mailbox(slot, counters, id, *mailbox); !checked) return checked;
  for (const auto& [content, rescued] : slot.rescued)
    if (content.value > counters.last_content || slot.state.missing.contains(content))
      return impossible("a rescued message without its content");
  Result<> checked;
  slot.state.journal.for_each([&](const Operation& operation) {
    checked = check_operation(slot.state, operation);
    return bool(checked);
  });
  return checked;
}

}  // namespace satchel::store
