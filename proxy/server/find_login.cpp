#include "proxy/imap/scanner.hpp"
#include "proxy/server/door.hpp"

namespace satchel::server {
namespace {

// Looks at every byte of `given`, whatever it finds.
bool same_secret(std::string_view known, std::string_view given) {
  volatile unsigned difference = known.size() == given.size() && !known.empty() ? 0u : 1u;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char against = known.empty() ? '\0' : known[i % known.size()];
    difference = difference | (static_cast<unsigned char>(against) ^ static_cast<unsigned char>(given[i]));
  }
  return difference == 0;
}

bool names(const store::AccountSettings& account, std::string_view user) {
  return imap::equal_without_case(account.email, user) || imap::equal_without_case(account.name, user);
}

}  // namespace

std::optional<store::AccountId> find_login(std::span<const store::AccountSettings> accounts, std::string_view user,
                                           std::string_view password) {
  std::optional<store::AccountId> found;
  for (const store::AccountSettings& account : accounts) {
    const bool named = names(account, user);
    for (const store::ClientPassword& client : account.clients) {
      const bool same = same_secret(client.password, password);
      if (same && named) found = account.id;
    }
  }
  return found;
}

}  // namespace satchel::server
