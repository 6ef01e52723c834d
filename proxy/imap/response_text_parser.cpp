#include <algorithm>

#include "proxy/imap/limits.hpp"
#include "proxy/imap/quirks.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

// The argument of a code: up to the "]" that closes it, strings and brackets inside respected.
std::string_view code_argument(Scanner& scanner) {
  const std::string_view rest = scanner.rest();
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    const char letter = rest[end];
    if (quoted && letter == '\\') {
      ++end;
    } else if (letter == '"') {
      quoted = !quoted;
    } else if (letter == ']' && !quoted) {
      break;
    }
  }
  end = std::min(end, rest.size());
  scanner.skip(end);
  return rest.substr(0, end);
}

void parse_uids(Scanner& scanner, SequenceSet& into) {
  std::string text;
  if (!scanner.take_atom(text, "*")) return;
  if (auto set = SequenceSet::parse(text)) into = std::move(*set);
}

// RFC 4315 section 3: "APPENDUID" SP validity SP set; "COPYUID" SP validity SP set SP set.
void parse_uid_code(Scanner scanner, ResponseCode& code) {
  std::uint64_t validity = 0;
  if (!scanner.take_number(validity) || !scanner.take_space()) return;
  SequenceSet first;
  SequenceSet second;
  parse_uids(scanner, first);
  if (code.name == "COPYUID") {
    if (!scanner.take_space()) return;
    parse_uids(scanner, second);
    if (second.empty() || second.has_star()) return;
  }
  if (first.empty() || first.has_star()) return;
  code.number = validity;
  code.first = std::move(first);
  code.second = std::move(second);
}

void parse_known_code(ResponseCode& code) {
  Scanner scanner(code.argument);
  if (code.name == "APPENDUID" || code.name == "COPYUID") return parse_uid_code(scanner, code);
  if (code.name == "MODIFIED") return parse_uids(scanner, code.first);
  if (code.name == "CAPABILITY") {
    code.words = parse_capabilities(scanner);
    return;
  }
  if (code.name == "PERMANENTFLAGS") {
    (void)parse_flag_list(scanner, code.words);
    return;
  }
  (void)scanner.take_number(code.number);
}

}  // namespace

void parse_response_text(Scanner& scanner, ResponseCode& code, std::string& text) {
  if (scanner.take('[')) {
    code.name = upper(scanner.atom_view());
    scanner.take_space();
    code.argument = code_argument(scanner);
    scanner.take(']');
    scanner.take_space();
    parse_known_code(code);
  }
  text = scanner.rest();
}

bool parse_flag_list(Scanner& scanner, std::vector<std::string>& flags) {
  flags.clear();
  if (quirk::take_nil_flag(scanner)) return true;
  if (!scanner.take('(')) return false;
  while (true) {
    while (scanner.take_space()) {
    }
    if (scanner.take(')')) return true;
    if (flags.size() == max_list_items) return false;
    if (quirk::take_lone_backslash(scanner) || quirk::take_nil_flag(scanner)) continue;
    std::string flag;
    if (!scanner.take_flag(flag) && !quirk::take_quoted_flag(scanner, flag)) return false;
    if (!flag.empty()) flags.push_back(std::move(flag));
  }
}

std::vector<std::string> parse_capabilities(Scanner& scanner) {
  std::vector<std::string> words;
  while (true) {
    while (scanner.take_space()) {
    }
    const std::string_view word = scanner.atom_view("]");
    if (word.empty()) return words;
    words.push_back(upper(word));
  }
}

bool parse_id_fields(Scanner& scanner, IdFields& fields) {
  if (scanner.take_nil()) return true;
  if (!scanner.take('(')) return false;
  while (!scanner.take(')')) {
    IdFields::value_type field;
    if (!fields.empty() && !scanner.take_space()) return false;
    if (fields.size() == max_words || !scanner.take_string(field.first) || !scanner.take_space() ||
        !scanner.take_nstring(field.second))
      return false;
    fields.push_back(std::move(field));
  }
  return true;
}

std::optional<StatusItem> status_item(std::string_view name) {
  for (const StatusItem item :
       {StatusItem::messages, StatusItem::recent, StatusItem::uid_next, StatusItem::uid_validity, StatusItem::unseen,
        StatusItem::highest_mod_seq, StatusItem::size, StatusItem::deleted, StatusItem::mailbox_id})
    if (equal_without_case(name, status_item_name(item))) return item;
  return std::nullopt;
}

const char* status_item_name(StatusItem item) {
  switch (item) {
    case StatusItem::messages:
      return "MESSAGES";
    case StatusItem::recent:
      return "RECENT";
    case StatusItem::uid_next:
      return "UIDNEXT";
    case StatusItem::uid_validity:
      return "UIDVALIDITY";
    case StatusItem::unseen:
      return "UNSEEN";
    case StatusItem::highest_mod_seq:
      return "HIGHESTMODSEQ";
    case StatusItem::size:
      return "SIZE";
    case StatusItem::deleted:
      return "DELETED";
    case StatusItem::mailbox_id:
      return "MAILBOXID";
  }
  return "";
}

}  // namespace satchel::imap
