#pragma once

namespace satchel::app {

constexpr const char* version = "0.1.0";

}  // namespace satchel::app
