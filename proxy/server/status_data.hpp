// The numbers of STATUS, for STATUS itself and for LIST ... RETURN (STATUS ...) (RFC 5819).
#pragma once

#include "proxy/imap/response.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

// Whether an item is asked for that belongs to no extension announced here.
bool unknown_item(const std::vector<imap::StatusItem>& items);

imap::StatusData status_data(Session& session, const store::Mailbox& mailbox,
                             const std::vector<imap::StatusItem>& items);

}  // namespace satchel::server
