#include "proxy/imap/command_parts.hpp"
#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

using Kind = FetchItem::Kind;

struct Named {
  const char* name;
  Kind kind;
  bool peek;
};
constexpr Named named_items[] = {
    {"FLAGS", Kind::flags, false},
    {"INTERNALDATE", Kind::internal_date, false},
    {"RFC822.SIZE", Kind::size, false},
    {"ENVELOPE", Kind::envelope, false},
    {"BODY", Kind::body, false},
    {"BODYSTRUCTURE", Kind::body_structure, false},
    {"UID", Kind::uid, false},
    {"MODSEQ", Kind::mod_seq, false},
    {"EMAILID", Kind::email_id, false},
    {"X-GM-MSGID", Kind::gmail_message_id, false},
    {"RFC822", Kind::rfc822, false},
    {"RFC822.PEEK", Kind::rfc822, true},  // RFC 1730; Outlook sends it
    {"RFC822.HEADER", Kind::rfc822_header, false},
    {"RFC822.TEXT", Kind::rfc822_text, false},
    {"RFC822.TEXT.PEEK", Kind::rfc822_text, true},
};

FetchItem item(Kind kind) {
  FetchItem made;
  made.kind = kind;
  return made;
}

bool add_macro(std::string_view name, std::vector<FetchItem>& items) {
  const bool all = equal_without_case(name, "ALL");
  const bool full = equal_without_case(name, "FULL");
  if (!all && !full && !equal_without_case(name, "FAST")) return false;
  for (const Kind kind : {Kind::flags, Kind::internal_date, Kind::size}) items.push_back(item(kind));
  if (all || full) items.push_back(item(Kind::envelope));
  if (full) items.push_back(item(Kind::body));
  return true;
}

// header-fld-name = astring, of the characters that a header field may have (RFC 5322 section 2.2), and space
bool is_field_name(std::string_view name) {
  for (const char letter : name)
    if (letter < 0x20 || letter == 0x7f) return false;  // signed: 8-bit bytes too
  return true;
}

// header-list = "(" header-fld-name *(SP header-fld-name) ")"
bool parse_header_list(Scanner& scanner, std::vector<std::string>& fields) {
  if (!scanner.take_space() || !scanner.take('(')) return false;
  std::string field;
  do {
    if (fields.size() == max_words || !scanner.take_astring(field) || !is_field_name(field)) return false;
    fields.push_back(field);
  } while (scanner.take_space());
  return scanner.take(')');
}

// section-msgtext / "MIME"
bool parse_specifier(Scanner& scanner, Section& section) {
  using Specifier = Section::Specifier;
  const std::string name = upper(scanner.atom_view());
  if (name == "HEADER") {
    section.specifier = Specifier::header;
  } else if (name == "TEXT") {
    section.specifier = Specifier::text;
  } else if (name == "MIME" && !section.part.empty()) {
    section.specifier = Specifier::mime;
  } else if (name == "HEADER.FIELDS" || name == "HEADER.FIELDS.NOT") {
    section.specifier = name == "HEADER.FIELDS" ? Specifier::header_fields : Specifier::header_fields_not;
    return parse_header_list(scanner, section.fields);
  } else {
    return false;
  }
  return true;
}

// section = "[" [section-spec] "]", behind its first bracket
bool parse_section(Scanner& scanner, Section& section) {
  if (scanner.take(']')) return true;
  while (scanner.peek() >= '0' && scanner.peek() <= '9') {
    std::uint32_t part = 0;
    if (section.part.size() == max_section_parts || !scanner.take_nonzero(part)) return false;
    section.part.push_back(part);
    if (scanner.take(']')) return true;
    if (!scanner.take('.')) return false;
  }
  return parse_specifier(scanner, section) && scanner.take(']');
}

// "<" number "." nz-number ">", behind its first bracket
bool parse_partial(Scanner& scanner, FetchItem& into) {
  Partial partial;
  if (!scanner.take_number(partial.offset) || !scanner.take('.') || !scanner.take_number(partial.length) ||
      partial.length == 0 || !scanner.take('>'))
    return false;
  into.partial = partial;
  return true;
}

}  // namespace

bool parse_fetch_items(Scanner& scanner, std::vector<FetchItem>& items) {
  // "[" is an atom character of the grammar: BODY[ is looked for first.
  const bool peek = scanner.take_prefix("BODY.PEEK[");
  if (peek || scanner.take_prefix("BODY[")) {
    FetchItem section = item(Kind::section);
    section.peek = peek;
    if (!parse_section(scanner, section.section)) return false;
    if (scanner.take('<') && !parse_partial(scanner, section)) return false;
    items.push_back(std::move(section));
    return true;
  }
  const std::string_view name = scanner.atom_view();
  for (const Named& known : named_items) {
    if (!equal_without_case(name, known.name)) continue;
    FetchItem found = item(known.kind);
    found.peek = known.peek;
    items.push_back(std::move(found));
    return true;
  }
  return add_macro(name, items);
}

}  // namespace satchel::imap
