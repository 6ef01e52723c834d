// What a message consists of (RFC 2045, 2046): a tree of parts with byte offsets into the content.
// A value: made by Parser, or decoded from a stored Summary (then `fields` hold only what finding
// and decoding text needs). Part 0 is the message itself; parents stand before their children.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace satchel::mime {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // one past the last byte

  std::uint64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

struct Parameter {
  std::string name;
  std::string value;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

// The Content-* fields of a part, as written, comments and quotes removed; none: not there.
struct ContentFields {
  std::string type;  // empty: no usable Content-Type, which means text/plain
  std::string subtype;
  std::vector<Parameter> parameters;
  std::string encoding;  // empty: not there, which means 7bit
  std::optional<std::string> id;
  std::optional<std::string> description;
  std::optional<std::string> md5;
  std::optional<std::string> location;
  std::string disposition;
  std::vector<Parameter> disposition_parameters;
  std::vector<std::string> languages;

  friend bool operator==(const ContentFields&, const ContentFields&) = default;
};

// The fields of a message that ENVELOPE shows (RFC 3501 section 7.4.2): raw values, still folded.
// A field that stands there twice: the last one counts; of addresses, all do.
struct EnvelopeFields {
  std::optional<std::string> date, subject, in_reply_to, message_id;
  std::vector<std::string> from, sender, reply_to, to, cc, bcc;

  friend bool operator==(const EnvelopeFields&, const EnvelopeFields&) = default;
};

enum class PartKind : std::uint8_t {
  single,     // text, image, …: no children
  multipart,  // children are its parts (perhaps none)
  message     // message/rfc822: exactly one child, the message inside
};

using PartIndex = std::uint32_t;
inline constexpr PartIndex no_part = 0xFFFFFFFF;

struct Part {
  PartKind kind = PartKind::single;
  PartIndex parent = no_part;
  PartIndex first_child = no_part;
  PartIndex next_sibling = no_part;
  Range header;                    // with the blank line that ends it
  Range body;                      // of a part: without the line end that belongs to the boundary after it
  std::uint32_t header_lines = 0;  // line ends in it
  std::uint32_t body_lines = 0;
  ContentFields fields;
  std::shared_ptr<const EnvelopeFields> envelope;  // of messages: part 0 and children of a `message`
};

struct Structure {
  std::vector<Part> parts;  // never empty once parsed
  std::uint64_t size = 0;   // of the content
  bool cut_short = false;   // a limit was met: there is more than `parts` tell

  const Part& top() const { return parts.front(); }
};

}  // namespace satchel::mime
