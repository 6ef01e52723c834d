#include "proxy/mime/html_text.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/html_entities.hpp"
#include "proxy/mime/utf8.hpp"

namespace satchel::mime {

namespace {

constexpr std::size_t max_word = 12;  // letters of a tag or an entity that are looked at

// Tags inside of words: they part nothing.
constexpr std::string_view inline_tags[] = {"a",  "abbr", "b",    "big", "code",  "del",    "em",  "font",
                                            "i",  "ins",  "mark", "s",   "small", "span",   "sub", "sup",
                                            "tt", "u",    "wbr",  "bdo", "bdi",   "strong", "!--"};

bool is_inline(std::string_view tag) {
  if (tag.starts_with('/')) tag.remove_prefix(1);
  return std::find(std::begin(inline_tags), std::end(inline_tags), tag) != std::end(inline_tags);
}

bool is_entity_byte(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '#';
}

}  // namespace

void HtmlText::strip(std::string_view in, std::string& out) {
  while (!in.empty()) {
    const std::size_t same = run(in);
    if (state_ == State::text) out += in.substr(0, same);
    in.remove_prefix(same);
    if (in.empty()) return;
    step(in.front(), out);
    in.remove_prefix(1);
  }
}

// Bytes that change nothing: most of a document is passed here.
std::size_t HtmlText::run(std::string_view in) const {
  const auto until = [&](auto... ends) {
    std::size_t n = 0;
    while (n < in.size() && ((in[n] != ends) && ...)) ++n;
    return n;
  };
  switch (state_) {
    case State::text:
      return until('<', '&');
    case State::quoted:
      return until(quote_);
    case State::tag:
      return word_.ends_with(' ') ? until('>', '"', '\'') : 0;
    case State::comment:
      return matched_ == 0 ? until('-') : 0;
    case State::skipped:
      return matched_ == 0 ? until('<') : 0;
    case State::entity:
      break;
  }
  return 0;
}

void HtmlText::finish(std::string& out) {
  if (state_ == State::entity) end_entity(out, '\0');
  *this = {};
}

void HtmlText::step(char c, std::string& out) {
  switch (state_) {
    case State::text:
      word_.clear();
      state_ = c == '<' ? State::tag : State::entity;
      break;
    case State::entity:
      if (is_entity_byte(c) && word_.size() < max_word) {
        word_ += c;
      } else {
        end_entity(out, c);
      }
      break;
    case State::tag:
      in_tag(c, out);
      break;
    case State::quoted:
      if (c == quote_) state_ = State::tag;
      break;
    case State::comment:
      in_comment(c);
      break;
    case State::skipped:
      in_skipped(c);
      break;
  }
}

void HtmlText::in_tag(char c, std::string& out) {
  const bool named = word_.ends_with(' ');
  if (word_.empty() && !is_entity_byte(c) && c != '/' && c != '!' && c != '?') {  // "a < b"
    out += '<';
    state_ = State::text;
    if (c == '<' || c == '&') return step(c, out);
    out += c;
  } else if (c == '>') {
    end_tag(out);
  } else if (named && (c == '"' || c == '\'')) {
    quote_ = c;
    state_ = State::quoted;
  } else if (is_space(c) && !named) {
    word_ += ' ';
  } else if (!named && word_.size() < max_word) {
    word_ += lower(c);
    if (word_ == "!--") {
      state_ = State::comment;
      matched_ = 0;
    }
  }
}

void HtmlText::end_tag(std::string& out) {
  state_ = State::text;
  if (word_.ends_with(' ')) word_.pop_back();
  if (word_ == "script" || word_ == "style") {
    skip_to_ = "</" + word_;
    matched_ = 0;
    state_ = State::skipped;
  }
  if (word_.size() > 1 && word_.ends_with('/')) word_.pop_back();
  if (!is_inline(word_)) out += ' ';
}

void HtmlText::in_comment(char c) {
  if (c == '-') {
    matched_ = std::min<std::size_t>(matched_ + 1, 2);
  } else if (c == '>' && matched_ == 2) {
    state_ = State::text;
  } else {
    matched_ = 0;
  }
}

void HtmlText::in_skipped(char c) {
  matched_ = lower(c) == skip_to_[matched_] ? matched_ + 1 : (c == '<' ? 1 : 0);
  if (matched_ < skip_to_.size()) return;
  word_ = skip_to_.substr(1) + ' ';
  state_ = State::tag;
}

// entity = "&" name ";" / "&#" digits ";" / "&#x" hex ";"; what is none is text.
void HtmlText::end_entity(std::string& out, char after) {
  state_ = State::text;
  std::uint32_t code_point = 0;
  if (word_.starts_with('#')) {
    std::string_view digits = std::string_view(word_).substr(1);
    const bool hex = digits.starts_with('x') || digits.starts_with('X');
    if (hex) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code_point, hex ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size()) code_point = 0;
  } else {
    code_point = html_entity(word_);
  }
  if (code_point != 0) {
    put_utf8(out, code_point);
    if (after == ';') return;
  } else {
    out += '&' + word_;
  }
  if (after == '\0') return;
  if (after == '<' || after == '&') return step(after, out);
  out += after;
}

}  // namespace satchel::mime
