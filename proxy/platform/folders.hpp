// Where the home and the generation mark lie when nobody says otherwise (interface.md, "One home").
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace satchel::platform {

// SATCHEL_HOME, else the user's data folder. Errors: refused (no such variable tells).
Result<std::filesystem::path> default_home();

// Where what must not travel with the home is kept (the generation mark).
Result<std::filesystem::path> state_folder();

// Makes the folder, readable by this user alone; tightens it if it is there. Errors: refused, read_only, no_space.
Result<> make_private_folder(const std::filesystem::path& folder);

// Writes the file in place of the old one, readable by this user alone: new file, sync, rename.
Result<> replace_private_file(const std::filesystem::path& file, std::string_view bytes);

Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit);

}  // namespace satchel::platform
