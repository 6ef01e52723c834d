// The parser's inside: a state for each line, and the tree that grows. See parser.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/mime/field_keeper.hpp"
#include "proxy/mime/parser.hpp"

namespace satchel::mime {

class Parser::Machine {
 public:
  Machine();
  void feed(std::string_view bytes);
  Structure finish();
  bool header_done() const { return header_done_; }
  std::uint64_t header_size() const { return structure_.top().header.end; }

 private:
  enum class Place : std::uint8_t { header, body };
  enum class Line : std::uint8_t {
    none,      // at the beginning of a line
    header,    // in a line of a header
    blank,     // in the line that ends a header
    body,      // in a line of a body
    boundary,  // in a boundary line that a part follows
    epilogue   // in the boundary line that ended a multipart
  };
  struct Boundary {
    PartIndex part;  // the multipart whose parts it separates
    std::string text;
  };
  struct Match {
    std::size_t open = 0;  // index into boundaries_
    bool last = false;     // "--" follows
  };

  // Lines.
  std::string_view start_line(std::string_view bytes);
  void classify(std::string_view line);
  void classify_header(std::string_view line);
  std::string_view finish_line(std::string_view bytes);
  std::string_view pass_body_lines(std::string_view bytes);
  void advance(std::string_view bytes);
  void end_line();

  // Boundaries.
  bool match_boundary(std::string_view line, Match& match) const;
  void meet_boundary(const Match& match, std::string_view line);

  // Parts.
  PartIndex add_part(PartIndex parent, HeaderOf of);
  void end_header(std::uint64_t end);
  void end_header_early();
  void choose_kind(Part& part, PartIndex index);
  bool in_multipart(const Part& part) const;
  void end_body(PartIndex index, std::uint64_t end, std::uint64_t lines);
  std::uint32_t depth(PartIndex index) const { return depths_[index]; }

  Structure structure_;
  std::vector<PartIndex> last_child_;       // of each part
  std::vector<std::uint64_t> begin_lines_;  // lines before its header, then before its body
  std::vector<std::uint32_t> depths_;
  std::vector<Boundary> boundaries_;  // open ones, innermost last
  FieldKeeper fields_;
  PartIndex current_ = 0;
  Place place_ = Place::header;
  Line line_ = Line::none;
  bool header_done_ = false;
  std::string carry_;                // a line's beginning that the last feed() cut
  std::uint64_t position_ = 0;       // of the next byte
  std::uint64_t lines_ = 0;          // line ends so far
  std::uint32_t line_end_size_ = 0;  // of the last one: 1 or 2
  char last_byte_ = 0;
};

}  // namespace satchel::mime
