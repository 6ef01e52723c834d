// Who holds a loopback port, for the sentence that says so.
#pragma once

#include <cstdint>
#include <string>

namespace satchel::platform {

// "dovecot (process 1234)", or "another user's process", or empty where it cannot be told.
std::string port_owner(std::uint16_t port);

}  // namespace satchel::platform
