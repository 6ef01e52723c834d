#include "proxy/imap/limits.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

// "BODY[" section "]" ["<" number ">"] SP nstring, behind the first bracket.
bool parse_section(Scanner& scanner, FetchData& data) {
  FetchedSection section;
  while (!scanner.take(']')) {
    if (scanner.at_end()) return false;
    std::string part;
    if (scanner.take_string(part))
      section.section += part;  // a quoted header name
    else {
      section.section += scanner.peek();
      scanner.skip(1);
    }
  }
  section.section = upper(section.section);
  if (scanner.take('<')) {
    std::uint64_t origin = 0;
    if (!scanner.take_number(origin) || !scanner.take('>')) return false;
    section.origin = origin;
  }
  if (!scanner.take_space()) return false;
  Scanner mark = scanner;
  std::uint64_t size = 0;
  mark.take('~');
  if (mark.take('{') && mark.take_number(size) && size > max_inline_literal) {
    section.streamed = true;
    section.size = size;
  }
  if (!scanner.take_nstring(section.bytes)) {
    std::string atom;  // a server that sends an atom here
    if (!scanner.take_atom(atom)) return false;
    section.bytes = atom;
  }
  if (!section.streamed && section.bytes) section.size = section.bytes->size();
  data.sections.push_back(std::move(section));
  return true;
}

bool parse_internal_date(Scanner& scanner, FetchData& data) {
  std::optional<std::string> text;
  if (!scanner.take_nstring(text)) return false;
  if (text) data.internal_date = parse_date_time(*text);
  return true;
}

// "(" token ")", NIL, or a bare token.
bool parse_parenthesised(Scanner& scanner, std::string& into) {
  if (scanner.take('(')) return scanner.take_astring(into) && scanner.take(')');
  if (scanner.take_nil()) return true;
  return scanner.take_astring(into);
}

bool parse_mod_seq(Scanner& scanner, FetchData& data) {
  std::uint64_t value = 0;
  const bool bracket = scanner.take('(');
  if (!scanner.take_number(value) || (bracket && !scanner.take(')'))) return false;
  data.mod_seq = value;
  return true;
}

bool parse_size(Scanner& scanner, FetchData& data) {
  std::uint64_t value = 0;
  if (!scanner.take_number(value)) return false;
  data.size = value;
  return true;
}

bool parse_uid(Scanner& scanner, FetchData& data) {
  std::uint32_t value = 0;
  if (!scanner.take_number32(value)) return false;
  data.uid = value;
  return true;
}

bool parse_attribute(Scanner& scanner, FetchData& data) {
  const std::string name = upper(scanner.atom_view());
  if (!scanner.take_space()) return false;
  if (name == "UID") return parse_uid(scanner, data);
  if (name == "FLAGS") {
    data.flags.emplace();
    return parse_flag_list(scanner, *data.flags);
  }
  if (name == "RFC822.SIZE") return parse_size(scanner, data);
  if (name == "INTERNALDATE") return parse_internal_date(scanner, data);
  if (name == "MODSEQ") return parse_mod_seq(scanner, data);
  if (name == "EMAILID" || name == "X-GM-MSGID") return parse_parenthesised(scanner, data.email_id);
  if (name == "RFC822" || name == "RFC822.HEADER" || name == "RFC822.TEXT") {
    FetchedSection section;
    section.section = name == "RFC822" ? "" : name.substr(7);
    if (!scanner.take_nstring(section.bytes)) return false;
    section.size = section.bytes ? section.bytes->size() : 0;
    data.sections.push_back(std::move(section));
    return true;
  }
  return scanner.skip_value();
}

}  // namespace

bool parse_fetch_attributes(Scanner& scanner, FetchData& data) {
  if (!scanner.take('(')) return false;
  std::size_t count = 0;
  while (true) {
    while (scanner.take_space()) {
    }
    if (scanner.take(')')) return true;
    if (++count > max_list_items) return false;
    // "[" is an atom character of the grammar: the name is cut before it by hand.
    const std::string_view rest = scanner.rest();
    const std::size_t end = rest.find_first_of(" [(");
    if (end == std::string_view::npos) return false;
    if (rest[end] == '[') {
      const std::string name = upper(rest.substr(0, end));
      scanner.skip(end + 1);
      if (name != "BODY" && name != "BINARY") return false;
      if (!parse_section(scanner, data)) return false;
    } else if (!parse_attribute(scanner, data)) {
      return false;
    }
  }
}

}  // namespace satchel::imap
