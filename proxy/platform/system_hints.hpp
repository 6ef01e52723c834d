// What the operating system knows of the network and of sleep. Only hints: they say when it is worth trying at once,
// never what the state is (design section 6). Looked at from time to time; nothing here waits.
#pragma once

#include <chrono>
#include <memory>

namespace satchel::platform {

class SystemHints {
 public:
  virtual ~SystemHints() = default;
  // Whether an interface or an address came or went since the last call.
  virtual bool network_changed() = 0;
  // How long the computer has been asleep, in all, since it was started.
  virtual std::chrono::milliseconds asleep() = 0;
};

std::unique_ptr<SystemHints> make_system_hints();

// Says nothing; for systems that cannot be asked, and for tests.
std::unique_ptr<SystemHints> make_no_hints();

}  // namespace satchel::platform
