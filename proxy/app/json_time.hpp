#pragma once

#include <cstdint>
#include <string>

namespace satchel::app {

// "2026-11-23T08:00:00Z" from seconds since 1970.
std::string utc_time(std::int64_t seconds);

}  // namespace satchel::app
