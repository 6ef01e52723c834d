#include <algorithm>

#include "proxy/imap/limits.hpp"
#include "proxy/imap/quirks.hpp"
#include "proxy/imap/response_parts.hpp"

namespace satchel::imap {
namespace {

// nstring; one over max_inline_literal was streamed: only its size is here.
bool parse_section_value(Scanner& scanner, FetchedSection section, FetchData& data) {
  Scanner mark = scanner;
  std::uint64_t size = 0;
  mark.take('~');
  if (mark.take('{') && mark.take_number(size) && size > max_inline_literal) {
    section.streamed = true;
    section.size = size;
  }
  if (!scanner.take_nstring(section.bytes) && !quirk::take_atom_for_string(scanner, section.bytes)) return false;
  if (section.streamed)
    section.bytes.reset();
  else if (section.bytes)
    section.size = section.bytes->size();
  data.sections.push_back(std::move(section));
  return true;
}

// ftext of RFC 5322 section 3.6.8, without the bracket that would end the section.
bool is_field_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char one) { return one > ' ' && one < 127 && one != ':' && one != ']'; });
}

// "BODY[" section "]" ["<" number ">"] SP nstring, behind the first bracket.
bool parse_section(Scanner& scanner, FetchData& data) {
  FetchedSection section;
  while (!scanner.take(']')) {
    if (scanner.at_end()) return false;
    std::string part;
    if (scanner.take_string(part)) {
      if (!is_field_name(part)) return false;
      section.section += part;  // a quoted header name
    } else {
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
  return scanner.take_space() && parse_section_value(scanner, std::move(section), data);
}

bool parse_internal_date(Scanner& scanner, FetchData& data) {
  std::optional<std::string> text;
  if (!scanner.take_nstring(text)) return false;
  data.internal_date = text ? parse_date_time(*text) : std::nullopt;
  if (!data.internal_date) data.internal_date = quirk::read_odd_date(text.value_or(""));
  return true;
}

// "(" token ")", NIL
bool parse_parenthesised(Scanner& scanner, std::string& into) {
  if (scanner.take_nil()) return true;
  const bool bracket = quirk::take_optional_bracket(scanner);
  return scanner.take_astring(into) && (!bracket || scanner.take(')'));
}

// "MODSEQ" SP "(" permsg-modsequence ")"
bool parse_mod_seq(Scanner& scanner, FetchData& data) {
  std::uint64_t value = 0;
  const bool bracket = quirk::take_optional_bracket(scanner);
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

bool parse_flags(Scanner& scanner, FetchData& data) {
  std::vector<std::string> flags;
  if (!parse_flag_list(scanner, flags)) return false;
  data.flags = std::move(flags);
  return true;
}

// What is not among these is passed over.
bool parse_known(std::string_view name, Scanner& scanner, FetchData& data) {
  if (equal_without_case(name, "FLAGS")) return parse_flags(scanner, data);
  if (equal_without_case(name, "UID")) return parse_uid(scanner, data);
  if (equal_without_case(name, "RFC822.SIZE")) return parse_size(scanner, data);
  if (equal_without_case(name, "INTERNALDATE")) return parse_internal_date(scanner, data);
  if (equal_without_case(name, "MODSEQ")) return parse_mod_seq(scanner, data);
  if (equal_without_case(name, "EMAILID") || equal_without_case(name, "X-GM-MSGID"))
    return parse_parenthesised(scanner, data.email_id);
  FetchedSection section;
  if (equal_without_case(name, "RFC822.HEADER"))
    section.section = "HEADER";
  else if (equal_without_case(name, "RFC822.TEXT"))
    section.section = "TEXT";
  else if (!equal_without_case(name, "RFC822"))
    return false;
  return parse_section_value(scanner, std::move(section), data);
}

bool parse_attribute(Scanner& scanner, FetchData& data) {
  const std::string_view name = scanner.atom_view();
  if (!scanner.take_space()) return false;
  Scanner attempt = scanner;
  if (!parse_known(name, attempt, data)) return quirk::skip_unreadable_value(scanner);
  scanner = attempt;
  return true;
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
