#include "proxy/server/fetch_needs.hpp"

namespace satchel::server {

using Kind = imap::FetchItem::Kind;
using Specifier = imap::Section::Specifier;

bool is_section(const imap::FetchItem& item) {
  return item.kind == Kind::section || item.kind == Kind::rfc822 || item.kind == Kind::rfc822_header ||
         item.kind == Kind::rfc822_text;
}

bool from_header(const imap::FetchItem& item) {
  if (item.kind == Kind::rfc822_header) return true;
  if (item.kind != Kind::section || !item.section.part.empty()) return false;
  return item.section.specifier == Specifier::header || item.section.specifier == Specifier::header_fields ||
         item.section.specifier == Specifier::header_fields_not;
}

FetchNeeds needs_of(const std::vector<imap::FetchItem>& items) {
  FetchNeeds needs;
  for (const imap::FetchItem& item : items) {
    switch (item.kind) {
      case Kind::uid:
        break;
      case Kind::flags:
      case Kind::mod_seq:
      case Kind::internal_date:
      case Kind::size:
        needs.metadata = true;
        break;
      case Kind::envelope:
        needs.metadata = needs.index = true;
        break;
      case Kind::body:
      case Kind::body_structure:
        needs.metadata = needs.index = needs.structure = true;
        break;
      case Kind::section:
      case Kind::rfc822:
      case Kind::rfc822_header:
      case Kind::rfc822_text: {
        needs.metadata = true;
        const bool whole = item.kind == Kind::rfc822 || (item.kind == Kind::section && item.section.part.empty() &&
                                                         item.section.specifier == Specifier::none);
        if (from_header(item))
          needs.header = needs.index = true;
        else
          needs.content = true;
        if (!whole && !from_header(item)) needs.index = needs.structure = true;
        if (!item.peek && item.kind != Kind::rfc822_header) needs.sets_seen = true;
        break;
      }
      case Kind::email_id:
      case Kind::gmail_message_id:
        break;
    }
  }
  return needs;
}

}  // namespace satchel::server
