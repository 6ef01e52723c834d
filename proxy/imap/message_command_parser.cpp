#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/flag.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

// fetch-modifiers = SP "(" "CHANGEDSINCE" SP n [SP "VANISHED"] ")", behind its bracket; RFC 7162
bool parse_modifiers(Scanner& scanner, Fetch& command) {
  do {
    if (scanner.take_prefix("CHANGEDSINCE ")) {
      std::uint64_t since = 0;
      if (!scanner.take_number(since)) return false;
      command.changed_since = since;
    } else if (scanner.take_word("VANISHED")) {
      command.vanished = true;
    } else {
      return false;
    }
  } while (scanner.take_space());
  // VANISHED is of UID FETCH with CHANGEDSINCE alone.
  return scanner.take(')') && (!command.vanished || (command.changed_since && command.uid));
}

// store-att-flags: what stands before the flags
bool parse_change(Scanner& scanner, Store& command) {
  if (scanner.take('+'))
    command.change = Store::Change::add;
  else if (scanner.take('-'))
    command.change = Store::Change::remove;
  if (scanner.take_word("FLAGS.SILENT")) {
    command.silent = true;
    return true;
  }
  return scanner.take_word("FLAGS");
}

// flag-list / (flag *(SP flag))
bool parse_store_flags(Scanner& scanner, std::vector<std::string>& flags) {
  const bool bracket = scanner.take('(');
  if (bracket && scanner.take(')')) return true;
  std::string flag;
  do {
    if (!bracket && scanner.at_end() && !flags.empty()) return true;
    if (flags.size() == max_words || !scanner.take_flag(flag) || !is_flag(flag)) return false;
    flags.push_back(flag);
  } while (scanner.take_space());
  return !bracket || scanner.take(')');
}

template <class Kind>
std::optional<Command> parse_transfer(Scanner& scanner, Numbering numbering) {
  Kind command;
  command.uid = numbering == Numbering::uid;
  if (!scanner.take_space() || !take_set(scanner, command.set) || !scanner.take_space() ||
      !scanner.take_astring(command.mailbox))
    return std::nullopt;
  return command;
}

}  // namespace

bool take_set(Scanner& scanner, SequenceSet& into) {
  auto set = SequenceSet::parse(scanner.atom_view("*"));
  if (!set) return false;
  into = std::move(*set);
  return true;
}

// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
std::optional<Command> parse_fetch(Scanner& scanner, Numbering numbering) {
  Fetch command;
  command.uid = numbering == Numbering::uid;
  if (!scanner.take_space() || !take_set(scanner, command.set) || !scanner.take_space()) return std::nullopt;
  if (!scanner.take('(')) {
    if (!parse_fetch_items(scanner, command.items)) return std::nullopt;
  } else {
    do {
      if (command.items.size() >= max_words || !parse_fetch_items(scanner, command.items)) return std::nullopt;
    } while (scanner.take_space());
    if (!scanner.take(')')) return std::nullopt;
  }
  if (scanner.take_prefix(" (") && !parse_modifiers(scanner, command)) return std::nullopt;
  return command;
}

// store = "STORE" SP sequence-set [SP "(" "UNCHANGEDSINCE" SP n ")"] SP store-att-flags
std::optional<Command> parse_store(Scanner& scanner, Numbering numbering) {
  Store command;
  command.uid = numbering == Numbering::uid;
  if (!scanner.take_space() || !take_set(scanner, command.set) || !scanner.take_space()) return std::nullopt;
  if (scanner.take_prefix("(UNCHANGEDSINCE ")) {
    std::uint64_t since = 0;
    if (!scanner.take_number(since) || !scanner.take_prefix(") ")) return std::nullopt;
    command.unchanged_since = since;
  }
  if (!parse_change(scanner, command) || !scanner.take_space() || !parse_store_flags(scanner, command.flags))
    return std::nullopt;
  return command;
}

std::optional<Command> parse_copy(Scanner& scanner, Numbering numbering) {
  return parse_transfer<Copy>(scanner, numbering);
}
std::optional<Command> parse_move(Scanner& scanner, Numbering numbering) {
  return parse_transfer<Move>(scanner, numbering);
}

// "EXPUNGE"; "UID" SP "EXPUNGE" SP sequence-set, RFC 4315
std::optional<Command> parse_expunge(Scanner& scanner, Numbering numbering) {
  Expunge command;
  if (numbering == Numbering::sequence) return command;
  SequenceSet uids;
  if (!scanner.take_space() || !take_set(scanner, uids)) return std::nullopt;
  command.uids = std::move(uids);
  return command;
}

}  // namespace satchel::imap
