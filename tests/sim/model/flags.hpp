// Which flags a client may name.
#pragma once

#include <string>
#include <vector>

namespace satchel::sim::model {

// Keywords, and of those with a backslash the five that can be set.
bool are_flags(const std::vector<std::string>& flags);
bool has_keyword(const std::vector<std::string>& flags);

}  // namespace satchel::sim::model
