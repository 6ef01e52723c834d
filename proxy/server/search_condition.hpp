// A SEARCH key made ready for many messages: words folded, flags as bits, sets resolved; and its
// evaluation on what is known of a message so far (RFC 3501 section 6.4.4). Pure; may run on the
// pool while nobody changes it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proxy/imap/command.hpp"
#include "proxy/mime/structure.hpp"
#include "proxy/mime/summary.hpp"
#include "proxy/server/mailbox_view.hpp"

namespace satchel::server {

// unknown: more must be read to tell.
enum class Truth : std::uint8_t { no, yes, unknown };

struct Condition {
  imap::SearchKey::Kind kind = imap::SearchKey::Kind::all;
  store::FlagSet flag;  // flag, keyword
  std::string field;    // header
  std::string needle;   // folded
  std::int64_t number = 0;
  std::vector<imap::NumberRange> ranges;
  std::vector<Condition> children;
};

// What is to be read before every condition can be told.
struct SearchNeeds {
  bool metadata = false;
  bool envelope = false;  // day of the Date field
  bool header = false;    // fields
  bool content = false;   // BODY, TEXT
};

Condition compile(const imap::SearchKey& key, std::string_view charset, const MailboxView& view);
SearchNeeds needs_of(const Condition& condition);

struct Facts {
  SequenceNumber number;
  store::Message row;
  store::FlagSet flags;
  bool recent = false;
  std::int64_t now = 0;  // seconds since 1970
  const mime::SummaryView* summary = nullptr;
  const std::string* header = nullptr;
  bool header_complete = false;
  // The content: whole in memory, or what was found in it, for each BODY and TEXT.
  const std::string* content = nullptr;
  const mime::Structure* structure = nullptr;
  const std::map<const Condition*, bool>* found = nullptr;
};

Truth evaluate(const Condition& condition, const Facts& facts);

// BODY and TEXT in the tree.
void collect_text(const Condition& condition, std::vector<const Condition*>& into);

}  // namespace satchel::server
