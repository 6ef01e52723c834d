// fetch-att and section (RFC 3501 section 6.4.5, 9).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace satchel::imap {

// BODY[part.specifier]: all of it where both are empty.
struct Section {
  enum class Specifier : std::uint8_t { none, header, header_fields, header_fields_not, text, mime };
  std::vector<std::uint32_t> part;  // from 1
  Specifier specifier = Specifier::none;
  std::vector<std::string> fields;  // as the client wrote them
  friend bool operator==(const Section&, const Section&) = default;
};

struct Partial {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // not 0
  friend bool operator==(const Partial&, const Partial&) = default;
};

struct FetchItem {
  enum class Kind : std::uint8_t {
    flags,
    internal_date,
    size,
    envelope,
    body,
    body_structure,
    uid,
    mod_seq,
    email_id,
    gmail_message_id,
    section,        // BODY[...] or BODY.PEEK[...]
    rfc822,         // RFC822: BODY[] under another name
    rfc822_header,  // RFC822.HEADER: BODY.PEEK[HEADER]
    rfc822_text     // RFC822.TEXT: BODY[TEXT]
  };
  Kind kind = Kind::flags;
  bool peek = false;  // section, and RFC822.PEEK (RFC 1730): \Seen stays as it is
  Section section;
  std::optional<Partial> partial;
  friend bool operator==(const FetchItem&, const FetchItem&) = default;
};

// "HEADER.FIELDS (From To)", what stands between the brackets.
std::string write_section(const Section& section);

}  // namespace satchel::imap
