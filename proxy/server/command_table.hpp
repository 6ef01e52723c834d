// The one table of commands: name, states in which it may be used, what may be told at its end,
// handler. RFC 3501 section 6. A command is added in proxy/imap (value, parser), here, in its
// handle_<command>.cpp, and in a transcript.
#pragma once

#include "proxy/imap/command.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {

struct CommandEntry {
  const char* name;
  unsigned states;  // of State, as bits
  Updates (*updates)(const imap::Command&);
  awaitable<Answer> (*handle)(Session&, imap::Command);
};

const CommandEntry& command_entry(const imap::Command& command);

}  // namespace satchel::server
