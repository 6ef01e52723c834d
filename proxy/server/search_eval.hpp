// A SEARCH key on one message, with what is at hand of it: what cannot be told yet is unknown, and
// asked again when header or content are there. RFC 3501 section 6.4.4. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/imap/search_key.hpp"
#include "store/flags.hpp"
#include "store/message.hpp"

namespace satchel::server {

enum class Truth : std::uint8_t { no, yes, unknown };

// A key made ready: words folded, sets resolved, in the shape of the client's key.
struct SearchTerm {
  imap::SearchKey::Kind kind = imap::SearchKey::Kind::all;
  std::string flag;
  std::string field;   // HEADER, FROM ...
  std::string needle;  // folded
  std::int64_t number = 0;
  std::vector<imap::NumberRange> ranges;
  std::vector<SearchTerm> children;
};

struct SearchSubject {
  std::uint32_t sequence_number = 0;
  const store::Message* message = nullptr;
  const store::FlagSet* flags = nullptr;
  bool recent = false;
  std::optional<std::string_view> index;  // nothing: not read yet
  std::optional<std::string_view> header;
  std::optional<std::string_view> content;
};

Truth evaluate(const SearchTerm& term, const SearchSubject& subject, std::int64_t now);

bool needs_header(const SearchTerm& term);
bool needs_content(const SearchTerm& term);

}  // namespace satchel::server
