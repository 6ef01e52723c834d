#include "proxy/web/door_rules.hpp"

#include <openssl/crypto.h>

#include <array>

namespace satchel::web {
namespace {

std::array<std::string, 3> own_hosts(const Door& door) {
  const std::string port = ":" + std::to_string(door.port);
  return {"127.0.0.1" + port, "localhost" + port, "[::1]" + port};
}

bool is_own_host(const std::string& host, const Door& door) {
  for (const std::string& own : own_hosts(door))
    if (host == own) return true;
  return false;
}

bool is_own_origin(const std::string& origin, const Door& door) {
  constexpr std::string_view scheme = "http://";
  return origin.starts_with(scheme) && is_own_host(origin.substr(scheme.size()), door);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The value of the cookie "satchel" (RFC 6265 section 4.2), or nothing.
std::string_view token_of_cookie(std::string_view cookie) {
  constexpr std::string_view name = "satchel=";
  while (!cookie.empty()) {
    const std::size_t end = std::min(cookie.find(';'), cookie.size());
    std::string_view pair = cookie.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name)) return pair.substr(name.size());
    cookie.remove_prefix(std::min(end + 1, cookie.size()));
  }
  return {};
}

}  // namespace

Verdict judge(const Headers& headers, const Door& door) {
  if (!is_own_host(headers.host, door)) return Verdict::wrong_host;
  if (!headers.origin.empty() && !is_own_origin(headers.origin, door)) return Verdict::wrong_origin;
  if (!headers.fetch_site.empty() && headers.fetch_site != "same-origin" && headers.fetch_site != "none")
    return Verdict::wrong_origin;
  constexpr std::string_view bearer = "Bearer ";
  const bool by_header =
      headers.authorization.starts_with(bearer) &&
      equal_in_constant_time(std::string_view(headers.authorization).substr(bearer.size()), door.token);
  const bool by_cookie = equal_in_constant_time(token_of_cookie(headers.cookie), door.token);
  return !door.token.empty() && (by_header || by_cookie) ? Verdict::admit : Verdict::no_token;
}

}  // namespace satchel::web
