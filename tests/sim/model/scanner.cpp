#include "scanner.hpp"

#include <algorithm>

namespace satchel::sim::model {
namespace {

bool is_atom_char(char c) {
  return std::uint8_t(c) > 0x20 && std::uint8_t(c) < 0x7f &&
         std::string_view("(){%*\"\\]").find(c) == std::string::npos;
}

bool is_astring_char(char c) {
  return is_atom_char(c) || c == ']';
}

bool is_tag_char(char c) {
  return is_astring_char(c) && c != '+';
}

bool is_list_char(char c) {
  return is_astring_char(c) || c == '%' || c == '*';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool Scanner::take(char c) {
  if (!next_is(c)) return false;
  ++at_;
  return true;
}

void Scanner::expect(char c) {
  if (!take(c)) fail();
}

template <class Wanted>
std::string Scanner::some(Wanted wanted) {
  if (failed_) return {};
  const std::size_t begin = at_;
  while (at_ < text_.size() && wanted(text_[at_])) ++at_;
  if (begin == at_) fail();
  return std::string(text_.substr(begin, at_ - begin));
}

std::string Scanner::tag() {
  return some(is_tag_char);
}

std::string Scanner::atom() {
  return some(is_atom_char);
}

std::string Scanner::until(std::string_view ends) {
  return some([ends](char c) { return ends.find(c) == std::string_view::npos; });
}

// literal = "{" number ["+"] "}" CRLF *CHAR8
std::string Scanner::literal() {
  expect('{');
  const std::uint64_t size = number();
  take('+');
  expect('}');
  expect('\r');
  expect('\n');
  if (failed_ || size > text_.size() - at_) {
    fail();
    return {};
  }
  at_ += size;
  return std::string(text_.substr(at_ - size, size));
}

// string = quoted / literal
std::string Scanner::string() {
  if (next_is('{')) return literal();
  expect('"');
  std::string out;
  while (!failed_ && !next_is('"')) {
    if (take('\\') && !next_is('"') && !next_is('\\')) fail();
    if (failed_ || at_ == text_.size() || text_[at_] == '\r' || text_[at_] == '\n') {
      fail();
      break;
    }
    out += text_[at_++];
  }
  expect('"');
  return failed_ ? std::string() : out;
}

std::string Scanner::astring() {
  return next_is('"') || next_is('{') ? string() : some(is_astring_char);
}

std::string Scanner::list_mailbox() {
  return next_is('"') || next_is('{') ? string() : some(is_list_char);
}

std::string Scanner::flag() {
  return take('\\') ? "\\" + atom() : atom();
}

std::vector<std::string> Scanner::flag_list() {
  std::vector<std::string> flags;
  expect('(');
  while (!failed_ && !next_is(')')) {
    if (!flags.empty()) space();
    flags.push_back(flag());
  }
  expect(')');
  return flags;
}

std::vector<std::string> Scanner::word_list() {
  std::vector<std::string> words;
  expect('(');
  while (!failed_ && !next_is(')')) {
    if (!words.empty()) space();
    words.push_back(word());
  }
  expect(')');
  return words;
}

std::uint64_t Scanner::number() {
  const std::string digits = some(is_digit);
  std::uint64_t value = 0;
  if (digits.size() > 19) fail();
  for (const char digit : digits) value = value * 10 + std::uint64_t(digit - '0');
  return failed_ ? 0 : value;
}

std::uint32_t Scanner::set_number() {
  if (take('*')) return SequenceSet::star;
  const std::uint64_t value = number();
  if (value == 0 || value > 0xffffffff) fail();
  return std::uint32_t(value);
}

// sequence-set = (seq-number / seq-range) *("," sequence-set)
SequenceSet Scanner::set() {
  SequenceSet set;
  do {
    const std::uint32_t first = set_number();
    const std::uint32_t last = take(':') ? set_number() : first;
    if (!failed_) set.add(first, last);
  } while (take(','));
  return set;
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 'a' + 'A');
  return out;
}

bool SequenceSet::contains(std::uint32_t number, std::uint32_t largest) const {
  for (auto [first, last] : ranges_) {
    if (first == star) first = largest;
    if (last == star) last = largest;
    if (std::min(first, last) <= number && number <= std::max(first, last)) return true;
  }
  return false;
}

std::uint32_t SequenceSet::highest() const {
  std::uint32_t highest = 0;
  for (const auto& [first, last] : ranges_) highest = std::max({highest, first, last});
  return highest;
}

std::string write_set(const std::vector<std::uint32_t>& numbers) {
  std::string out;
  for (std::size_t at = 0; at < numbers.size();) {
    std::size_t end = at + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    if (!out.empty()) out += ',';
    out += std::to_string(numbers[at]);
    if (end - at > 1) out += ':' + std::to_string(numbers[end - 1]);
    at = end;
  }
  return out;
}

std::string write_quoted(std::string_view text) {
  const bool quotable = std::all_of(text.begin(), text.end(),
                                    [](char c) { return c != 0 && c != '\r' && c != '\n' && std::uint8_t(c) < 0x80; });
  if (!quotable) return "{" + std::to_string(text.size()) + "}\r\n" + std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string write_astring(std::string_view text) {
  const bool atom = !text.empty() && std::all_of(text.begin(), text.end(), is_astring_char);
  return atom ? std::string(text) : write_quoted(text);
}

}  // namespace satchel::sim::model
