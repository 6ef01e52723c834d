#include "proxy/imap/quirks.hpp"

#include <cstdio>

namespace satchel::imap::quirk {

bool take_quoted_flag(Scanner& scanner, std::string& into) {
  Scanner attempt = scanner;
  std::string text;
  if (!attempt.take_quoted(text)) return false;
  Scanner inside(text);
  if (!inside.take_flag(into) || !inside.at_end()) into.clear();  // an empty one is left out
  scanner = attempt;
  return true;
}

bool take_lone_backslash(Scanner& scanner) {
  const std::string_view rest = scanner.rest();
  if (rest.size() < 2 || rest[0] != '\\' || (rest[1] != ' ' && rest[1] != ')')) return false;
  scanner.skip(1);
  return true;
}

bool take_nil_flag(Scanner& scanner) {
  return scanner.take_nil();
}

void take_rest_of_mailbox(Scanner& scanner, std::string& into) {
  const std::string_view rest = scanner.rest();
  if (rest.empty() || rest.starts_with(" (")) return;  // nothing, or the extended items of RFC 5258
  const std::size_t last = rest.find_last_not_of(' ');
  if (last != std::string_view::npos) into += rest.substr(0, last + 1);
  scanner.skip(rest.size());
}

bool take_atom_for_string(Scanner& scanner, std::optional<std::string>& into) {
  std::string atom;
  if (!scanner.take_atom(atom)) return false;
  into = std::move(atom);
  return true;
}

bool take_optional_bracket(Scanner& scanner) {
  return scanner.take('(');
}

bool skip_unreadable_value(Scanner& scanner) {
  return scanner.skip_value();
}

bool take_odd_object_id(Scanner& scanner, std::string& into) {
  const std::string_view rest = scanner.rest();
  std::size_t end = rest.find(')');
  while (end != std::string_view::npos && end + 1 < rest.size() && rest[end + 1] != ' ' && rest[end + 1] != ')')
    end = rest.find(')', end + 1);
  if (end == std::string_view::npos) return false;
  into = rest.substr(0, end);
  scanner.skip(end);
  return true;
}

DateTime read_odd_date(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::size_t space = text.find(' ');
  DateTime time;
  const auto day = parse_date(text.substr(0, space));
  if (!day) return time;
  time.seconds = std::int64_t(*day) * 86400;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  const std::string clock(space == std::string_view::npos ? std::string_view() : text.substr(space));
  if (std::sscanf(clock.c_str(), "%2u:%2u:%2u", &hour, &minute, &second) >= 2 && hour < 24 && minute < 60 &&
      second <= 60)
    time.seconds += hour * 3600 + minute * 60 + second;
  return time;
}

bool is_code_without_status(std::string_view line) {
  return line.starts_with("[COPYUID ") && line.ends_with(']');
}

}  // namespace satchel::imap::quirk
