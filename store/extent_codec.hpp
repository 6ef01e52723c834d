// What lies in an extent before it is sealed: the bytes themselves, or zstd where that is shorter.
// Which of both is told by the sizes alone (FORMAT.md section 1, "Segments"). Contexts are kept for
// each thread: making one costs more than compressing a small message.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace satchel::store {

// The shorter of `plain` and its compressed form; the view is into `plain` or `room`.
std::string_view pack(std::string_view plain, std::string& room);

// Errors: corrupt.
Result<std::string> unpack(std::string_view packed, std::size_t plain_size);

}  // namespace satchel::store
