#include "proxy/server/list_pattern.hpp"

#include <vector>

namespace satchel::server {
namespace {

bool same(char a, char b, bool in_inbox) {
  return a == b || (in_inbox && (a | 0x20) == (b | 0x20));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name, char delimiter) {
  const bool inbox = name == "INBOX" || (name.starts_with("INBOX") && name.size() > 5 && name[5] == delimiter);
  // reach[i]: the pattern so far matches the first i bytes of the name.
  std::vector<bool> reach(name.size() + 1, false);
  reach[0] = true;
  for (const char letter : pattern) {
    std::vector<bool> next(name.size() + 1, false);
    const bool wild = letter == '*' || letter == '%';
    for (std::size_t i = 0; i <= name.size(); ++i) {
      if (wild) {
        const bool from_before = i > 0 && next[i - 1] && (letter == '*' || name[i - 1] != delimiter);
        next[i] = reach[i] || from_before;
      } else if (i > 0 && reach[i - 1]) {
        next[i] = same(letter, name[i - 1], inbox && i <= 5);
      }
    }
    reach = std::move(next);
  }
  return reach[name.size()];
}

}  // namespace satchel::server
