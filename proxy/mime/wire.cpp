#include "proxy/mime/wire.hpp"

namespace satchel::mime {

namespace {

constexpr std::size_t max_escapes = 3;  // beyond that a literal is shorter and safer with old clients

bool quotable(std::string_view text) {
  std::size_t escapes = 0;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\r' || c == '\n' || c == '\0') return false;
    if ((c == '"' || c == '\\') && ++escapes > max_escapes) return false;
  }
  return true;
}

void append_literal(std::string& out, std::string_view text) {
  out += '{' + std::to_string(text.size()) + "}\r\n";
  out += text;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  if (quotable(text)) {
    out += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
    return;
  }
  if (text.find('\0') == std::string_view::npos) return append_literal(out, text);
  std::string replaced;
  for (const char c : text) {
    if (c == '\0') {
      replaced += "\xEF\xBF\xBD";
    } else {
      replaced += c;
    }
  }
  append_literal(out, replaced);
}

void append_nstring(std::string& out, const std::optional<std::string>& text) {
  if (text) {
    append_string(out, *text);
  } else {
    out += "NIL";
  }
}

}  // namespace satchel::mime
