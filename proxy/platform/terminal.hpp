// The person at the terminal, if there is one.
#pragma once

#include <string>

#include "base/result.hpp"

namespace satchel::platform {

bool input_is_terminal();   // standard input
bool output_is_terminal();  // standard error, where progress is drawn

// Asks on the terminal and reads one line without showing it. Errors: refused (no terminal).
Result<std::string> ask_secret(const std::string& question);

}  // namespace satchel::platform
