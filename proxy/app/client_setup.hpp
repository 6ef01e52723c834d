// Settings and steps for a mail client, in words.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "base/result.hpp"

namespace satchel::app {

// `account`: what "account show" gives. Errors: not_found (the sentence lists the clients known).
Result<std::string> client_setup_text(const std::string& client, const boost::json::object& account);

}  // namespace satchel::app
