// What is heard of untagged data while a question is answered, and the commands that ask for it. For
// proxy/account's own files: several questions may go out in one flight, and each takes what is for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proxy/imap/command.hpp"
#include "proxy/imap/response.hpp"
#include "proxy/sync/abilities.hpp"
#include "proxy/sync/ask.hpp"

namespace satchel::account {

// More than any mailbox that is planned for (design section 10): what is past it is a lie.
inline constexpr std::size_t most_messages = 10'000'000;

// Of all names that one LIST gives; each counts twice, since it is kept under our name too. A hundred thousand
// mailboxes with ordinary names and STATUS are half of it.
inline constexpr std::size_t most_name_bytes = 96 * 1024 * 1024;
inline constexpr std::size_t bytes_beside_name = 200;  // what is kept of a mailbox but for its names
inline constexpr const char* too_many_names = "there are more names than this computer is to hold.";

// objectid = 1*255(ALPHA / DIGIT / "_" / "-"), RFC 8474 section 7; in a response code it stands in brackets.
// Empty where the text is no such thing.
std::string object_id(std::string_view text);

// `odd_id` becomes true where MAILBOXID is something else than an id.
sync::StatusFigures figures_of(const imap::StatusData& data, bool& odd_id);

// LIST "" "*" with STATUS where the server gives it, and LSUB "" "*" beside it.
struct ListHeard {
  sync::ListAnswer answer;
  std::map<std::string, sync::StatusFigures> status;
  bool odd_ids = false;  // a MAILBOXID of STATUS is no such thing: then none of them is
  std::size_t bytes = 0;
  bool endless = false;  // more names than can be kept: the line is of no use

  void take(imap::Response& response);
  // The answer, each mailbox with its figures. Once.
  sync::ListAnswer finish();

 private:
  bool keeps(const std::string& name);
};
imap::List list_command(const sync::Abilities& can, std::vector<imap::StatusItem> status_items);
imap::Lsub lsub_command();

// UID SEARCH ALL.
struct UidsHeard {
  std::vector<std::uint32_t> uids;
  std::vector<imap::NumberRange> ranges;
  bool endless = false;  // names more than any mailbox holds: the line is of no use

  void take(imap::Response& response);
  // Ascending. Nothing where the ranges name more than `exists` messages: ranges cost nothing to send,
  // they are spelled out only where they name no more than there are.
  std::optional<std::vector<UpstreamUid>> finish(std::uint32_t exists);
};
imap::Search search_command(const sync::Abilities& can);

// Flags that came, and whether some could not be read: whose they were is not known.
struct FlagsHeard {
  std::vector<sync::UidFlags> flags;
  bool unreadable = false;

  void take(imap::Response& response);
  // Ascending, one a UID: what came last of it is what holds.
  std::vector<sync::UidFlags> finish();
};

// UID FETCH 1:* (FLAGS) (CHANGEDSINCE since [VANISHED]).
struct ChangesHeard {
  FlagsHeard flags;
  std::vector<sync::UidRange> vanished;
  bool endless = false;

  void take(imap::Response& response);
  void finish(sync::ChangesAnswer& answer);
};
imap::Fetch changes_command(const sync::Abilities& can, std::uint64_t since);

imap::FetchItem fetch_item(imap::FetchItem::Kind kind);
imap::SequenceSet to_set(const std::vector<UpstreamUid>& uids);

// A FETCH that answers our own command holds nothing but what was asked for and what servers add of
// themselves (UID, FLAGS, MODSEQ, ids). Any other was not asked for, and says nothing.
enum class Asked : std::uint8_t { flags, sizes, header, body };
bool answers(const imap::FetchData& data, Asked asked);

// Flags as upstream names them, \Recent left out.
store::FlagSet to_flag_set(const std::vector<std::string>& names);

}  // namespace satchel::account
