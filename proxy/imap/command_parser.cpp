#include <cstring>

#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/command_reader.hpp"
#include "proxy/imap/foreign_protocol.hpp"

namespace satchel::imap {
namespace {

template <class Kind>
std::optional<Command> parse_bare(Scanner&) {
  return Kind{};
}

template <std::optional<Command> (*parse)(Scanner&, Numbering)>
std::optional<Command> by_sequence(Scanner& scanner) {
  return parse(scanner, Numbering::sequence);
}
template <std::optional<Command> (*parse)(Scanner&, Numbering)>
std::optional<Command> by_uid(Scanner& scanner) {
  return parse(scanner, Numbering::uid);
}

struct Entry {
  const char* name;
  std::optional<Command> (*parse)(Scanner&);
};

// Every command there is. A command is added here, in command.hpp, and in one of the parsers.
constexpr Entry entries[] = {
    {"CAPABILITY", parse_bare<Capability>},
    {"NOOP", parse_bare<Noop>},
    {"LOGOUT", parse_bare<Logout>},
    {"STARTTLS", parse_bare<StartTls>},
    {"AUTHENTICATE", parse_authenticate},
    {"LOGIN", parse_login},
    {"ENABLE", parse_enable},
    {"ID", parse_id},
    {"NAMESPACE", parse_bare<Namespace>},
    {"SELECT", parse_select},
    {"EXAMINE", parse_examine},
    {"CREATE", parse_create},
    {"DELETE", parse_delete},
    {"RENAME", parse_rename},
    {"SUBSCRIBE", parse_subscribe},
    {"UNSUBSCRIBE", parse_unsubscribe},
    {"LIST", parse_list_command},
    {"LSUB", parse_lsub},
    {"STATUS", parse_status_command},
    {"APPEND", parse_append},
    {"CHECK", parse_bare<Check>},
    {"CLOSE", parse_bare<Close>},
    {"UNSELECT", parse_bare<Unselect>},
    {"EXPUNGE", by_sequence<parse_expunge>},
    {"SEARCH", by_sequence<parse_search_command>},
    {"FETCH", by_sequence<parse_fetch>},
    {"STORE", by_sequence<parse_store>},
    {"COPY", by_sequence<parse_copy>},
    {"MOVE", by_sequence<parse_move>},
    {"IDLE", parse_bare<Idle>},
};

// uid = "UID" SP (copy / fetch / search / store / move / expunge)
constexpr Entry uid_entries[] = {
    {"EXPUNGE", by_uid<parse_expunge>}, {"SEARCH", by_uid<parse_search_command>},
    {"FETCH", by_uid<parse_fetch>},     {"STORE", by_uid<parse_store>},
    {"COPY", by_uid<parse_copy>},       {"MOVE", by_uid<parse_move>},
};

template <std::size_t size>
const Entry* find(const Entry (&table)[size], std::string_view name) {
  for (const Entry& entry : table)
    if (equal_without_case(entry.name, name)) return &entry;
  return nullptr;
}

CommandError error(CommandError::Kind kind, std::string tag, std::string text) {
  CommandError made;
  made.kind = kind;
  made.tag = std::move(tag);
  made.text = std::move(text);
  made.fatal = kind == CommandError::Kind::foreign;
  return made;
}

}  // namespace

bool take_tag(Scanner& scanner, std::string& into) {
  const std::string_view tag = scanner.atom_view("]");
  if (tag.empty()) return false;
  for (const char letter : tag)
    if (letter == '+' || static_cast<unsigned char>(letter) >= 0x80) return false;
  into = tag;
  return true;
}

std::variant<ParsedCommand, CommandError> parse_command(std::string_view text) {
  using Kind = CommandError::Kind;
  Scanner scanner(text);
  std::string tag;
  if (!take_tag(scanner, tag) || !scanner.take_space())
    return error(is_foreign(text) ? Kind::foreign : Kind::syntax, std::move(tag),
                 "A command is a tag, a space and a name.");
  std::string_view name = scanner.atom_view();
  const bool uid = equal_without_case(name, "UID") && scanner.take_space();
  if (uid) name = scanner.atom_view();
  const Entry* entry = uid ? find(uid_entries, name) : find(entries, name);
  if (entry == nullptr)
    return error(is_foreign(text) ? Kind::foreign : Kind::unknown_command, std::move(tag), "There is no such command.");
  if (std::memchr(text.data(), '\0', text.size()) != nullptr)
    return error(Kind::syntax, std::move(tag), "A command holds no NUL byte.");
  std::optional<Command> command = entry->parse(scanner);
  while (command && scanner.take_space()) {  // some clients end a line in a space
  }
  if (!command || !scanner.at_end())
    return error(Kind::syntax, std::move(tag),
                 std::string("The arguments of ") + entry->name + " are not as they should be.");
  return ParsedCommand{std::move(tag), std::move(*command)};
}

}  // namespace satchel::imap
