// What a server says, as values (RFC 3501 section 7 and the extensions named at each): what the
// upstream part parses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/imap/command.hpp"

namespace satchel::imap {

// The code in brackets. `name` in capitals, `argument` what stands behind it, unparsed; the parsed
// forms below are filled for the codes that have them.
struct ResponseCode {
  std::string name;  // empty: none
  std::string argument;
  std::uint64_t number = 0;        // UIDNEXT, UIDVALIDITY, UNSEEN, HIGHESTMODSEQ, APPENDUID's validity, COPYUID's
  SequenceSet first;               // APPENDUID: the UID; COPYUID: sources; MODIFIED: the set
  SequenceSet second;              // COPYUID: targets
  std::vector<std::string> words;  // CAPABILITY, PERMANENTFLAGS
  friend bool operator==(const ResponseCode&, const ResponseCode&) = default;
};

struct StatusResponse {
  enum class Kind : std::uint8_t { ok, no, bad, bye, preauth };
  std::string tag;  // empty: untagged
  Kind kind = Kind::ok;
  ResponseCode code;
  std::string text;
  friend bool operator==(const StatusResponse&, const StatusResponse&) = default;
};

struct Continuation {
  std::string text;
  friend bool operator==(const Continuation&, const Continuation&) = default;
};
struct CapabilityData {
  std::vector<std::string> capabilities;  // in capitals
  friend bool operator==(const CapabilityData&, const CapabilityData&) = default;
};
struct EnabledData {
  std::vector<std::string> capabilities;  // in capitals
  friend bool operator==(const EnabledData&, const EnabledData&) = default;
};
struct FlagsData {
  std::vector<std::string> flags;
  friend bool operator==(const FlagsData&, const FlagsData&) = default;
};
struct ListData {
  bool lsub = false;
  std::vector<std::string> attributes;  // "\\HasChildren" as sent
  char delimiter = 0;                   // 0: NIL
  std::string mailbox;                  // bytes on the wire
  bool child_info = false;              // CHILDINFO was there (RFC 5258)
  friend bool operator==(const ListData&, const ListData&) = default;
};
struct StatusData {
  std::string mailbox;
  std::vector<std::pair<StatusItem, std::uint64_t>> items;
  std::string mailbox_id;  // RFC 8474
  friend bool operator==(const StatusData&, const StatusData&) = default;
};
struct SearchData {
  std::vector<std::uint32_t> numbers;
  std::uint64_t mod_seq = 0;
  friend bool operator==(const SearchData&, const SearchData&) = default;
};
struct EsearchData {  // RFC 4731
  std::string tag;
  bool uid = false;
  std::optional<std::uint32_t> min;
  std::optional<std::uint32_t> max;
  std::optional<std::uint32_t> count;
  std::optional<SequenceSet> all;
  std::uint64_t mod_seq = 0;
  friend bool operator==(const EsearchData&, const EsearchData&) = default;
};
struct ExistsData {
  std::uint32_t number = 0;
  friend bool operator==(const ExistsData&, const ExistsData&) = default;
};
struct RecentData {
  std::uint32_t number = 0;
  friend bool operator==(const RecentData&, const RecentData&) = default;
};
struct ExpungeData {
  std::uint32_t number = 0;
  friend bool operator==(const ExpungeData&, const ExpungeData&) = default;
};
struct VanishedData {  // RFC 7162
  bool earlier = false;
  SequenceSet uids;
  friend bool operator==(const VanishedData&, const VanishedData&) = default;
};
struct NamespaceData {
  struct Entry {
    std::string prefix;  // bytes on the wire
    char delimiter = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> personal;
  std::vector<Entry> others;
  std::vector<Entry> shared;
  friend bool operator==(const NamespaceData&, const NamespaceData&) = default;
};
struct IdData {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
  friend bool operator==(const IdData&, const IdData&) = default;
};

// One BODY[...] of a FETCH. Either inline, or streamed into the sink (then `bytes` is empty).
struct FetchedSection {
  std::string section;  // between the brackets, in capitals
  std::optional<std::uint64_t> origin;
  std::optional<std::string> bytes;  // nothing: NIL
  bool streamed = false;
  std::uint64_t size = 0;
  friend bool operator==(const FetchedSection&, const FetchedSection&) = default;
};
struct FetchData {
  std::uint32_t number = 0;
  std::optional<std::uint32_t> uid;
  std::optional<std::vector<std::string>> flags;
  std::optional<DateTime> internal_date;
  std::optional<std::uint64_t> size;
  std::optional<std::uint64_t> mod_seq;
  std::string email_id;  // EMAILID, or X-GM-MSGID as digits
  std::vector<FetchedSection> sections;
  bool malformed = false;  // what stands behind the items above could not be read (quirks.hpp)
  friend bool operator==(const FetchData&, const FetchData&) = default;
};
// Untagged data that nobody here asks for; kept by name only.
struct UnknownData {
  std::string name;
  friend bool operator==(const UnknownData&, const UnknownData&) = default;
};

using Response = std::variant<StatusResponse, Continuation, CapabilityData, EnabledData, FlagsData, ListData,
                              StatusData, SearchData, EsearchData, ExistsData, RecentData, ExpungeData, VanishedData,
                              NamespaceData, IdData, FetchData, UnknownData>;

}  // namespace satchel::imap
