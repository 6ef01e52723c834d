// What the driver does, on the model server: performs one Ask and gives its Answer.
#pragma once

#include "memory_account.hpp"
#include "model_server.hpp"
#include "proxy/sync/abilities.hpp"
#include "proxy/sync/ask.hpp"

namespace satchel::sync::test {

// A content of the tests: the string itself stands for its bytes and their hash.
store::StoredContent stored_content(const ServerMail& mail);
ServerMail mail_of(const std::string& content);  // registered by remember()
void remember(const ServerMail& mail);
std::uint64_t header_hash(const std::string& content);

Abilities abilities_of(const Traits& traits);
Answer perform(ModelServer& server, const MemoryAccount& account, const Ask& ask);
Answer lost_answer();
bool changes_something(const Ask& ask);
std::string describe(const Ask& ask);

}  // namespace satchel::sync::test
