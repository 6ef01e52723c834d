#include "proxy/mime/machine.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "proxy/mime/ascii.hpp"
#include "proxy/mime/content_fields.hpp"
#include "proxy/mime/limits.hpp"

namespace satchel::mime {

namespace {

// Bytes of a line's beginning that tell what it is: a boundary with its dashes, a field's name.
constexpr std::size_t look_ahead = max_boundary + 8;

const char* find_line_end(std::string_view bytes) {
  return static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
}

}  // namespace

Parser::Machine::Machine() {
  add_part(no_part, HeaderOf::message);
}

void Parser::Machine::feed(std::string_view bytes) {
  while (!bytes.empty()) bytes = line_ == Line::none ? start_line(bytes) : finish_line(bytes);
}

// At the beginning of a line: decides what it is, or waits for more of it. Returns what is left.
std::string_view Parser::Machine::start_line(std::string_view bytes) {
  if (place_ == Place::body && carry_.empty() && (boundaries_.empty() || bytes.front() != '-'))
    return pass_body_lines(bytes);
  const std::string_view window = bytes.substr(0, look_ahead - carry_.size());
  const char* end = find_line_end(window);
  const std::string_view piece = end ? bytes.substr(0, static_cast<std::size_t>(end - bytes.data()) + 1) : window;
  const bool enough = end || carry_.size() + piece.size() == look_ahead;
  if (carry_.empty() && enough) {
    classify(piece);
    return bytes;
  }
  carry_ += piece;
  bytes.remove_prefix(piece.size());
  if (enough) {
    const std::string line = std::exchange(carry_, {});
    classify(line);
    finish_line(line);
  }
  return bytes;
}

void Parser::Machine::classify(std::string_view line) {
  Match match;
  if (match_boundary(line, match)) return meet_boundary(match, line);
  if (place_ == Place::body) {
    line_ = Line::body;
  } else {
    classify_header(line);
  }
}

void Parser::Machine::classify_header(std::string_view line) {
  line_ = Line::header;
  if (line == "\n" || line == "\r\n") {
    line_ = Line::blank;
    fields_.skip_field();
  } else if (line.front() != ' ' && line.front() != '\t') {
    fields_.field_line(line);
  }
}

// Inside a line: goes to its end, or takes all there is. Returns what is left.
std::string_view Parser::Machine::finish_line(std::string_view bytes) {
  const char* end = find_line_end(bytes);
  const std::string_view piece = end ? bytes.substr(0, static_cast<std::size_t>(end - bytes.data()) + 1) : bytes;
  if (line_ == Line::header) fields_.bytes(piece);
  advance(piece);
  if (end) end_line();
  bytes.remove_prefix(piece.size());
  return bytes;
}

// The loop in which most bytes are spent: whole lines of a body that are no boundary.
std::string_view Parser::Machine::pass_body_lines(std::string_view bytes) {
  const bool watch = !boundaries_.empty();
  std::string_view rest = bytes;
  while (!rest.empty() && !(watch && rest.front() == '-')) {
    const char* end = find_line_end(rest);
    if (!end) {
      line_ = Line::body;
      rest = {};
      break;
    }
    ++lines_;
    const char before = end == bytes.data() ? last_byte_ : end[-1];
    line_end_size_ = before == '\r' ? 2 : 1;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  }
  position_ += bytes.size() - rest.size();
  last_byte_ = *(rest.empty() ? &bytes.back() : rest.data() - 1);
  return rest;
}

// Counts a piece of one line.
void Parser::Machine::advance(std::string_view bytes) {
  if (bytes.back() == '\n') {
    const char before = bytes.size() > 1 ? bytes[bytes.size() - 2] : last_byte_;
    line_end_size_ = before == '\r' ? 2 : 1;
    ++lines_;
  }
  position_ += bytes.size();
  last_byte_ = bytes.back();
}

void Parser::Machine::end_line() {
  const Line ended = std::exchange(line_, Line::none);
  if (ended == Line::blank) {
    end_header(position_);
  } else if (ended == Line::boundary) {
    current_ = add_part(current_, HeaderOf::part);
  }
}

// The best of the open boundaries that the line begins with: an exact one, innermost first, else
// the longest (RFC 2046 section 5.1.2 lets text follow; boundaries may be prefixes of each other).
bool Parser::Machine::match_boundary(std::string_view line, Match& match) const {
  if (boundaries_.empty() || !line.starts_with("--") || structure_.parts.size() >= max_parts) return false;
  std::string_view text = line.substr(2);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const Boundary* best = nullptr;
  for (std::size_t i = boundaries_.size(); i-- > 0;) {
    const Boundary& open = boundaries_[i];
    if (!text.starts_with(open.text) || (best && best->text.size() >= open.text.size())) continue;
    best = &open;
    match.open = i;
    match.last = text.substr(open.text.size()).starts_with("--");
    if (text.size() == open.text.size() || (match.last && text.size() == open.text.size() + 2)) break;
  }
  return best != nullptr;
}

void Parser::Machine::meet_boundary(const Match& match, std::string_view line) {
  if (place_ == Place::header) {  // a header that no blank line ended
    end_header_early();
    return classify(line);  // what follows it is now a body, or the header of a message in it
  }
  const PartIndex multipart = boundaries_[match.open].part;
  for (PartIndex at = current_; at != multipart; at = structure_.parts[at].parent)
    end_body(at, position_ - line_end_size_, lines_ - 1);
  current_ = multipart;
  boundaries_.resize(match.last ? match.open : match.open + 1);
  line_ = match.last ? Line::epilogue : Line::boundary;
}

PartIndex Parser::Machine::add_part(PartIndex parent, HeaderOf of) {
  auto& parts = structure_.parts;
  const auto index = static_cast<PartIndex>(parts.size());
  Part part;
  part.parent = parent;
  part.header.begin = position_;
  parts.push_back(std::move(part));
  last_child_.push_back(no_part);
  begin_lines_.push_back(lines_);
  depths_.push_back(parent == no_part ? 0 : depths_[parent] + 1);
  if (parent != no_part) {
    PartIndex& last = last_child_[parent];
    (last == no_part ? parts[parent].first_child : parts[last].next_sibling) = index;
    last = index;
  }
  place_ = Place::header;
  fields_.begin(of);
  return index;
}

void Parser::Machine::end_header_early() {
  const std::uint64_t begin = structure_.parts[current_].header.begin;
  if (position_ == begin) return end_header(begin);
  --lines_;  // the last line end belongs to the boundary: not of the header, nor of the body
  end_header(position_ - line_end_size_);
  ++lines_;
}

void Parser::Machine::end_header(std::uint64_t end) {
  Part& part = structure_.parts[current_];
  part.header.end = part.body.begin = part.body.end = end;
  part.header_lines = static_cast<std::uint32_t>(lines_ - begin_lines_[current_]);
  begin_lines_[current_] = lines_;
  part.fields = fields_.take_content();
  part.envelope = fields_.take_envelope();
  const bool is_mime = fields_.is_mime() || in_multipart(part);
  if (!is_mime) part.fields = {};
  if (current_ == 0) header_done_ = true;
  place_ = Place::body;
  choose_kind(part, current_);
}

bool Parser::Machine::in_multipart(const Part& part) const {
  return part.parent != no_part && structure_.parts[part.parent].kind == PartKind::multipart;
}

void Parser::Machine::choose_kind(Part& part, PartIndex index) {
  const ContentFields& fields = part.fields;
  const bool in_digest = in_multipart(part) && same_name(structure_.parts[part.parent].fields.subtype, "digest");
  const bool multipart = same_name(fields.type, "multipart");
  const bool message = fields.type.empty() ? in_digest && !fields_.has_content_type()
                                           : same_name(fields.type, "message") && same_name(fields.subtype, "rfc822");
  if (!multipart && !message) return;
  if (depth(index) >= max_depth || structure_.parts.size() >= max_parts) {
    structure_.cut_short = true;
    return;
  }
  part.kind = multipart ? PartKind::multipart : PartKind::message;
  if (message) {
    current_ = add_part(index, HeaderOf::message);
    structure_.parts[current_].header.begin = structure_.parts[index].body.begin;
    return;
  }
  const std::string_view boundary = find_parameter(fields.parameters, "boundary").substr(0, max_boundary);
  if (!boundary.empty()) boundaries_.push_back({index, std::string(boundary)});
}

// A body ends at `end`, before which there were `lines` line ends. Where the boundary follows the
// blank line of a header at once, that line end is the boundary's too (RFC 2046 section 5.1.1).
void Parser::Machine::end_body(PartIndex index, std::uint64_t end, std::uint64_t lines) {
  Part& part = structure_.parts[index];
  part.body.end = end;
  part.body_lines = static_cast<std::uint32_t>(lines - std::min(lines, begin_lines_[index]));
  if (end >= part.body.begin) return;
  if (part.header.size() > 0) --part.header_lines;
  part.header.begin = std::min(part.header.begin, end);
  part.header.end = part.body.begin = end;
}

Structure Parser::Machine::finish() {
  if (!carry_.empty()) {
    const std::string line = std::exchange(carry_, {});
    classify(line);
    finish_line(line);
  }
  while (place_ == Place::header) end_header(position_);  // again for each message inside
  for (PartIndex at = current_; at != no_part; at = structure_.parts[at].parent) end_body(at, position_, lines_);
  structure_.size = position_;
  structure_.cut_short = structure_.cut_short || fields_.cut_short() || structure_.parts.size() >= max_parts;
  return std::move(structure_);
}

}  // namespace satchel::mime
