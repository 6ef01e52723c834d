// The words of structured header fields (RFC 5322 section 3.2, RFC 2045 section 5.1), read as
// tolerantly as mail demands: 8-bit bytes are letters, unclosed quotes and comments end with the value.
#pragma once

#include <string>
#include <string_view>

namespace satchel::mime {

class Tokens {
 public:
  explicit Tokens(std::string_view value) : rest_(value) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool take(char c);  // true: it stood there and is passed
  void pass() { rest_.remove_prefix(1); }

  void skip_space();  // CFWS = ([FWS] comment)...; comments nest, the last one is remembered
  const std::string& last_comment() const { return comment_; }
  void forget_comment() { comment_.clear(); }

  std::string mime_token();      // RFC 2045 token; empty if none stands here
  std::string atom();            // RFC 5322 atext, 8-bit too; empty if none
  std::string quoted_string();   // at a '"': its content, backslashes removed, folding undone
  std::string domain_literal();  // at a '[': with its brackets

  // The text as it stands, to look back at.
  std::string_view rest() const { return rest_; }
  void back_to(std::string_view earlier_rest) { rest_ = earlier_rest; }

 private:
  void read_comment();

  std::string_view rest_;
  std::string comment_;
};

bool is_atom_byte(char c);

// Without line ends (RFC 5322 section 2.2.3).
std::string unfolded(std::string_view raw);

}  // namespace satchel::mime
