// The text that a reader of an HTML part sees, about: tags, comments, scripts and styles are left
// out, entities become characters. Streamed, whole characters of UTF-8 in and out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace satchel::mime {

class HtmlText {
 public:
  void strip(std::string_view in, std::string& out);  // appends
  void finish(std::string& out);

 private:
  enum class State : std::uint8_t { text, entity, tag, quoted, comment, skipped };
  std::size_t run(std::string_view in) const;
  void step(char c, std::string& out);
  void in_tag(char c, std::string& out);
  void in_comment(char c);
  void in_skipped(char c);
  void end_tag(std::string& out);
  void end_entity(std::string& out, char after);

  State state_ = State::text;
  char quote_ = 0;
  std::string word_;         // the entity's or tag's name so far, bounded
  std::string skip_to_;      // "</script": what ends a skipped element
  std::size_t matched_ = 0;  // of skip_to_, or of the "-->" of a comment
};

}  // namespace satchel::mime
