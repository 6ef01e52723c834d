// Who may log in. Implemented by the app; the event loop's thread.
#pragma once

#include <optional>
#include <string>

#include "store/ids.hpp"

namespace satchel::server {

class Door {
 public:
  virtual ~Door() = default;
  // Compared in constant time. Nothing: no such user, or another password.
  virtual std::optional<store::AccountId> authenticate(const std::string& user, const std::string& password) = 0;
};

}  // namespace satchel::server
