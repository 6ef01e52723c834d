#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")", behind its bracket; RFC 5258 section 6
bool parse_selection(Scanner& scanner, List& command) {
  while (!scanner.take(')')) {
    if (scanner.take_word("SUBSCRIBED"))
      command.select_subscribed = true;
    else if (scanner.take_word("REMOTE"))
      command.select_remote = true;
    else if (scanner.take_word("RECURSIVEMATCH"))
      command.select_recursive_match = true;
    else if (scanner.take_word("SPECIAL-USE"))
      command.select_special_use = true;
    else
      return false;
    if (!scanner.take_space() && scanner.peek() != ')') return false;
  }
  // RECURSIVEMATCH says something only about another selection option.
  return !command.select_recursive_match || command.select_subscribed || command.select_special_use;
}

// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")", behind its bracket
bool parse_return(Scanner& scanner, List& command) {
  while (!scanner.take(')')) {
    if (scanner.take_word("SUBSCRIBED"))
      command.return_subscribed = true;
    else if (scanner.take_word("CHILDREN"))
      command.return_children = true;
    else if (scanner.take_word("SPECIAL-USE"))
      command.return_special_use = true;
    else if (!scanner.take_prefix("STATUS ") || !command.return_status.empty() ||
             !parse_status_items(scanner, command.return_status))
      return false;
    if (!scanner.take_space() && scanner.peek() != ')') return false;
  }
  return true;
}

// mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")"
bool parse_patterns(Scanner& scanner, List& command) {
  std::string pattern;
  if (!scanner.take('(')) {
    if (!scanner.take_list_mailbox(pattern)) return false;
    command.patterns.push_back(std::move(pattern));
    return true;
  }
  command.extended = true;
  do {
    if (command.patterns.size() == max_words || !scanner.take_list_mailbox(pattern)) return false;
    command.patterns.push_back(pattern);
  } while (scanner.take_space());
  return scanner.take(')');
}

}  // namespace

// list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
std::optional<Command> parse_list_command(Scanner& scanner) {
  List command;
  if (scanner.take_prefix(" (")) {
    command.extended = true;
    if (!parse_selection(scanner, command)) return std::nullopt;
  }
  if (!scanner.take_space() || !scanner.take_astring(command.reference) || !scanner.take_space() ||
      !parse_patterns(scanner, command))
    return std::nullopt;
  if (scanner.take_prefix(" RETURN (")) {
    command.extended = true;
    if (!parse_return(scanner, command)) return std::nullopt;
  }
  return command;
}

}  // namespace satchel::imap
