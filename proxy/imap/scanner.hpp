// Reads the terminals of RFC 3501 section 9 from one whole command or response, literals inline.
// Every take_...() moves on only if it returns true; the position of a failure is where it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace satchel::imap {

class Scanner {
 public:
  // elsewhere: the bytes of literals over max_inline_literal are not in the text; they were streamed.
  enum class LargeLiterals : std::uint8_t { inside, elsewhere };
  explicit Scanner(std::string_view text, LargeLiterals large = LargeLiterals::inside) : text_(text), large_(large) {}

  bool at_end() const { return at_ == text_.size(); }
  std::size_t position() const { return at_; }
  std::string_view rest() const { return text_.substr(at_); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  void skip(std::size_t count) { at_ += count; }

  bool take(char expected);
  bool take_space() { return take(' '); }
  // Without case, and not followed by another atom character.
  bool take_word(std::string_view word);
  bool take_prefix(std::string_view prefix);  // without case

  bool take_number(std::uint64_t& into);  // number, up to 2^64-1
  bool take_number32(std::uint32_t& into);
  bool take_nonzero(std::uint32_t& into);

  // 1*ATOM-CHAR; `also` lists specials that are allowed here ("]" in astring).
  bool take_atom(std::string& into, std::string_view also = {});
  std::string_view atom_view(std::string_view also = {});  // empty where there is none
  bool take_quoted(std::string& into);
  bool take_literal(std::string& into);  // {n}, {n+}, ~{n}; one that was streamed gives no bytes
  bool take_string(std::string& into);   // quoted / literal
  bool take_astring(std::string& into);
  bool take_nstring(std::optional<std::string>& into);
  bool take_nil();
  bool take_list_mailbox(std::string& into);  // astring with % and *
  bool take_flag(std::string& into);          // atom, or "\" atom, or "\*"

  // Skips one value of any shape (atom, string, parenthesised list), without recursion.
  bool skip_value();

  static bool is_atom_char(char letter);

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  LargeLiterals large_;
};

// The literal that a line ends with: "{123}", "{123+}", "~{123}". Nothing if it ends otherwise.
struct LiteralMark {
  std::uint64_t size = 0;
  bool synchronising = true;
  bool too_large = false;  // more digits than a number has
};
std::optional<LiteralMark> literal_at_end(std::string_view line);  // without CRLF
// Digits, leading zeros among them; who passes over a line keeps this much of its end.
constexpr std::size_t longest_literal_number = 30;

std::string upper(std::string_view text);
bool equal_without_case(std::string_view a, std::string_view b);

}  // namespace satchel::imap
