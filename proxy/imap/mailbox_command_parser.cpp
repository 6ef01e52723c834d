#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/flag.hpp"
#include "proxy/imap/limits.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

bool take_mailbox(Scanner& scanner, std::string& into) {
  return scanner.take_space() && scanner.take_astring(into);
}

template <class Kind>
std::optional<Command> parse_mailbox_only(Scanner& scanner) {
  Kind command;
  if (!take_mailbox(scanner, command.mailbox)) return std::nullopt;
  return command;
}

// "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")", RFC 7162 section 7
bool parse_qresync(Scanner& scanner, QresyncParameter& into) {
  if (!scanner.take_space() || !scanner.take('(') || !scanner.take_nonzero(into.uid_validity) ||
      !scanner.take_space() || !scanner.take_number(into.mod_seq))
    return false;
  while (scanner.take_space()) {
    if (scanner.take('(')) {
      std::pair<SequenceSet, SequenceSet> match;
      if (into.sequence_match || !take_set(scanner, match.first) || !scanner.take_space() ||
          !take_set(scanner, match.second) || !scanner.take(')'))
        return false;
      into.sequence_match = std::move(match);
      continue;
    }
    SequenceSet known;
    if (into.known_uids || into.sequence_match || !take_set(scanner, known)) return false;
    into.known_uids = std::move(known);
  }
  return scanner.take(')');
}

// select-params = SP "(" select-param *(SP select-param) ")"
bool parse_select_parameters(Scanner& scanner, Select& command) {
  do {
    if (scanner.take_word("CONDSTORE")) {
      command.condstore = true;
    } else if (scanner.take_word("QRESYNC") && !command.qresync) {
      if (!parse_qresync(scanner, command.qresync.emplace())) return false;
    } else {
      return false;
    }
  } while (scanner.take_space());
  return scanner.take(')');
}

enum class Access : std::uint8_t { read_write, read_only };

std::optional<Command> parse_opening(Scanner& scanner, Access access) {
  Select command;
  command.read_only = access == Access::read_only;
  if (!take_mailbox(scanner, command.mailbox)) return std::nullopt;
  if (scanner.take_prefix(" (") && !parse_select_parameters(scanner, command)) return std::nullopt;
  return command;
}

}  // namespace

std::optional<Command> parse_select(Scanner& scanner) {
  return parse_opening(scanner, Access::read_write);
}
std::optional<Command> parse_examine(Scanner& scanner) {
  return parse_opening(scanner, Access::read_only);
}
std::optional<Command> parse_delete(Scanner& scanner) {
  return parse_mailbox_only<Delete>(scanner);
}
std::optional<Command> parse_subscribe(Scanner& scanner) {
  return parse_mailbox_only<Subscribe>(scanner);
}
std::optional<Command> parse_unsubscribe(Scanner& scanner) {
  return parse_mailbox_only<Unsubscribe>(scanner);
}

// create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"], RFC 6154
std::optional<Command> parse_create(Scanner& scanner) {
  Create command;
  if (!take_mailbox(scanner, command.mailbox)) return std::nullopt;
  if (!scanner.take_prefix(" (")) return command;
  if (!scanner.take_prefix("USE ") || !parse_flag_list(scanner, command.special_use) || !scanner.take(')'))
    return std::nullopt;
  return command;
}

std::optional<Command> parse_rename(Scanner& scanner) {
  Rename command;
  if (!take_mailbox(scanner, command.from) || !take_mailbox(scanner, command.to)) return std::nullopt;
  return command;
}

std::optional<Command> parse_lsub(Scanner& scanner) {
  Lsub command;
  if (!take_mailbox(scanner, command.reference) || !scanner.take_space() || !scanner.take_list_mailbox(command.pattern))
    return std::nullopt;
  return command;
}

// "(" status-att *(SP status-att) ")"
bool parse_status_items(Scanner& scanner, std::vector<StatusItem>& items) {
  if (!scanner.take('(')) return false;
  do {
    const auto item = status_item(scanner.atom_view());
    if (!item || items.size() == max_words) return false;
    items.push_back(*item);
  } while (scanner.take_space());
  return scanner.take(')');
}

std::optional<Command> parse_status_command(Scanner& scanner) {
  Status command;
  if (!take_mailbox(scanner, command.mailbox) || !scanner.take_space() || !parse_status_items(scanner, command.items))
    return std::nullopt;
  return command;
}

// append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal
std::optional<Command> parse_append(Scanner& scanner) {
  Append command;
  if (!take_mailbox(scanner, command.mailbox) || !scanner.take_space()) return std::nullopt;
  if (scanner.peek() == '(') {
    if (!parse_flag_list(scanner, command.flags) || !scanner.take_space()) return std::nullopt;
    for (const std::string& flag : command.flags)
      if (!is_flag(flag)) return std::nullopt;
  }
  if (scanner.peek() == '"') {
    std::string date;
    if (!scanner.take_quoted(date) || !scanner.take_space()) return std::nullopt;
    command.date = parse_date_time(date);
    if (!command.date) return std::nullopt;
  }
  scanner.take('~');
  if (!scanner.take('{') || !scanner.take_number(command.size)) return std::nullopt;
  scanner.take('+');
  if (!scanner.take('}') || !(scanner.take_prefix("\r\n") || scanner.take('\n'))) return std::nullopt;
  return command;
}

}  // namespace satchel::imap
