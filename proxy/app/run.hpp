// satchel run: the proxy in the foreground.
#pragma once

#include "base/result.hpp"
#include "proxy/app/invocation.hpp"

namespace satchel::app {

// Returns after SIGINT, SIGTERM or Ctrl-C, when everything is closed. Errors: those of Home::open(),
// locked (a port is taken), malformed (settings).
Result<> run(const Invocation& invocation);

}  // namespace satchel::app
