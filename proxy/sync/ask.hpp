// The questions that a job puts to upstream, and their answers. Typed and bounded: a job never
// sees a byte of IMAP. The driver (proxy/account) turns an Ask into commands on one connection.
//
// Every ask that works inside a mailbox names it (At). The driver sees to it that the connection
// has that mailbox selected, read-write where the ask's comment says SELECT, else by EXAMINE; no
// change is pipelined behind it: it waits for the OK and compares UIDVALIDITY (unless 0). Another
// UIDVALIDITY, then or untagged later: Outcome uid_validity_changed, and nothing was changed.
// UIDs in lists are ascending and without repetition, in asks as in answers. A UID that is asked
// for and not there is left out of the answer; one that was not asked for is dropped by the driver.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "store/contents.hpp"
#include "store/mailbox.hpp"

namespace satchel::sync {

struct Outcome {
  enum class Kind : std::uint8_t {
    ok,                   // tagged OK
    no,                   // tagged NO: `code` and `text` as upstream gave them
    bad,                  // tagged BAD
    lost,                 // no tagged answer: line lost, BYE, deadline. A change is perhaps done
    uid_validity_changed  // the mailbox is not the one that was meant; nothing was changed
  };
  Kind kind = Kind::ok;
  std::string code;              // response code in capitals ("OVERQUOTA"), empty if none
  std::string text;              // upstream's own words: for the user, never for the log
  std::int64_t retry_after = 0;  // seconds, where upstream gave a hint; else 0

  bool ok() const { return kind == Kind::ok; }
};

struct At {
  std::string mailbox;             // bytes on the wire
  std::uint32_t uid_validity = 0;  // expected; 0: whichever
};

struct UidRange {
  UpstreamUid first;
  UpstreamUid last;
};

struct UidFlags {
  UpstreamUid uid;
  store::FlagSet flags;      // \Recent left out
  std::uint64_t modseq = 0;  // 0: not given
};

// --- lists

struct StatusFigures {
  std::uint32_t messages = 0;
  std::uint32_t uid_next = 0;
  std::uint32_t uid_validity = 0;
  std::uint64_t highest_modseq = 0;  // 0: not given
  std::string mailbox_id;            // empty: not given
};

struct ListedMailbox {
  std::string name;        // bytes on the wire, as LIST gave them
  char delimiter = 0;      // 0: NIL
  bool selectable = true;  // neither \Noselect nor \NonExistent
  store::SpecialUse special_use = store::SpecialUse::none;
  std::optional<StatusFigures> status;  // where LIST-STATUS gave it in the same command
};

struct ListAnswer {
  Outcome outcome;
  std::vector<ListedMailbox> mailboxes;  // LIST "" "*": all, complete
  std::vector<std::string> subscribed;   // LSUB "" "*" or LIST (SUBSCRIBED): wire names that may not exist
};
struct ListAsk {
  using Answer = ListAnswer;
};

struct StatusAnswer {
  Outcome outcome;
  StatusFigures figures;
};
struct StatusAsk {  // never of a mailbox that this connection has selected
  using Answer = StatusAnswer;
  std::string mailbox;
};

// --- reading a mailbox

struct ChangesAnswer {
  Outcome outcome;
  std::vector<UidFlags> changed;   // new messages among them
  std::vector<UidRange> vanished;  // QRESYNC only; may name UIDs that never were
};

struct SelectAnswer {
  Outcome outcome;  // no with NONEXISTENT, or any NO: the mailbox cannot be opened
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;
  std::uint64_t highest_modseq = 0;  // 0: NOMODSEQ or no CONDSTORE
  std::string mailbox_id;
  std::uint32_t exists = 0;
  // What went along, where it was answered: as ListUidsAsk and ChangesAsk have it.
  std::optional<std::vector<UpstreamUid>> uids = {};
  std::optional<ChangesAnswer> changes = {};
};
// A fresh EXAMINE, also where the connection has the mailbox selected: its figures are of now. What is
// asked next, whatever they say, may go along in the same flight: it only reads, and its answer counts for the
// UIDVALIDITY of this one.
struct SelectAsk {
  using Answer = SelectAnswer;
  std::string mailbox;
  bool list_uids = false;
  std::uint64_t changes_since = 0;  // 0: not asked
};

struct ListUidsAnswer {
  Outcome outcome;
  std::vector<UpstreamUid> uids;  // all of them
};
struct ListUidsAsk {  // UID SEARCH [RETURN (ALL)] ALL
  using Answer = ListUidsAnswer;
  At at;
};

struct ChangesAsk {  // UID FETCH 1:* (FLAGS) (CHANGEDSINCE since [VANISHED])
  using Answer = ChangesAnswer;
  At at;
  std::uint64_t since = 0;
};

struct FlagsAnswer {
  Outcome outcome;
  std::vector<UidFlags> flags;
};
struct FlagsAsk {  // UID FETCH first:last (FLAGS); last 2^32-1 for *
  using Answer = FlagsAnswer;
  At at;
  UidRange range;
};

enum class Depth : std::uint8_t {
  sizes,   // FLAGS INTERNALDATE RFC822.SIZE, and EMAILID or X-GM-MSGID where there is one
  headers  // and BODY.PEEK[HEADER]
};
struct Metadata {
  UpstreamUid uid;
  store::FlagSet flags;
  store::Identity identity;    // date and size always; message_id and header with Depth::headers
                               // (Contents::hash64; message_id is 1 where the field is missing)
  std::int16_t zone = 0;       // of INTERNALDATE
  std::uint64_t email_id = 0;  // Contents::hash64 of it; 0: none
  std::uint64_t modseq = 0;
  store::Summary summary;  // with Depth::headers
};
struct MetadataAnswer {
  Outcome outcome;
  std::vector<Metadata> messages;
};
struct MetadataAsk {
  using Answer = MetadataAnswer;
  At at;
  std::vector<UpstreamUid> uids;
  Depth depth = Depth::sizes;
  std::vector<UpstreamUid> next = {};  // asked for next in the same way, most likely: may be sent for already
};

struct FetchedContent {
  UpstreamUid uid;
  store::StoredContent stored;  // durable in the segments
};
struct ContentsAnswer {
  Outcome outcome;  // what came before a loss is kept: `lost` may have contents too, also some of `next`
  std::vector<FetchedContent> contents;
};
struct ContentsAsk {  // UID FETCH (BODY.PEEK[]), streamed into the segments, one sync at the end
  using Answer = ContentsAnswer;
  At at;
  std::vector<UpstreamUid> uids;
  std::vector<std::uint32_t> sizes = {};  // RFC822.SIZE of each, or empty: other bytes are asked for twice
  std::vector<UpstreamUid> next = {};     // as in MetadataAsk
};

// --- changing messages

struct StoreAnswer {
  Outcome outcome;
  std::vector<UidFlags> flags;  // what each message has after it; those not there are left out
};
struct StoreAsk {  // SELECT. UID STORE +FLAGS or -FLAGS, then UID FETCH (FLAGS) of those without an untagged answer
  using Answer = StoreAnswer;
  enum class Sign : std::uint8_t { add, remove };
  At at;
  std::vector<UpstreamUid> uids;
  Sign sign = Sign::add;
  store::FlagSet flags;
};

struct AppendAnswer {
  Outcome outcome;
  std::uint32_t uid_validity = 0;  // APPENDUID; 0: none
  UpstreamUid uid;
};
struct AppendAsk {  // streamed from Contents; a literal over 4 KB is a synchronising one
  using Answer = AppendAnswer;
  std::string mailbox;
  store::ContentNumber content;
  store::FlagSet flags;
  std::int64_t internal_date = 0;
  std::int16_t zone = 0;
};

struct TransferAnswer {
  Outcome outcome;
  std::uint32_t uid_validity = 0;  // COPYUID: of the target; 0: none
  std::vector<std::pair<UpstreamUid, UpstreamUid>>
      uids;  // (source, target), ascending source; bounded by what was asked
};
struct TransferAsk {  // UID COPY, or (SELECT) UID MOVE
  using Answer = TransferAnswer;
  enum class Verb : std::uint8_t { copy, move };
  At at;
  std::vector<UpstreamUid> uids;
  std::string to;
  Verb verb = Verb::copy;
};

struct PlainAnswer {
  Outcome outcome;
};
struct UidExpungeAsk {  // SELECT. UID EXPUNGE
  using Answer = PlainAnswer;
  At at;
  std::vector<UpstreamUid> uids;
};
struct ExpungeAsk {  // SELECT. EXPUNGE: everything that has \Deleted
  using Answer = PlainAnswer;
  At at;
};

// --- changing mailboxes; never pipelined. The driver leaves a mailbox that is selected (UNSELECT,
// or EXAMINE of another, never CLOSE) before it renames or deletes it.

struct CreateAsk {
  using Answer = PlainAnswer;
  std::string mailbox;
  store::SpecialUse special_use = store::SpecialUse::none;  // sent where CREATE-SPECIAL-USE is there
};
struct RenameAsk {
  using Answer = PlainAnswer;
  std::string from;
  std::string to;
};
struct DeleteAsk {
  using Answer = PlainAnswer;
  std::string mailbox;
};
struct SubscribeAsk {
  using Answer = PlainAnswer;
  std::string mailbox;
};
struct UnsubscribeAsk {
  using Answer = PlainAnswer;
  std::string mailbox;
};

using Ask = std::variant<ListAsk, StatusAsk, SelectAsk, ListUidsAsk, ChangesAsk, FlagsAsk, MetadataAsk, ContentsAsk,
                         StoreAsk, AppendAsk, TransferAsk, UidExpungeAsk, ExpungeAsk, CreateAsk, RenameAsk, DeleteAsk,
                         SubscribeAsk, UnsubscribeAsk>;

// Holds the Answer type of the ask that was pending; monostate only before the first ask. A driver
// may answer any ask with PlainAnswer where there is nothing but a bad outcome to tell.
using Answer =
    std::variant<std::monostate, ListAnswer, StatusAnswer, SelectAnswer, ListUidsAnswer, ChangesAnswer, FlagsAnswer,
                 MetadataAnswer, ContentsAnswer, StoreAnswer, AppendAnswer, TransferAnswer, PlainAnswer>;

}  // namespace satchel::sync
