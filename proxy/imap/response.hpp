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
};

struct StatusResponse {
  enum class Kind : std::uint8_t { ok, no, bad, bye, preauth };
  std::string tag;  // empty: untagged
  Kind kind = Kind::ok;
  ResponseCode code;
  std::string text;
};

struct Continuation {
  std::string text;
};
struct CapabilityData {
  std::vector<std::string> capabilities;  // in capitals
};
struct EnabledData {
  std::vector<std::string> capabilities;  // in capitals
};
struct FlagsData {
  std::vector<std::string> flags;
};
struct ListData {
  bool lsub = false;
  std::vector<std::string> attributes;  // "\\HasChildren" as sent
  char delimiter = 0;                   // 0: NIL
  std::string mailbox;                  // bytes on the wire
  bool child_info = false;              // CHILDINFO was there (RFC 5258)
};
struct StatusData {
  std::string mailbox;
  std::vector<std::pair<StatusItem, std::uint64_t>> items;
  std::string mailbox_id;  // RFC 8474
};
struct SearchData {
  std::vector<std::uint32_t> numbers;
  std::uint64_t mod_seq = 0;
};
struct EsearchData {  // RFC 4731
  std::string tag;
  bool uid = false;
  std::optional<std::uint32_t> min;
  std::optional<std::uint32_t> max;
  std::optional<std::uint32_t> count;
  std::optional<SequenceSet> all;
  std::uint64_t mod_seq = 0;
};
struct ExistsData {
  std::uint32_t number = 0;
};
struct RecentData {
  std::uint32_t number = 0;
};
struct ExpungeData {
  std::uint32_t number = 0;
};
struct VanishedData {  // RFC 7162
  bool earlier = false;
  SequenceSet uids;
};
struct NamespaceData {
  struct Entry {
    std::string prefix;  // bytes on the wire
    char delimiter = 0;
  };
  std::vector<Entry> personal;
  std::vector<Entry> others;
  std::vector<Entry> shared;
};
struct IdData {};

// One BODY[...] of a FETCH. Either inline, or streamed into the sink (then `bytes` is empty).
struct FetchedSection {
  std::string section;  // between the brackets, in capitals
  std::optional<std::uint64_t> origin;
  std::optional<std::string> bytes;  // nothing: NIL
  bool streamed = false;
  std::uint64_t size = 0;
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
};
// Untagged data that nobody here asks for; kept by name only.
struct UnknownData {
  std::string name;
};

using Response = std::variant<StatusResponse, Continuation, CapabilityData, EnabledData, FlagsData, ListData,
                              StatusData, SearchData, EsearchData, ExistsData, RecentData, ExpungeData, VanishedData,
                              NamespaceData, IdData, FetchData, UnknownData>;

}  // namespace satchel::imap
