// The parts of the command parser; for proxy/imap's own files. Each reads what stands behind the
// command's name, its first space included, and leaves the end of the line to its caller.
#pragma once

#include <optional>

#include "proxy/imap/command.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {

enum class Numbering : std::uint8_t { sequence, uid };  // FETCH or UID FETCH

// command_parser.cpp: tag = 1*<any ASTRING-CHAR except "+">
bool take_tag(Scanner& scanner, std::string& into);

// session_command_parser.cpp
std::optional<Command> parse_authenticate(Scanner& scanner);
std::optional<Command> parse_login(Scanner& scanner);
std::optional<Command> parse_enable(Scanner& scanner);
std::optional<Command> parse_id(Scanner& scanner);

// mailbox_command_parser.cpp
std::optional<Command> parse_select(Scanner& scanner);
std::optional<Command> parse_examine(Scanner& scanner);
std::optional<Command> parse_create(Scanner& scanner);
std::optional<Command> parse_delete(Scanner& scanner);
std::optional<Command> parse_rename(Scanner& scanner);
std::optional<Command> parse_subscribe(Scanner& scanner);
std::optional<Command> parse_unsubscribe(Scanner& scanner);
std::optional<Command> parse_lsub(Scanner& scanner);
std::optional<Command> parse_status_command(Scanner& scanner);
// Up to and with the message literal's "{n}" CRLF.
std::optional<Command> parse_append(Scanner& scanner);
bool parse_status_items(Scanner& scanner, std::vector<StatusItem>& items);  // "(" ... ")"

// list_command_parser.cpp
std::optional<Command> parse_list_command(Scanner& scanner);

// message_command_parser.cpp
std::optional<Command> parse_fetch(Scanner& scanner, Numbering numbering);
std::optional<Command> parse_store(Scanner& scanner, Numbering numbering);
std::optional<Command> parse_copy(Scanner& scanner, Numbering numbering);
std::optional<Command> parse_move(Scanner& scanner, Numbering numbering);
std::optional<Command> parse_expunge(Scanner& scanner, Numbering numbering);
bool take_set(Scanner& scanner, SequenceSet& into);

// search_command_parser.cpp
std::optional<Command> parse_search_command(Scanner& scanner, Numbering numbering);

// fetch_item_parser.cpp: fetch-att, or a macro, which gives several.
bool parse_fetch_items(Scanner& scanner, std::vector<FetchItem>& items);

}  // namespace satchel::imap
