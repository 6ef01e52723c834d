#include "proxy/imap/fetch_item.hpp"
#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::imap {
namespace {

// header-fld-name = astring, never as a literal: none may stand inside an item. Bytes that no
// header field has do not go out.
void write_field(std::string& out, std::string_view field) {
  std::string clean;
  bool atom = true;
  for (const char letter : field) {
    if (letter < 0x20 || letter == 0x7f) continue;  // signed: 8-bit bytes too
    clean += letter;
    atom = atom && Scanner::is_atom_char(letter);
  }
  if (atom && !clean.empty())
    out += clean;
  else
    write_quoted(out, clean);
}

}  // namespace

// section-spec = section-msgtext / (section-part ["." section-text])
std::string write_section(const Section& section) {
  using Specifier = Section::Specifier;
  std::string out;
  for (const std::uint32_t part : section.part) {
    if (!out.empty()) out += '.';
    write_number(out, part);
  }
  if (section.specifier == Specifier::none) return out;
  if (!out.empty()) out += '.';
  switch (section.specifier) {
    case Specifier::header:
      return out + "HEADER";
    case Specifier::text:
      return out + "TEXT";
    case Specifier::mime:
      return out + "MIME";
    case Specifier::header_fields:
      out += "HEADER.FIELDS (";
      break;
    case Specifier::header_fields_not:
      out += "HEADER.FIELDS.NOT (";
      break;
    case Specifier::none:
      break;
  }
  const char* space = "";
  for (const std::string& field : section.fields) {
    out += space;
    write_field(out, field);
    space = " ";
  }
  return out + ")";
}

}  // namespace satchel::imap
