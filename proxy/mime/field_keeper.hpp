// Keeps those fields of one header that the structure needs, within limits, and hands them over as
// ContentFields and EnvelopeFields when the header ends. Owned by the parser, one at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/mime/structure.hpp"

namespace satchel::mime {

enum class HeaderOf : std::uint8_t { message, part };

class FieldKeeper {
 public:
  void begin(HeaderOf of);

  // `line` is the beginning of a line, up to the line end or as far as the parser looks ahead.
  void field_line(std::string_view line);  // a new field; its bytes come by bytes()
  void bytes(std::string_view piece) {     // any piece of the lines, the field's name included
    if (keeping_) keep(piece);
  }
  void skip_field();  // the line is no field: what follows is not kept

  // The header has ended; leaves the keeper ready for begin().
  ContentFields take_content();
  std::shared_ptr<const EnvelopeFields> take_envelope();  // none for parts
  bool has_content_type() const { return content_type_seen_; }
  bool is_mime() const { return content_type_seen_ || mime_version_seen_; }
  bool cut_short() const { return cut_short_; }

 private:
  void keep(std::string_view piece);
  void end_field();
  void end_content_field(std::string_view name, std::string_view value);
  void end_envelope_field(std::string_view name, std::string_view value);

  HeaderOf of_ = HeaderOf::message;
  bool keeping_ = false;
  bool content_type_seen_ = false;
  bool mime_version_seen_ = false;
  bool cut_short_ = false;
  std::size_t colon_ = 0;  // where it stands in field_
  std::size_t kept_ = 0;   // of all headers so far
  std::string field_;
  ContentFields content_;
  std::shared_ptr<EnvelopeFields> envelope_;
};

}  // namespace satchel::mime
