#ifdef __linux__

#include <sys/prctl.h>
#include <sys/resource.h>

#include "proxy/platform/process.hpp"

namespace satchel::platform {

void forbid_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

}  // namespace satchel::platform

#endif
