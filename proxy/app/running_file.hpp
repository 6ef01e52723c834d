// How the verbs find a running proxy: home/running.json with its web port and token, readable by
// this user alone, there as long as the proxy runs.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.hpp"
#include "proxy/web/http.hpp"

namespace satchel::app {

Result<> write_running_file(const std::filesystem::path& home, const web::Door& door);
void remove_running_file(const std::filesystem::path& home);

// Nothing where no proxy left one; it may be a dead one's.
std::optional<web::Door> read_running_file(const std::filesystem::path& home);

}  // namespace satchel::app
