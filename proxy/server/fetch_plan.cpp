#include "proxy/server/fetch_plan.hpp"

#include <algorithm>

namespace satchel::server {
namespace {

using Kind = imap::FetchItem::Kind;
using Specifier = imap::Section::Specifier;

bool filters_fields(Specifier specifier) {
  return specifier == Specifier::header_fields || specifier == Specifier::header_fields_not;
}

mime::SectionText text_of(Specifier specifier) {
  switch (specifier) {
    case Specifier::none:
      return mime::SectionText::whole;
    case Specifier::header:
      return mime::SectionText::header;
    case Specifier::header_fields:
      return mime::SectionText::header_fields;
    case Specifier::header_fields_not:
      return mime::SectionText::header_fields_not;
    case Specifier::text:
      return mime::SectionText::text;
    case Specifier::mime:
      break;
  }
  return mime::SectionText::mime;
}

Needs needs_of(const imap::FetchItem& item) {
  if (is_top_header(item) || item.kind == Kind::envelope) return Needs::header;
  if (is_section(item) || item.kind == Kind::body || item.kind == Kind::body_structure) return Needs::content;
  return item.kind == Kind::uid ? Needs::listing : Needs::metadata;
}

void add_item(FetchPlan& plan, const imap::FetchItem& item) {
  plan.items.push_back(item);
  plan.needs = std::max(plan.needs, needs_of(item));
  plan.header |= is_top_header(item);
  plan.content |= is_section(item) && !is_top_header(item);
  plan.envelope |= item.kind == Kind::envelope;
  plan.structure |= item.kind == Kind::body || item.kind == Kind::body_structure ||
                    (is_section(item) && !is_top_header(item) && !is_whole(item));
  plan.tells_flags |= item.kind == Kind::flags;
  plan.tells_mod_seq |= item.kind == Kind::mod_seq;
}

bool sets_seen(const imap::FetchItem& item) {
  return is_section(item) && item.kind != Kind::rfc822_header && !item.peek;
}

imap::FetchItem bare(Kind kind) {
  imap::FetchItem item;
  item.kind = kind;
  return item;
}

bool has(const std::vector<imap::FetchItem>& items, Kind kind) {
  return std::any_of(items.begin(), items.end(), [kind](const imap::FetchItem& item) { return item.kind == kind; });
}

}  // namespace

bool is_section(const imap::FetchItem& item) {
  return item.kind == Kind::section || item.kind == Kind::rfc822 || item.kind == Kind::rfc822_header ||
         item.kind == Kind::rfc822_text;
}

bool is_top_header(const imap::FetchItem& item) {
  if (item.kind == Kind::rfc822_header) return true;
  return item.kind == Kind::section && item.section.part.empty() &&
         (item.section.specifier == Specifier::header || filters_fields(item.section.specifier));
}

bool is_whole(const imap::FetchItem& item) {
  return item.kind == Kind::rfc822 ||
         (item.kind == Kind::section && item.section.part.empty() && item.section.specifier == Specifier::none);
}

mime::Section section_of(const imap::FetchItem& item) {
  mime::Section section;
  if (item.kind == Kind::rfc822_header) section.text = mime::SectionText::header;
  if (item.kind == Kind::rfc822_text) section.text = mime::SectionText::text;
  if (item.kind != Kind::section) return section;
  section.path = item.section.part;
  section.text = text_of(item.section.specifier);
  section.fields = item.section.fields;
  return section;
}

FetchPlan plan_fetch(const imap::Fetch& command, SeenRule seen) {
  FetchPlan plan;
  if (command.uid && !has(command.items, Kind::uid)) add_item(plan, bare(Kind::uid));
  for (const imap::FetchItem& item : command.items) {
    const bool again = std::find(plan.items.begin(), plan.items.end(), item) != plan.items.end();
    if (!again) add_item(plan, item);
    plan.sets_seen |= seen == SeenRule::set && sets_seen(item);
  }
  if (command.changed_since && !has(command.items, Kind::mod_seq)) add_item(plan, bare(Kind::mod_seq));
  return plan;
}

}  // namespace satchel::server
