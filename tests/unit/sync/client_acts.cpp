#include "client_acts.hpp"

#include <stdexcept>

#include "answers.hpp"
#include "store/client_actions.hpp"

namespace satchel::sync::test {

using store::MailboxId;
using store::MessageRef;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result) throw std::logic_error(result.error().text);
  return *result;
}
void must(Result<> result) {
  if (!result) throw std::logic_error(result.error().text);
}

}  // namespace

MessageRef client_append(MemoryAccount& account, MailboxId mailbox, const ServerMail& mail,
                         const store::FlagSet& flags) {
  return {mailbox, must(store::append(account, mailbox, stored_content(mail), {flags, mail.date, 0}))};
}

MessageRef client_copy(MemoryAccount& account, MessageRef from, MailboxId to) {
  const Uid uids[] = {from.uid};
  return {to, must(store::copy(account, from.mailbox, uids, to)).at(0).second};
}

MessageRef client_move(MemoryAccount& account, MessageRef from, MailboxId to) {
  const Uid uids[] = {from.uid};
  return {to, must(store::move(account, from.mailbox, uids, to)).at(0).second};
}

void client_flag(MemoryAccount& account, MessageRef message, const std::string& flag, bool on) {
  const Uid uids[] = {message.uid};
  store::FlagSet set;
  set.add(flag);
  must(store::store_flags(account, message.mailbox, uids, on ? store::FlagChange::add : store::FlagChange::remove, set,
                          std::nullopt));
}

void client_expunge(MemoryAccount& account, MessageRef message) {
  const Uid uids[] = {message.uid};
  client_flag(account, message, "\\Deleted", true);
  must(store::expunge(account, message.mailbox, uids));
}

MailboxId client_create(MemoryAccount& account, const std::string& name) {
  return must(store::create_mailbox(account, name, store::SpecialUse::none));
}

void client_rename(MemoryAccount& account, MailboxId mailbox, const std::string& name) {
  const std::string from = account.state().find(mailbox)->name;
  must(store::rename_mailbox(account, from, name));
}

void client_delete(MemoryAccount& account, MailboxId mailbox) {
  const std::string name = account.state().find(mailbox)->name;
  must(store::delete_mailbox(account, name));
}

void client_subscribe(MemoryAccount& account, const std::string& name, bool on) {
  must(on ? store::subscribe(account, name) : store::unsubscribe(account, name));
}

}  // namespace satchel::sync::test
