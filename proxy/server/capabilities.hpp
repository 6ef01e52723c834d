// What is announced, and when. A capability stands here only when all of it works.
#pragma once

#include <string>
#include <vector>

namespace satchel::server {

class Session;

// Before a login also what holds after it: some clients never ask again.
std::vector<std::string> capabilities(const Session& session);
std::string capability_words(const Session& session);  // with spaces between

}  // namespace satchel::server
