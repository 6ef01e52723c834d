// Parts of a message that FETCH and SEARCH ask for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace satchel::sim::model {

// Up to and with the empty line that ends it.
std::string_view header_of(std::string_view message);
std::string_view text_of(std::string_view message);
// The lines of the fields whose names are (or, `others`, are not) among these, and an empty line.
std::string header_fields(std::string_view message, const std::vector<std::string>& names, bool others);
// In any case, in any field of that name, unfolded.
bool field_contains(std::string_view message, std::string_view name, std::string_view wanted);

}  // namespace satchel::sim::model
