// What a mail client does to the replica, in the fewest words: each act changes rows and journals.
#pragma once

#include <string>

#include "memory_account.hpp"
#include "model_server.hpp"

namespace satchel::sync::test {

store::MessageRef client_append(MemoryAccount& account, store::MailboxId mailbox, const ServerMail& mail,
                                const store::FlagSet& flags);
store::MessageRef client_copy(MemoryAccount& account, store::MessageRef from, store::MailboxId to);
store::MessageRef client_move(MemoryAccount& account, store::MessageRef from, store::MailboxId to);
void client_flag(MemoryAccount& account, store::MessageRef message, const std::string& flag, bool on);
void client_expunge(MemoryAccount& account, store::MessageRef message);
store::MailboxId client_create(MemoryAccount& account, const std::string& name);
void client_rename(MemoryAccount& account, store::MailboxId mailbox, const std::string& name);
void client_delete(MemoryAccount& account, store::MailboxId mailbox);
void client_subscribe(MemoryAccount& account, const std::string& name, bool on);

}  // namespace satchel::sync::test
