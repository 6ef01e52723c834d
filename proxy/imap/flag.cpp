#include "proxy/imap/flag.hpp"

#include "proxy/imap/scanner.hpp"

namespace satchel::imap {

bool is_flag(std::string_view name) {
  if (name.starts_with('\\')) name.remove_prefix(1);
  if (name.empty()) return false;
  for (const char letter : name)
    if ((!Scanner::is_atom_char(letter) && letter != ']') || static_cast<unsigned char>(letter) >= 0x80) return false;
  return true;
}

bool same_flag(std::string_view a, std::string_view b) {
  return equal_without_case(a, b);
}

std::string write_flags(const std::vector<std::string>& names) {
  std::string out = "(";
  for (const std::string& name : names) {
    if (!is_flag(name)) continue;
    if (out.size() > 1) out += ' ';
    out += name;
  }
  return out + ")";
}

}  // namespace satchel::imap
