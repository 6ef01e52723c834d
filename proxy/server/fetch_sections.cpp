#include "proxy/server/fetch_sections.hpp"

#include "proxy/mime/section.hpp"
#include "proxy/server/fetch_needs.hpp"

namespace satchel::server {
namespace {

constexpr std::uint64_t piece_size = 256 * 1024;
using Specifier = imap::Section::Specifier;

mime::Section to_mime(const imap::FetchItem& item) {
  mime::Section section;
  if (item.kind == imap::FetchItem::Kind::rfc822) return section;
  if (item.kind == imap::FetchItem::Kind::rfc822_text) {
    section.text = mime::SectionText::text;
    return section;
  }
  if (item.kind == imap::FetchItem::Kind::rfc822_header) {
    section.text = mime::SectionText::header;
    return section;
  }
  section.path = item.section.part;
  section.fields = item.section.fields;
  switch (item.section.specifier) {
    case Specifier::none:
      section.text = mime::SectionText::whole;
      break;
    case Specifier::header:
      section.text = mime::SectionText::header;
      break;
    case Specifier::header_fields:
      section.text = mime::SectionText::header_fields;
      break;
    case Specifier::header_fields_not:
      section.text = mime::SectionText::header_fields_not;
      break;
    case Specifier::text:
      section.text = mime::SectionText::text;
      break;
    case Specifier::mime:
      section.text = mime::SectionText::mime;
      break;
  }
  return section;
}

bool filters(const mime::Section& section) {
  return section.text == mime::SectionText::header_fields || section.text == mime::SectionText::header_fields_not;
}

// Beyond the end it is "".
std::string_view part_of(std::string_view bytes, const std::optional<imap::Partial>& partial) {
  if (!partial) return bytes;
  if (partial->offset >= bytes.size()) return {};
  return bytes.substr(std::size_t(partial->offset),
                      std::size_t(std::min<std::uint64_t>(partial->length, bytes.size())));
}

awaitable<Result<std::string>> read(Session& session, const MessageParts& parts, mime::Range range) {
  if (parts.content)
    co_return parts.content->substr(std::min<std::size_t>(range.begin, parts.content->size()),
                                    std::size_t(range.end - range.begin));
  co_return co_await session.store().contents().read(parts.message->content, range.begin, range.end - range.begin);
}

// A stretch that is not in memory: announced, then piece by piece. After the announcement an error ends the line.
awaitable<Result<>> stream_range(Session& session, imap::FetchWriter& fetch, const imap::FetchItem& item,
                                 const MessageParts& parts, mime::Range range) {
  store::Contents& contents = session.store().contents();
  auto first =
      co_await contents.read(parts.message->content, range.begin, std::min(piece_size, range.end - range.begin));
  if (!first) co_return first.error();
  fetch.section_head(item, range.end - range.begin);
  session.out() += *first;
  for (std::uint64_t at = range.begin + first->size(); at < range.end;) {
    const bool sent = co_await session.flush_when_full();
    if (!sent) co_return Result<>{};
    const auto piece = co_await contents.read(parts.message->content, at, std::min(piece_size, range.end - at));
    if (!piece || piece->empty()) {
      session.give_up();
      co_return piece ? fail(ErrorCode::corrupt, "A message is shorter than it was.") : piece.error();
    }
    session.out() += *piece;
    at += piece->size();
  }
  co_return Result<>{};
}

}  // namespace

awaitable<Result<>> write_section(Session& session, imap::FetchWriter& fetch, const imap::FetchItem& item,
                                  const MessageParts& parts) {
  const mime::Section section = to_mime(item);
  const bool whole = section.path.empty() && section.text == mime::SectionText::whole;
  mime::Range range{0, parts.content_size};
  if (whole && parts.content) {
    fetch.section(item, part_of(*parts.content, item.partial));
    co_return Result<>{};
  }
  if (!whole) {
    const auto view = mime::SummaryView::open(parts.index);
    if (!view) co_return view.error();
    if (from_header(item) && view->header_complete()) {
      if (filters(section)) {
        const std::string filtered = mime::filter_header(parts.header, section);
        fetch.section(item, part_of(filtered, item.partial));
      } else {
        fetch.section(item, part_of(parts.header, item.partial));
      }
      co_return Result<>{};
    }
    const auto structure = view->structure();
    if (!structure) co_return structure.error();
    const auto found = mime::locate(*structure, section);
    if (!found) {
      fetch.section_nil(item);
      co_return Result<>{};
    }
    range = *found;
  }
  if (filters(section)) {
    const auto header = co_await read(session, parts, range);
    if (!header) co_return header.error();
    const std::string filtered = mime::filter_header(*header, section);
    fetch.section(item, part_of(filtered, item.partial));
    co_return Result<>{};
  }
  if (parts.content) {
    const std::string_view bytes = *parts.content;
    const std::string_view found =
        bytes.substr(std::min<std::size_t>(range.begin, bytes.size()), std::size_t(range.end - range.begin));
    fetch.section(item, part_of(found, item.partial));
    co_return Result<>{};
  }
  if (item.partial) {
    range.begin = std::min(range.begin + item.partial->offset, range.end);
    range.end = std::min(range.end, range.begin + item.partial->length);
  }
  if (range.begin == range.end) {
    fetch.section(item, {});
    co_return Result<>{};
  }
  co_return co_await stream_range(session, fetch, item, parts, range);
}

}  // namespace satchel::server
