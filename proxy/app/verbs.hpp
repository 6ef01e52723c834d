// A verb of the command line: asks at the terminal what is missing, has it done by the running
// proxy, or here where none runs, and prints the answer.
#pragma once

#include "base/result.hpp"
#include "proxy/app/invocation.hpp"

namespace satchel::app {

Result<> perform_verb(const Invocation& invocation);

}  // namespace satchel::app
