// Commands as bytes for a server. One encoder for all arguments (attack U9): whatever a name, flag
// or word contains, a server sees exactly one command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "proxy/imap/command.hpp"

namespace satchel::imap {

enum class LiteralSupport : std::uint8_t { synchronising, plus, minus };  // RFC 7888: none, LITERAL+, LITERAL-

// What is sent in one go; after it, if `wait`, the server's "+" is awaited before the next piece.
struct CommandPiece {
  std::string bytes;
  bool wait = false;
};

// The pieces of a command, CRLF included. An Append ends behind its "{size}" CRLF (wait true unless
// the literal may be sent at once): its message and the last CRLF are the caller's to send.
// Errors: refused (a flag that is no flag, a NUL byte, a sequence set that is empty).
Result<std::vector<CommandPiece>> write_command(std::string_view tag, const Command& command, LiteralSupport literals);

}  // namespace satchel::imap
