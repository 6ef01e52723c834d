// search-key (RFC 3501 section 6.4.4; RFC 7162 MODSEQ; RFC 5032 OLDER, YOUNGER) as a tree. SEEN is
// flag "\\Seen", UNSEEN is not_ of it, UNKEYWORD not_ of keyword: each key has one form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/imap/sequence_set.hpp"

namespace satchel::imap {

struct SearchKey {
  enum class Kind : std::uint8_t {
    all,
    flag,
    keyword,
    recent,
    new_,
    old,  // flag: `flag`, as in "\\Seen"; keyword: KEYWORD
    sequence,
    uid,  // `set`
    before,
    on,
    since,
    sent_before,
    sent_on,
    sent_since,  // `number`: days since 1970
    larger,
    smaller,
    older,
    younger,
    mod_seq,  // `number`
    from,
    to,
    cc,
    bcc,
    subject,
    body,
    text,
    header,  // `text`, and `field` for HEADER
    and_,
    or_,
    not_  // `children`
  };
  Kind kind = Kind::all;
  std::string flag;
  std::string field;
  std::string text;  // bytes as the client sent them, in the charset of the command
  std::int64_t number = 0;
  SequenceSet set;
  std::vector<SearchKey> children;
  friend bool operator==(const SearchKey&, const SearchKey&) = default;
};

}  // namespace satchel::imap
