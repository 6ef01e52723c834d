#include "proxy/imap/scanner.hpp"

#include <array>
#include <charconv>

#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

// ATOM-CHAR = any CHAR except "(" ")" "{" SP CTL "%" "*" DQUOTE "\" "]"; bytes from 0x80 on are let
// through, as servers and clients do send them.
constexpr std::array<bool, 256> make_atom_table() {
  std::array<bool, 256> table{};
  for (int byte = 0x21; byte < 256; ++byte) table[std::size_t(byte)] = byte != 0x7f;
  for (const char special : {'(', ')', '{', '%', '*', '"', '\\', ']'})
    table[static_cast<unsigned char>(special)] = false;
  return table;
}
constexpr auto atom_table = make_atom_table();

char to_upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? char(letter - 32) : letter;
}

bool ends_plain_run(char letter) {
  return letter == '"' || letter == '\\' || letter == '\r' || letter == '\n';
}

}  // namespace

bool Scanner::is_atom_char(char letter) {
  return atom_table[static_cast<unsigned char>(letter)];
}

bool Scanner::take(char expected) {
  if (at_end() || text_[at_] != expected) return false;
  ++at_;
  return true;
}

bool Scanner::take_prefix(std::string_view prefix) {
  if (text_.size() - at_ < prefix.size() || !equal_without_case(text_.substr(at_, prefix.size()), prefix)) return false;
  at_ += prefix.size();
  return true;
}

bool Scanner::take_word(std::string_view word) {
  const std::size_t before = at_;
  if (!take_prefix(word)) return false;
  if (at_end() || !is_atom_char(text_[at_])) return true;
  at_ = before;
  return false;
}

bool Scanner::take_number(std::uint64_t& into) {
  const char* begin = text_.data() + at_;
  const char* end = text_.data() + text_.size();
  if (begin == end || *begin < '0' || *begin > '9') return false;
  const auto [after, error] = std::from_chars(begin, end, into);
  if (error != std::errc()) return false;
  at_ += std::size_t(after - begin);
  return true;
}

bool Scanner::take_number32(std::uint32_t& into) {
  const std::size_t before = at_;
  std::uint64_t number = 0;
  if (take_number(number) && number <= 0xffffffff) {
    into = std::uint32_t(number);
    return true;
  }
  at_ = before;
  return false;
}

bool Scanner::take_nonzero(std::uint32_t& into) {
  const std::size_t before = at_;
  if (take_number32(into) && into != 0) return true;
  at_ = before;
  return false;
}

std::string_view Scanner::atom_view(std::string_view also) {
  std::size_t end = at_;
  while (end < text_.size() && (is_atom_char(text_[end]) || also.find(text_[end]) != std::string_view::npos)) ++end;
  const std::string_view found = text_.substr(at_, end - at_);
  at_ = end;
  return found;
}

bool Scanner::take_atom(std::string& into, std::string_view also) {
  const std::string_view found = atom_view(also);
  if (found.empty()) return false;
  into.assign(found);
  return true;
}

bool Scanner::take_quoted(std::string& into) {
  if (peek() != '"') return false;
  into.clear();
  for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
    const std::size_t plain = i;
    while (i < text_.size() && !ends_plain_run(text_[i])) ++i;
    into.append(text_, plain, i - plain);
    if (i == text_.size() || text_[i] == '\r' || text_[i] == '\n') return false;
    if (text_[i] == '"') {
      at_ = i + 1;
      return true;
    }
    if (++i < text_.size()) into += text_[i];  // what stands behind a backslash
  }
  return false;
}

bool Scanner::take_literal(std::string& into) {
  const std::size_t before = at_;
  take('~');
  std::uint64_t size = 0;
  if (!take('{') || !take_number(size)) {
    at_ = before;
    return false;
  }
  take('+');
  if (!take('}') || !take('\r') || !take('\n')) {
    at_ = before;
    return false;
  }
  if (large_ == LargeLiterals::elsewhere && size > max_inline_literal) size = 0;
  if (text_.size() - at_ < size) {
    at_ = before;
    return false;
  }
  into.assign(text_.substr(at_, size));
  at_ += size;
  return true;
}

bool Scanner::take_string(std::string& into) {
  return take_quoted(into) || take_literal(into);
}

bool Scanner::take_astring(std::string& into) {
  return take_string(into) || take_atom(into, "]");
}

bool Scanner::take_nil() {
  return take_word("NIL");
}

bool Scanner::take_nstring(std::optional<std::string>& into) {
  if (take_nil()) {
    into.reset();
    return true;
  }
  std::string text;
  if (!take_string(text)) return false;
  into = std::move(text);
  return true;
}

bool Scanner::take_list_mailbox(std::string& into) {
  return take_string(into) || take_atom(into, "]%*");
}

bool Scanner::take_flag(std::string& into) {
  const std::size_t before = at_;
  std::string flag;
  if (take('\\')) flag = "\\";
  if (flag == "\\" && take('*')) {
    into = "\\*";
    return true;
  }
  const std::string_view name = atom_view("]");
  if (name.empty()) {
    at_ = before;
    return false;
  }
  into = flag + std::string(name);
  return true;
}

bool Scanner::skip_value() {
  const std::size_t before = at_;
  std::size_t depth = 0;
  std::string ignored;
  do {
    if (take('(')) {
      ++depth;
    } else if (depth > 0 && take(')')) {
      --depth;
    } else if (depth > 0 && take(' ')) {
    } else if (!take_string(ignored) && !take_flag(ignored) && atom_view("]*%\\").empty()) {
      at_ = before;
      return false;
    }
  } while (depth > 0);
  return true;
}

std::optional<LiteralMark> literal_at_end(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  line.remove_suffix(1);
  LiteralMark mark;
  if (line.ends_with('+')) {
    mark.synchronising = false;
    line.remove_suffix(1);
  }
  std::size_t begin = line.size();
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  if (begin == line.size() || begin == 0 || line[begin - 1] != '{') return std::nullopt;
  if (line.size() - begin > longest_literal_number) return std::nullopt;
  const auto [end, error] = std::from_chars(line.data() + begin, line.data() + line.size(), mark.size);
  mark.too_large = error != std::errc();
  return mark;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& letter : out) letter = to_upper(letter);
  return out;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_upper(a[i]) != to_upper(b[i])) return false;
  return true;
}

}  // namespace satchel::imap
