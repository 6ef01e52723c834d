// What a FETCH has to have at hand for its items, decided once for the whole command.
#pragma once

#include <vector>

#include "proxy/imap/fetch_item.hpp"

namespace satchel::server {

struct FetchNeeds {
  bool metadata = false;   // date, size, flags
  bool index = false;      // ENVELOPE, BODYSTRUCTURE, offsets of parts
  bool structure = false;  // of a whole content: BODY, BODYSTRUCTURE, parts
  bool header = false;     // the stored header
  bool content = false;    // the bytes
  bool sets_seen = false;
};

FetchNeeds needs_of(const std::vector<imap::FetchItem>& items);

// BODY[HEADER], BODY[HEADER.FIELDS ...] of the message itself: answered from the stored header.
bool from_header(const imap::FetchItem& item);
bool is_section(const imap::FetchItem& item);

}  // namespace satchel::server
