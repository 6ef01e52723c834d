#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/flag.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

using Kind = SearchKey::Kind;

enum class Argument : std::uint8_t {
  none,
  flag,
  no_flag,
  keyword,
  no_keyword,
  text,
  header,
  date,
  number,
  modseq,
  set
};

struct Named {
  const char* name;
  Kind kind;
  Argument argument;
  std::string_view flag = {};
};
constexpr Named keys[] = {
    {"ALL", Kind::all, Argument::none},
    {"ANSWERED", Kind::flag, Argument::flag, answered_flag},
    {"BCC", Kind::bcc, Argument::text},
    {"BEFORE", Kind::before, Argument::date},
    {"BODY", Kind::body, Argument::text},
    {"CC", Kind::cc, Argument::text},
    {"DELETED", Kind::flag, Argument::flag, deleted_flag},
    {"DRAFT", Kind::flag, Argument::flag, draft_flag},
    {"FLAGGED", Kind::flag, Argument::flag, flagged_flag},
    {"FROM", Kind::from, Argument::text},
    {"HEADER", Kind::header, Argument::header},
    {"KEYWORD", Kind::keyword, Argument::keyword},
    {"LARGER", Kind::larger, Argument::number},
    {"MODSEQ", Kind::mod_seq, Argument::modseq},
    {"NEW", Kind::new_, Argument::none},
    {"OLD", Kind::old, Argument::none},
    {"OLDER", Kind::older, Argument::number},
    {"ON", Kind::on, Argument::date},
    {"RECENT", Kind::recent, Argument::none},
    {"SEEN", Kind::flag, Argument::flag, seen_flag},
    {"SENTBEFORE", Kind::sent_before, Argument::date},
    {"SENTON", Kind::sent_on, Argument::date},
    {"SENTSINCE", Kind::sent_since, Argument::date},
    {"SINCE", Kind::since, Argument::date},
    {"SMALLER", Kind::smaller, Argument::number},
    {"SUBJECT", Kind::subject, Argument::text},
    {"TEXT", Kind::text, Argument::text},
    {"TO", Kind::to, Argument::text},
    {"UID", Kind::uid, Argument::set},
    {"UNANSWERED", Kind::flag, Argument::no_flag, answered_flag},
    {"UNDELETED", Kind::flag, Argument::no_flag, deleted_flag},
    {"UNDRAFT", Kind::flag, Argument::no_flag, draft_flag},
    {"UNFLAGGED", Kind::flag, Argument::no_flag, flagged_flag},
    {"UNKEYWORD", Kind::keyword, Argument::no_keyword},
    {"UNSEEN", Kind::flag, Argument::no_flag, seen_flag},
    {"YOUNGER", Kind::younger, Argument::number},
};

bool parse_key(Scanner& scanner, SearchKey& key, int depth);

void negate(SearchKey& key) {
  SearchKey outer;
  outer.kind = Kind::not_;
  outer.children.push_back(std::move(key));
  key = std::move(outer);
}

bool take_keyword(Scanner& scanner, SearchKey& key) {
  return scanner.take_space() && scanner.take_flag(key.flag) && is_flag(key.flag) && key.flag.front() != '\\';
}

// date = date-text / DQUOTE date-text DQUOTE
bool take_date(Scanner& scanner, SearchKey& key) {
  std::string text;
  if (!scanner.take_space() || !scanner.take_astring(text)) return false;
  const auto day = parse_date(text);
  if (day) key.number = *day;
  return day.has_value();
}

bool take_count(Scanner& scanner, SearchKey& key) {
  std::uint64_t number = 0;
  if (!scanner.take_space() || !scanner.take_number(number) || number > max_mod_seq) return false;
  key.number = std::int64_t(number);
  return true;
}

// search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer, RFC 7162
bool take_mod_seq(Scanner& scanner, SearchKey& key) {
  Scanner entry = scanner;
  std::string name;
  if (entry.take_space() && entry.take_quoted(name) && entry.take_space() && !entry.atom_view().empty())
    scanner = entry;  // one MODSEQ a message here: what it is about makes no difference
  return take_count(scanner, key);
}

bool take_argument(Scanner& scanner, const Named& named, SearchKey& key) {
  switch (named.argument) {
    case Argument::none:
      return true;
    case Argument::flag:
    case Argument::no_flag:
      key.flag = named.flag;
      break;
    case Argument::keyword:
    case Argument::no_keyword:
      if (!take_keyword(scanner, key)) return false;
      break;
    case Argument::text:
      return scanner.take_space() && scanner.take_astring(key.text);
    case Argument::header:
      return scanner.take_space() && scanner.take_astring(key.field) && scanner.take_space() &&
             scanner.take_astring(key.text);
    case Argument::date:
      return take_date(scanner, key);
    case Argument::number:
      return take_count(scanner, key);
    case Argument::modseq:
      return take_mod_seq(scanner, key);
    case Argument::set:
      return scanner.take_space() && take_set(scanner, key.set);
  }
  if (named.argument == Argument::no_flag || named.argument == Argument::no_keyword) negate(key);
  return true;
}

// 1*(SP search-key) behind the first key's space, as children of `key`
bool parse_keys(Scanner& scanner, SearchKey& key, int depth) {
  key.kind = Kind::and_;
  do {
    if (scanner.at_end() && !key.children.empty()) return true;  // a space at the end of the line
    if (!parse_key(scanner, key.children.emplace_back(), depth)) return false;
  } while (scanner.take_space());
  return true;
}

bool parse_operands(Scanner& scanner, SearchKey& key, int count, int depth) {
  for (int i = 0; i < count; ++i)
    if (!scanner.take_space() || !parse_key(scanner, key.children.emplace_back(), depth)) return false;
  return true;
}

bool parse_key(Scanner& scanner, SearchKey& key, int depth) {
  if (depth == max_nesting) return false;
  if (scanner.take('(')) return parse_keys(scanner, key, depth + 1) && scanner.take(')');
  if ((scanner.peek() >= '0' && scanner.peek() <= '9') || scanner.peek() == '*') {
    key.kind = Kind::sequence;
    return take_set(scanner, key.set);
  }
  const std::string_view name = scanner.atom_view();
  if (equal_without_case(name, "NOT")) {
    key.kind = Kind::not_;
    return parse_operands(scanner, key, 1, depth + 1);
  }
  if (equal_without_case(name, "OR")) {
    key.kind = Kind::or_;
    return parse_operands(scanner, key, 2, depth + 1);
  }
  for (const Named& named : keys) {
    if (!equal_without_case(name, named.name)) continue;
    key.kind = named.kind;
    return take_argument(scanner, named, key);
  }
  return false;
}

// "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")", behind its bracket; RFC 4731
bool parse_return(Scanner& scanner, Search& command) {
  command.extended = true;
  while (!scanner.take(')')) {
    if (scanner.take_word("MIN"))
      command.return_min = true;
    else if (scanner.take_word("MAX"))
      command.return_max = true;
    else if (scanner.take_word("ALL"))
      command.return_all = true;
    else if (scanner.take_word("COUNT"))
      command.return_count = true;
    else
      return false;
    if (!scanner.take_space() && scanner.peek() != ')') return false;
  }
  if (!command.return_min && !command.return_max && !command.return_count) command.return_all = true;
  return true;
}

}  // namespace

// search = "SEARCH" [search-return-opts] [SP "CHARSET" SP astring] 1*(SP search-key)
std::optional<Command> parse_search_command(Scanner& scanner, Numbering numbering) {
  Search command;
  command.uid = numbering == Numbering::uid;
  if (scanner.take_prefix(" RETURN (") && !parse_return(scanner, command)) return std::nullopt;
  if (scanner.take_prefix(" CHARSET ")) {
    if (!scanner.take_astring(command.charset) || command.charset.empty()) return std::nullopt;
    command.charset = upper(command.charset);
  }
  if (!scanner.take_space() || !parse_keys(scanner, command.key, 0)) return std::nullopt;
  return command;
}

}  // namespace satchel::imap
