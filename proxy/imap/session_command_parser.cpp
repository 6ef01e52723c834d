#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/limits.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

// base64 = *(4base64-char) [base64-terminal]; "=" alone is an empty response (RFC 4959)
bool is_base64(std::string_view text) {
  for (const char letter : text) {
    const bool known = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
                       (letter >= '0' && letter <= '9') || letter == '+' || letter == '/' || letter == '=';
    if (!known) return false;
  }
  return !text.empty();
}

}  // namespace

// authenticate = "AUTHENTICATE" SP auth-type [SP (base64 / "=")]
std::optional<Command> parse_authenticate(Scanner& scanner) {
  Authenticate command;
  if (!scanner.take_space()) return std::nullopt;
  command.mechanism = upper(scanner.atom_view());
  if (command.mechanism.empty()) return std::nullopt;
  if (!scanner.take_space() || scanner.at_end()) return command;
  const std::string_view initial = scanner.atom_view();
  if (!is_base64(initial)) return std::nullopt;
  command.initial = std::string(initial);
  return command;
}

// login = "LOGIN" SP userid SP password
std::optional<Command> parse_login(Scanner& scanner) {
  Login command;
  if (!scanner.take_space() || !scanner.take_astring(command.user) || !scanner.take_space() ||
      !scanner.take_astring(command.password))
    return std::nullopt;
  return command;
}

// enable = "ENABLE" 1*(SP capability), RFC 5161
std::optional<Command> parse_enable(Scanner& scanner) {
  Enable command;
  while (scanner.take_space() && !scanner.at_end()) {
    const std::string_view word = scanner.atom_view();
    if (word.empty() || command.capabilities.size() == max_words) return std::nullopt;
    command.capabilities.push_back(upper(word));
  }
  if (command.capabilities.empty()) return std::nullopt;
  return command;
}

// id = "ID" SP id-params-list
std::optional<Command> parse_id(Scanner& scanner) {
  Id command;
  if (!scanner.take_space() || !parse_id_fields(scanner, command.fields)) return std::nullopt;
  return command;
}

}  // namespace satchel::imap
