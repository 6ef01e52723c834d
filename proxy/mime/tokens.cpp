#include "proxy/mime/tokens.hpp"

#include "proxy/mime/ascii.hpp"

namespace satchel::mime {

namespace {

bool is_mime_token_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte <= ' ' || byte == 0x7F) return false;
  return std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

}  // namespace

bool is_atom_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte <= ' ' || byte == 0x7F) return false;
  return std::string_view("()<>[]:;@\\,.\"").find(c) == std::string_view::npos;
}

bool Tokens::take(char c) {
  if (rest_.empty() || rest_.front() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

void Tokens::skip_space() {
  while (!rest_.empty()) {
    if (is_space(rest_.front())) {
      rest_.remove_prefix(1);
    } else if (rest_.front() == '(') {
      read_comment();
    } else {
      return;
    }
  }
}

void Tokens::read_comment() {
  comment_.clear();
  std::size_t depth = 0;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '(' && depth++ == 0) continue;
    if (c == ')' && --depth == 0) return;
    if (c == '\\' && !rest_.empty()) {
      comment_.push_back(rest_.front());
      rest_.remove_prefix(1);
    } else if (c != '\r' && c != '\n') {
      comment_.push_back(c);
    }
  }
}

std::string Tokens::mime_token() {
  std::size_t n = 0;
  while (n < rest_.size() && is_mime_token_byte(rest_[n])) ++n;
  std::string result(rest_.substr(0, n));
  rest_.remove_prefix(n);
  return result;
}

std::string Tokens::atom() {
  std::size_t n = 0;
  while (n < rest_.size() && is_atom_byte(rest_[n])) ++n;
  std::string result(rest_.substr(0, n));
  rest_.remove_prefix(n);
  return result;
}

std::string Tokens::quoted_string() {
  std::string result;
  rest_.remove_prefix(1);
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '"') break;
    if (c == '\\' && !rest_.empty()) {
      result.push_back(rest_.front());
      rest_.remove_prefix(1);
    } else if (c != '\r' && c != '\n') {
      result.push_back(c);
    }
  }
  return result;
}

std::string Tokens::domain_literal() {
  std::string result;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == '\r' || c == '\n') continue;
    result.push_back(c);
    if (c == ']') break;
  }
  return result;
}

std::string unfolded(std::string_view raw) {
  std::string result;
  result.reserve(raw.size());
  for (const char c : raw)
    if (c != '\r' && c != '\n') result.push_back(c);
  return result;
}

}  // namespace satchel::mime
