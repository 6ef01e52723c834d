#ifdef __linux__

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "proxy/platform/process.hpp"

namespace satchel::platform {

void forbid_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  // Left alone, glibc keeps an arena for each thread, and what one of them frees no other one gets; and both thresholds
  // grow up to 64 MB with the first large block that is freed. A mailbox of 100,000 messages leaves 40 MB behind so.
  constexpr int most_arenas = 2;  // the event loop's, and one for all the pools
  constexpr int mapped_from = 256 * 1024;
  constexpr int most_kept = 1024 * 1024;
  ::mallopt(M_ARENA_MAX, most_arenas);
  ::mallopt(M_MMAP_THRESHOLD, mapped_from);
  ::mallopt(M_TRIM_THRESHOLD, most_kept);
#endif
}

}  // namespace satchel::platform

#endif
