// How the lower store gets done what no caller waits for: on threads of its own (null), or by a simulation, which calls
// the function once the time has passed, never from within the call that asked. It may be dropped instead.
#pragma once

#include <chrono>
#include <functional>

namespace satchel::store {

using Later = std::function<void(std::chrono::milliseconds, std::function<void()>)>;

}  // namespace satchel::store
