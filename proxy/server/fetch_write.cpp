#include "proxy/server/fetch_write.hpp"

#include "proxy/imap/response_writer.hpp"
#include "proxy/mime/limits.hpp"
#include "proxy/mime/summary.hpp"

namespace satchel::server {
namespace {

using Kind = imap::FetchItem::Kind;

constexpr std::uint64_t piece_size = 512 * 1024;
constexpr std::uint64_t longest_filtered_header = 32 * 1024 * 1024;  // HEADER.FIELDS of more looks at this much

// Where the bytes of an item come from.
struct Source {
  enum class From : std::uint8_t { nothing, text, content };
  From from = From::nothing;  // nothing: NIL
  std::string_view text;      // with From::text
  std::string made;           // what `text` looks at, where it was made for this
  mime::Range range;          // with From::content: not in memory
};

imap::DateTime sendable(const store::Message& row) {
  imap::DateTime time{row.here.date, row.zone};
  if (time.seconds < 0 || time.seconds + time.zone * 60 < 0) time = imap::DateTime{};
  return time;
}

mime::Range cut(mime::Range range, const std::optional<imap::Partial>& partial) {
  if (!partial) return range;
  range.begin += std::min(partial->offset, range.size());
  range.end = range.begin + std::min(partial->length, range.size());
  return range;
}

std::string_view cut(std::string_view text, const std::optional<imap::Partial>& partial) {
  const mime::Range range = cut(mime::Range{0, text.size()}, partial);
  return text.substr(range.begin, range.size());
}

class MessageWriter {
 public:
  MessageWriter(Session& session, const FetchPlan& plan, FetchedMessage& one)
      : session_(session), plan_(plan), one_(one) {}

  awaitable<void> write_with_sections();
  void write_without_sections();

 private:
  Result<> open();
  awaitable<Result<std::vector<Source>>> find_all();
  awaitable<Result<Source>> find(const imap::FetchItem& item);
  awaitable<Result<Source>> find_long_header(const imap::FetchItem& item);
  awaitable<Result<Source>> find_range(const imap::FetchItem& item, mime::Range range);
  awaitable<Result<std::string>> bytes(mime::Range range);
  void write_plain(imap::FetchWriter& fetch, const imap::FetchItem& item);
  void write_seen(imap::FetchWriter& fetch);
  void write_source(imap::FetchWriter& fetch, const imap::FetchItem& item, const Source& source);
  awaitable<void> stream(mime::Range range);

  Session& session_;
  const FetchPlan& plan_;
  FetchedMessage& one_;
  std::optional<mime::SummaryView> summary_;
  std::optional<mime::Structure> structure_;
  std::uint64_t size_ = 0;
  bool on_disk_ = false;  // the content is not in memory
};

Result<> MessageWriter::open() {
  auto summary = mime::SummaryView::open(one_.envelope, one_.structure);
  if (!summary) return summary.error();
  if ((plan_.envelope && summary->envelope().empty()) || (plan_.structure && summary->body().empty()))
    return fail(ErrorCode::corrupt, "What is stored of a message is empty.");
  summary_ = std::move(*summary);
  return {};
}

awaitable<Result<std::string>> MessageWriter::bytes(mime::Range range) {
  if (!on_disk_) co_return one_.content.substr(std::min<std::uint64_t>(range.begin, one_.content.size()), range.size());
  co_return co_await session_.store().contents().read(one_.row.content, range.begin, range.size());
}

awaitable<Result<Source>> MessageWriter::find_range(const imap::FetchItem& item, mime::Range range) {
  Source source;
  const mime::Section section = section_of(item);
  if (section.text == mime::SectionText::header_fields || section.text == mime::SectionText::header_fields_not) {
    range.end = std::min(range.end, range.begin + longest_filtered_header);
    const auto header = co_await bytes(range);
    if (!header) co_return header.error();
    source.from = Source::From::text;
    source.made = mime::filter_header(*header, section);
    co_return std::move(source);
  }
  source.range = cut(range, item.partial);
  source.from = Source::From::content;
  if (on_disk_) co_return std::move(source);
  if (source.range.end > one_.content.size())
    co_return fail(ErrorCode::corrupt, "A part lies behind the message's end.");
  source.from = Source::From::text;
  source.text = std::string_view(one_.content).substr(source.range.begin, source.range.size());
  co_return std::move(source);
}

// Only the beginning of a very long header is kept apart: the rest is in the content.
awaitable<Result<Source>> MessageWriter::find_long_header(const imap::FetchItem& item) {
  std::vector<store::ContentNumber> numbers = {one_.row.content};
  auto envelopes = co_await session_.store().contents().summaries(std::move(numbers), store::Contents::Part::envelope);
  if (envelopes.empty()) co_return fail(ErrorCode::unavailable, "");
  if (!envelopes.front()) co_return envelopes.front().error();
  const auto summary = mime::SummaryView::open(*envelopes.front(), {});
  if (!summary) co_return summary.error();
  if (!session_.view().here(one_.row.content)) co_return fail(ErrorCode::unavailable, "The header is not here whole.");
  on_disk_ = true;
  auto source = co_await find_range(item, mime::Range{0, summary->header_size()});
  on_disk_ = one_.large;
  co_return source;
}

awaitable<Result<Source>> MessageWriter::find(const imap::FetchItem& item) {
  const mime::Section section = section_of(item);
  if (is_top_header(item) && one_.header.size() < mime::max_stored_header) {
    Source source;
    source.from = Source::From::text;
    source.text = one_.header;
    if (section.text != mime::SectionText::header) source.made = mime::filter_header(one_.header, section);
    co_return std::move(source);
  }
  if (is_top_header(item)) co_return co_await find_long_header(item);
  if (is_whole(item)) co_return co_await find_range(item, mime::Range{0, size_});
  if (!structure_) {
    auto structure = summary_->structure();
    if (!structure) co_return structure.error();
    structure_ = std::move(*structure);
  }
  const auto range = mime::locate(*structure_, section);
  if (!range) co_return Source{};
  co_return co_await find_range(item, *range);
}

void MessageWriter::write_plain(imap::FetchWriter& fetch, const imap::FetchItem& item) {
  switch (item.kind) {
    case Kind::uid:
      return fetch.uid(one_.row.uid.value);
    case Kind::flags:
      return fetch.flags_text(session_.selected().flags_text(one_.row));
    case Kind::internal_date:
      return fetch.internal_date(sendable(one_.row));
    case Kind::size:
      return fetch.size(one_.row.here.size);
    case Kind::mod_seq:
      return fetch.mod_seq(one_.row.modseq.value);
    case Kind::envelope:
      return fetch.ready_item("ENVELOPE", summary_->envelope());
    case Kind::body:
      return fetch.ready_item("BODY", summary_->body());
    case Kind::body_structure:
      return fetch.ready_item("BODYSTRUCTURE", summary_->bodystructure());
    default:
      return;
  }
}

// The flag that this FETCH set is told where nothing else tells it; so is the MODSEQ (RFC 7162 section 3.2).
void MessageWriter::write_seen(imap::FetchWriter& fetch) {
  if (!plan_.tells_flags) fetch.flags_text(session_.selected().flags_text(one_.row));
  if (session_.mod_seqs() == ModSeqs::tell && !plan_.tells_mod_seq) fetch.mod_seq(one_.row.modseq.value);
}

void MessageWriter::write_source(imap::FetchWriter& fetch, const imap::FetchItem& item, const Source& source) {
  if (source.from == Source::From::nothing) return fetch.section_nil(item);
  if (source.from == Source::From::content && source.range.size() != 0)
    return fetch.section_head(item, source.range.size());
  const std::string_view text = source.made.empty() ? source.text : std::string_view(source.made);
  // A range of the content is cut already.
  const bool cut_before = source.made.empty() && !is_top_header(item);
  fetch.section(item, cut_before ? text : cut(text, item.partial));
}

// The literal is announced: if its bytes cannot be had now, the connection cannot go on.
awaitable<void> MessageWriter::stream(mime::Range range) {
  while (range.size() != 0) {
    const std::uint64_t count = std::min(range.size(), piece_size);
    const auto piece = co_await session_.store().contents().read(one_.row.content, range.begin, count);
    if (!piece || piece->size() != count) {
      session_.give_up();
      co_return;
    }
    session_.out() += *piece;
    if (!co_await session_.flush()) co_return;
    range.begin += count;
  }
}

awaitable<Result<std::vector<Source>>> MessageWriter::find_all() {
  std::vector<Source> sources;
  on_disk_ = one_.large;
  size_ = one_.content.size();
  if (one_.large && plan_.content) {
    const auto size = co_await session_.store().contents().size(one_.row.content);
    if (!size) co_return size.error();
    size_ = *size;
  }
  for (const imap::FetchItem& item : plan_.items) {
    if (!is_section(item)) continue;
    auto source = co_await find(item);
    if (!source) co_return source.error();
    sources.push_back(std::move(*source));
  }
  co_return std::move(sources);
}

awaitable<void> MessageWriter::write_with_sections() {
  Result<> opened = open();
  auto sources = co_await find_all();
  if (!opened || !sources) {
    one_.trouble = opened ? sources.error().code : opened.error().code;
    co_return;
  }
  imap::FetchWriter fetch(session_.out(), one_.number.value);
  auto source = sources->begin();
  for (const imap::FetchItem& item : plan_.items) {
    if (!is_section(item)) {
      write_plain(fetch, item);
      continue;
    }
    write_source(fetch, item, *source);
    if (source->from == Source::From::content) co_await stream(source->range);
    ++source;
  }
  if (one_.seen_now) write_seen(fetch);
  fetch.finish();
}

void MessageWriter::write_without_sections() {
  if (const auto opened = open(); !opened) {
    one_.trouble = opened.error().code;
    return;
  }
  imap::FetchWriter fetch(session_.out(), one_.number.value);
  for (const imap::FetchItem& item : plan_.items) write_plain(fetch, item);
  fetch.finish();
}

}  // namespace

bool has_sections(const FetchPlan& plan) {
  return plan.header || plan.content;
}

void write_message_at_once(Session& session, const FetchPlan& plan, FetchedMessage& one) {
  MessageWriter(session, plan, one).write_without_sections();
}

awaitable<void> write_message(Session& session, const FetchPlan& plan, FetchedMessage& one) {
  MessageWriter writer(session, plan, one);
  co_await writer.write_with_sections();
}

}  // namespace satchel::server
