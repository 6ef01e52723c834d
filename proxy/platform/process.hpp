// The process itself.
#pragma once

namespace satchel::platform {

// No core dump ever holds a key or mail, and no other process of the user may read our memory.
void forbid_dumps();

// What was freed goes back to the system, whichever thread freed it, instead of waiting for the next time that as much
// is needed. Before the first thread begins.
void give_back_freed_memory();

}  // namespace satchel::platform
