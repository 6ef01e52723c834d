// The commands of IMAP as values: what the server part parses and the upstream part writes.
// Mailbox names are bytes on the wire (mailbox_name.hpp decodes). RFC 3501 section 6 and the
// extensions named at each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "proxy/imap/date_time.hpp"
#include "proxy/imap/fetch_item.hpp"
#include "proxy/imap/search_key.hpp"
#include "proxy/imap/sequence_set.hpp"

namespace satchel::imap {

struct Capability {};
struct Noop {};
struct Logout {};
struct StartTls {};
struct Check {};
struct Close {};
struct Unselect {};  // RFC 3691
struct Expunge {
  std::optional<SequenceSet> uids;  // UID EXPUNGE, RFC 4315
};
struct Idle {};       // RFC 2177; DONE is no command but a line of its own
struct Namespace {};  // RFC 2342

struct Authenticate {
  std::string mechanism;               // in capitals
  std::optional<std::string> initial;  // RFC 4959, base64 as sent; "=" is an empty one
};
struct Login {
  std::string user;
  std::string password;
};
struct Enable {                           // RFC 5161
  std::vector<std::string> capabilities;  // in capitals
};
struct Id {  // RFC 2971
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};

struct Select {
  struct QresyncParameter {  // RFC 7162 section 3.2.5
    std::uint32_t uid_validity = 0;
    std::uint64_t mod_seq = 0;
    std::optional<SequenceSet> known_uids;
    std::optional<std::pair<SequenceSet, SequenceSet>> sequence_match;
  };
  std::string mailbox;
  bool read_only = false;  // EXAMINE
  bool condstore = false;
  std::optional<QresyncParameter> qresync;
};
struct Create {
  std::string mailbox;
  std::vector<std::string> special_use;  // RFC 6154: "\\Drafts" ...
};
struct Delete {
  std::string mailbox;
};
struct Rename {
  std::string from;
  std::string to;
};
struct Subscribe {
  std::string mailbox;
};
struct Unsubscribe {
  std::string mailbox;
};

enum class StatusItem : std::uint8_t {
  messages,
  recent,
  uid_next,
  uid_validity,
  unseen,
  highest_mod_seq,
  size,
  deleted,
  mailbox_id
};

struct List {  // RFC 3501 section 6.3.8 and RFC 5258, 5819, 6154
  std::string reference;
  std::vector<std::string> patterns;
  bool extended = false;  // any option or more than one pattern was written
  // selection options
  bool select_subscribed = false;
  bool select_remote = false;
  bool select_recursive_match = false;
  bool select_special_use = false;
  // return options
  bool return_subscribed = false;
  bool return_children = false;
  bool return_special_use = false;
  std::vector<StatusItem> return_status;
};
struct Lsub {
  std::string reference;
  std::string pattern;
};
struct Status {
  std::string mailbox;
  std::vector<StatusItem> items;
};

struct Append {
  std::string mailbox;
  std::vector<std::string> flags;
  std::optional<DateTime> date;
  std::uint64_t size = 0;  // of the message literal, which follows and is streamed
};

struct Search {
  bool uid = false;
  std::string charset;    // empty: none given
  bool extended = false;  // RETURN (...) was written, RFC 4731
  bool return_min = false;
  bool return_max = false;
  bool return_all = false;  // also for RETURN ()
  bool return_count = false;
  SearchKey key;  // and_ of what was written
};

struct Fetch {
  bool uid = false;
  SequenceSet set;
  std::vector<FetchItem> items;
  std::optional<std::uint64_t> changed_since;  // RFC 7162
  bool vanished = false;
};

struct Store {
  enum class Change : std::uint8_t { replace, add, remove };
  bool uid = false;
  SequenceSet set;
  Change change = Change::replace;
  bool silent = false;
  std::vector<std::string> flags;
  std::optional<std::uint64_t> unchanged_since;
};
struct Copy {
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};
struct Move {  // RFC 6851
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
};

using Command = std::variant<Capability, Noop, Logout, StartTls, Authenticate, Login, Enable, Id, Namespace, Select,
                             Create, Delete, Rename, Subscribe, Unsubscribe, List, Lsub, Status, Append, Check, Close,
                             Unselect, Expunge, Search, Fetch, Store, Copy, Move, Idle>;

}  // namespace satchel::imap
