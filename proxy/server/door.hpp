// Who may come in (design section 9). Implemented by the app; the event loop's thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "store/account.hpp"

namespace satchel::server {

class Door {
 public:
  virtual ~Door() = default;

  // Whether the process at the other end is the same user's. Asked once, before the greeting.
  virtual bool peer_allowed() const = 0;
  // The account that this client's password opens. The session delays and counts the failures.
  virtual std::optional<store::AccountId> authenticate(std::string_view user, std::string_view password) = 0;
};

// The account whose address or name is `user` (in any case) and one of whose client passwords is
// `password`. Takes the same time for any password of a length, known user or not.
std::optional<store::AccountId> find_login(std::span<const store::AccountSettings> accounts, std::string_view user,
                                           std::string_view password);

}  // namespace satchel::server
