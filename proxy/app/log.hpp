// The log, to standard error. Never a subject, address, mailbox name or password, at any level:
// what is logged is written as sentences with numbers, never with mail in them. Any thread.
#pragma once

#include <string_view>

#include "proxy/app/settings.hpp"

namespace satchel::app {

void start_log(LogLevel level);
void log_error(std::string_view sentence);
void log_warn(std::string_view sentence);
void log_info(std::string_view sentence);
void log_debug(std::string_view sentence);

}  // namespace satchel::app
