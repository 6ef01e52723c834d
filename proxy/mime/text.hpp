// Text for SEARCH (RFC 3501 section 6.4.4): decoded (RFC 2047, 2231, base64, quoted-printable,
// charsets), tags of HTML removed, case folded, compatibility decomposed, so that "cafe" finds "Café".
// Broken input and unknown charsets are read as well as they can be, never refused. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

// A search word as everything below wants it. `charset` is the SEARCH command's; empty: UTF-8.
std::string fold_needle(std::string_view word, std::string_view charset = {});

// A field's value with RFC 2047 words decoded and folding undone, as UTF-8.
std::string decode_header_value(std::string_view raw);

// HEADER, SUBJECT, FROM, TO, CC, BCC: whether a field of that name contains the needle; an empty
// needle asks whether there is such a field.
bool header_contains(std::string_view header, std::string_view field, std::string_view folded_needle);

enum class Scope : std::uint8_t { body, text };  // BODY; TEXT is the headers too

// A stretch of the content to be looked into, and how it reads. Attachments that are no text have none.
struct TextRange {
  enum class Form : std::uint8_t { header, plain, html };
  enum class Encoding : std::uint8_t { identity, base64, quoted_printable };

  Range range;
  Form form = Form::plain;
  Encoding encoding = Encoding::identity;
  std::string charset;  // empty: not said
};
std::vector<TextRange> text_ranges(const Structure& structure, Scope scope);

// Looks for one needle in the ranges, streamed: for each range begin(), then its bytes in any
// pieces, until found() or the ranges end.
class TextSearch {
 public:
  explicit TextSearch(std::string folded_needle);
  ~TextSearch();
  TextSearch(TextSearch&&) noexcept;
  TextSearch& operator=(TextSearch&&) noexcept;

  void begin(const TextRange& range);
  void feed(std::string_view bytes);
  void end();  // of the range
  bool found() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// All of it for a content in memory.
bool contains(std::string_view content, const Structure& structure, Scope scope, std::string_view folded_needle);

}  // namespace satchel::mime
