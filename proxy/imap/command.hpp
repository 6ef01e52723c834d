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

struct Capability {
  friend bool operator==(const Capability&, const Capability&) = default;
};
struct Noop {
  friend bool operator==(const Noop&, const Noop&) = default;
};
struct Logout {
  friend bool operator==(const Logout&, const Logout&) = default;
};
struct StartTls {
  friend bool operator==(const StartTls&, const StartTls&) = default;
};
struct Check {
  friend bool operator==(const Check&, const Check&) = default;
};
struct Close {
  friend bool operator==(const Close&, const Close&) = default;
};
struct Unselect {  // RFC 3691
  friend bool operator==(const Unselect&, const Unselect&) = default;
};
struct Expunge {
  std::optional<SequenceSet> uids;  // UID EXPUNGE, RFC 4315
  friend bool operator==(const Expunge&, const Expunge&) = default;
};
struct Idle {  // RFC 2177; DONE is no command but a line of its own
  friend bool operator==(const Idle&, const Idle&) = default;
};
struct Namespace {  // RFC 2342
  friend bool operator==(const Namespace&, const Namespace&) = default;
};

struct Authenticate {
  std::string mechanism;               // in capitals
  std::optional<std::string> initial;  // RFC 4959, base64 as sent; "=" is an empty one
  friend bool operator==(const Authenticate&, const Authenticate&) = default;
};
struct Login {
  std::string user;
  std::string password;
  friend bool operator==(const Login&, const Login&) = default;
};
struct Enable {                           // RFC 5161
  std::vector<std::string> capabilities;  // in capitals
  friend bool operator==(const Enable&, const Enable&) = default;
};
struct Id {  // RFC 2971
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
  friend bool operator==(const Id&, const Id&) = default;
};

struct QresyncParameter {  // RFC 7162 section 3.2.5
  std::uint32_t uid_validity = 0;
  std::uint64_t mod_seq = 0;
  std::optional<SequenceSet> known_uids;
  std::optional<std::pair<SequenceSet, SequenceSet>> sequence_match;
  friend bool operator==(const QresyncParameter&, const QresyncParameter&) = default;
};
struct Select {
  std::string mailbox;
  bool read_only = false;  // EXAMINE
  bool condstore = false;
  std::optional<QresyncParameter> qresync;
  friend bool operator==(const Select&, const Select&) = default;
};
struct Create {
  std::string mailbox;
  std::vector<std::string> special_use;  // RFC 6154: "\\Drafts" ...
  friend bool operator==(const Create&, const Create&) = default;
};
struct Delete {
  std::string mailbox;
  friend bool operator==(const Delete&, const Delete&) = default;
};
struct Rename {
  std::string from;
  std::string to;
  friend bool operator==(const Rename&, const Rename&) = default;
};
struct Subscribe {
  std::string mailbox;
  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};
struct Unsubscribe {
  std::string mailbox;
  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
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
  friend bool operator==(const List&, const List&) = default;
};
struct Lsub {
  std::string reference;
  std::string pattern;
  friend bool operator==(const Lsub&, const Lsub&) = default;
};
struct Status {
  std::string mailbox;
  std::vector<StatusItem> items;
  friend bool operator==(const Status&, const Status&) = default;
};

struct Append {
  std::string mailbox;
  std::vector<std::string> flags;
  std::optional<DateTime> date;
  std::uint64_t size = 0;  // of the message literal, which follows and is streamed
  friend bool operator==(const Append&, const Append&) = default;
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
  friend bool operator==(const Search&, const Search&) = default;
};

struct Fetch {
  bool uid = false;
  SequenceSet set;
  std::vector<FetchItem> items;
  std::optional<std::uint64_t> changed_since;  // RFC 7162
  bool vanished = false;
  friend bool operator==(const Fetch&, const Fetch&) = default;
};

struct Store {
  enum class Change : std::uint8_t { replace, add, remove };
  bool uid = false;
  SequenceSet set;
  Change change = Change::replace;
  bool silent = false;
  std::vector<std::string> flags;
  std::optional<std::uint64_t> unchanged_since;
  friend bool operator==(const Store&, const Store&) = default;
};
struct Copy {
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
  friend bool operator==(const Copy&, const Copy&) = default;
};
struct Move {  // RFC 6851
  bool uid = false;
  SequenceSet set;
  std::string mailbox;
  friend bool operator==(const Move&, const Move&) = default;
};

using Command = std::variant<Capability, Noop, Logout, StartTls, Authenticate, Login, Enable, Id, Namespace, Select,
                             Create, Delete, Rename, Subscribe, Unsubscribe, List, Lsub, Status, Append, Check, Close,
                             Unselect, Expunge, Search, Fetch, Store, Copy, Move, Idle>;

}  // namespace satchel::imap
