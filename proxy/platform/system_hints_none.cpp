#include "proxy/platform/system_hints.hpp"

namespace satchel::platform {
namespace {

class NoHints final : public SystemHints {
 public:
  bool network_changed() override { return false; }
  std::chrono::milliseconds asleep() override { return {}; }
};

}  // namespace

std::unique_ptr<SystemHints> make_no_hints() {
  return std::make_unique<NoHints>();
}

}  // namespace satchel::platform
