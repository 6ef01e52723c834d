// "* STATUS": for STATUS and for LIST ... RETURN (STATUS ...).
#pragma once

#include "proxy/server/session.hpp"

namespace satchel::server {

void write_status(Session& session, const store::Mailbox& mailbox, const std::vector<imap::StatusItem>& items);

}  // namespace satchel::server
