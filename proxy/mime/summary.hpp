// What is kept of a message beside its bytes, computed once when it arrives (design section 4):
// the `envelope` (ENVELOPE, and what the header says beside), the `structure` (BODY, BODYSTRUCTURE,
// offsets of parts), both ready for the wire, and the `header` (bounded). README.md has the layouts;
// the first byte of each is a version.
// Pure; a builder belongs to whoever feeds it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proxy/mime/parser.hpp"
#include "proxy/mime/structure.hpp"

namespace satchel::mime {

enum class Extent : std::uint8_t { content, header };  // what was fed: all of it, or its header only

struct Summary {
  std::string envelope;    // these two are opened by SummaryView
  std::string structure;   // empty with Extent::header
  std::string header;      // the first max_stored_header bytes of it, blank line included; hash input
  std::string message_id;  // value of Message-ID, trimmed; empty if none
};

class SummaryBuilder {
 public:
  explicit SummaryBuilder(Extent extent = Extent::content);
  void feed(std::string_view bytes);
  Summary finish();  // once

 private:
  Extent extent_;
  Parser parser_;
  std::string header_;
};

// Reads what is stored where it lies: opening costs a few lengths, and each getter only touches its
// own bytes. What is given to open must outlive the view; what is not asked for is left empty there,
// and so are its getters. Errors of open and structure: corrupt.
class SummaryView {
 public:
  static Result<SummaryView> open(std::string_view envelope, std::string_view structure);

  Extent extent() const { return extent_; }
  bool header_complete() const { return header_complete_; }  // the stored header is all of it
  std::string_view envelope() const { return envelope_; }    // "(...)"
  std::string_view body() const { return body_; }
  std::string_view bodystructure() const { return bodystructure_; }
  std::uint64_t header_size() const { return header_size_; }
  // The Date field's day as written there, time and zone left out: days since 1970-01-01.
  std::optional<std::int32_t> sent_day() const { return sent_day_; }
  // Offsets, kinds, types, encodings and charsets of the parts.
  Result<Structure> structure() const;

 private:
  bool open_envelope(std::string_view bytes);
  bool open_structure(std::string_view bytes);

  Extent extent_ = Extent::content;
  bool header_complete_ = true;
  std::uint64_t header_size_ = 0;
  std::optional<std::int32_t> sent_day_;
  std::string_view envelope_, body_, bodystructure_, table_;
};

}  // namespace satchel::mime
