// What the upstream server can do, as plain facts: the driver fills it from CAPABILITY (read again
// after login), ENABLED and NAMESPACE. With each of them the outcome is the same, only the way differs.
#pragma once

#include <cstdint>
#include <string>

namespace satchel::sync {

struct Abilities {
  bool qresync = false;        // RFC 7162, and ENABLE QRESYNC was answered
  bool condstore = false;      // RFC 7162 (also true with qresync)
  bool uidplus = false;        // RFC 4315
  bool move = false;           // RFC 6851
  bool object_id = false;      // RFC 8474: MAILBOXID and EMAILID
  bool gmail = false;          // X-GM-EXT-1: X-GM-MSGID stands for EMAILID, equal appends are merged
  bool list_status = false;    // RFC 5819
  bool list_extended = false;  // RFC 5258
  bool special_use = false;    // RFC 6154
  bool create_special_use = false;
  bool esearch = false;            // RFC 4731
  bool name_space = false;         // RFC 2342
  bool unselect = false;           // RFC 3691
  bool idle = false;               // RFC 2177
  bool notify = false;             // RFC 5465
  bool utf8 = false;               // UTF8=ACCEPT was enabled: names on the wire are UTF-8
  bool weak_uid_validity = false;  // says nothing there: always 1, or seen to be used twice
  std::uint64_t append_limit = 0;  // RFC 7889, bytes; 0: unknown
  std::string prefix;              // of the personal namespace, wire bytes ("" or "INBOX.")
  char delimiter = '/';            // of the personal namespace; 0 where names are flat
};

}  // namespace satchel::sync
