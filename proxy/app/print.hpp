// Answers of verbs as text for a person.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace satchel::app {

std::string as_text(const std::string& verb, const boost::json::value& answer);

// Indented JSON, for --json.
std::string as_json(const boost::json::value& answer);

}  // namespace satchel::app
