// Finding mailboxes by the names that clients send, once they may be served (design section 4:
// nothing before the first LIST, no false zero before the first listing).
#pragma once

#include "proxy/server/session.hpp"

namespace satchel::server {

// UTF-8 from modified UTF-7. Errors: refused (no valid name).
Result<std::string> name_from_wire(std::string_view wire);

// Returns when the account's mailboxes are known. Errors: unavailable.
awaitable<Result<>> wait_list(Session& session);
// A live mailbox. Errors: not_found, refused, unavailable.
awaitable<Result<store::MailboxPtr>> find_mailbox(Session& session, std::string wire);
// One whose messages are numbered and that holds messages at all. Errors: as above.
awaitable<Result<store::MailboxPtr>> find_listed_mailbox(Session& session, std::string wire);

bool selectable(const store::Mailbox& mailbox);

}  // namespace satchel::server
