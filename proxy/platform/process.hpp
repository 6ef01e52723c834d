// The process itself.
#pragma once

namespace satchel::platform {

// No core dump ever holds a key or mail, and no other process of the user may read our memory.
void forbid_dumps();

}  // namespace satchel::platform
