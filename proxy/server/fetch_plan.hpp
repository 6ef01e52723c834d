// What a FETCH needs of each message, told from its items (RFC 3501 section 6.4.5). A value; pure.
#pragma once

#include <vector>

#include "proxy/imap/command.hpp"
#include "proxy/mime/section.hpp"

namespace satchel::server {

// How much of a message must be here. Each includes those before it.
enum class Needs : std::uint8_t { listing, metadata, header, content };

struct FetchPlan {
  std::vector<imap::FetchItem> items;  // in the order of the answer
  Needs needs = Needs::listing;
  bool envelope = false;
  bool structure = false;  // BODYSTRUCTURE, places of parts
  bool header = false;     // the header, from where it is kept apart
  bool content = false;    // bytes of the content
  bool sets_seen = false;
  bool tells_flags = false;
  bool tells_mod_seq = false;
};

// `command` in a mailbox that may be written to or not: a read-only one keeps \Seen as it is.
enum class SeenRule : std::uint8_t { leave, set };
FetchPlan plan_fetch(const imap::Fetch& command, SeenRule seen);

// HEADER or HEADER.FIELDS of the message itself: answered without its content.
bool is_top_header(const imap::FetchItem& item);
bool is_section(const imap::FetchItem& item);  // and RFC822, RFC822.HEADER, RFC822.TEXT
bool is_whole(const imap::FetchItem& item);    // all bytes of the message
mime::Section section_of(const imap::FetchItem& item);

}  // namespace satchel::server
