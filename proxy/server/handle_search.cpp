// SEARCH, UID SEARCH (RFC 3501 section 6.4.4), with RETURN (RFC 4731) and MODSEQ (RFC 7162).
#include <algorithm>

#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"
#include "proxy/mime/text.hpp"
#include "proxy/server/search_eval.hpp"
#include "proxy/server/targets.hpp"
#include "store/on_pool.hpp"

namespace satchel::server {
namespace {

using Kind = imap::SearchKey::Kind;
constexpr std::size_t batch_messages = 256;
constexpr std::size_t batch_bytes = 8 * 1024 * 1024;

const char* field_of(Kind kind) {
  switch (kind) {
    case Kind::from:
      return "From";
    case Kind::to:
      return "To";
    case Kind::cc:
      return "Cc";
    case Kind::bcc:
      return "Bcc";
    case Kind::subject:
      return "Subject";
    default:
      return "";
  }
}

SearchTerm make_term(const imap::SearchKey& key, const MailboxView& view, const std::string& charset) {
  SearchTerm term;
  term.kind = key.kind;
  term.flag = key.flag;
  term.field = key.kind == Kind::header ? key.field : field_of(key.kind);
  term.needle = mime::fold_needle(key.text, charset);
  term.number = key.number;
  if (key.kind == Kind::sequence) term.ranges = view.resolve(key.set, Numbering::sequence);
  if (key.kind == Kind::uid) term.ranges = view.resolve(key.set, Numbering::uid);
  for (const imap::SearchKey& child : key.children) term.children.push_back(make_term(child, view, charset));
  return term;
}

bool mentions(const imap::SearchKey& key, Kind kind) {
  return key.kind == kind || std::any_of(key.children.begin(), key.children.end(),
                                         [kind](const imap::SearchKey& child) { return mentions(child, kind); });
}

bool in_range(const imap::SearchKey& key, const MailboxView& view) {
  if (key.kind == Kind::sequence && !view.in_range(key.set)) return false;
  return std::all_of(key.children.begin(), key.children.end(),
                     [&view](const imap::SearchKey& child) { return in_range(child, view); });
}

bool known_charset(const std::string& charset) {
  for (const char* known :
       {"", "US-ASCII", "ASCII", "UTF-8", "UTF8", "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252", "KOI8-R", "ISO-2022-JP",
        "SHIFT_JIS", "EUC-JP", "EUC-KR", "GB2312", "GBK", "GB18030", "BIG5", "WINDOWS-1251"})
    if (imap::equal_without_case(charset, known)) return true;
  return false;
}

// A message that the rows alone did not decide.
struct Open {
  std::uint32_t index = 0;
  store::Message message;
  store::FlagSet flags;
  bool recent = false;
};

class Searcher {
 public:
  Searcher(Session& session, SearchTerm term)
      : session_(session),
        term_(std::move(term)),
        now_(std::chrono::duration_cast<std::chrono::seconds>(session.context().clock->now().time_since_epoch())
                 .count()) {}

  awaitable<Result<>> run() {
    look_at_rows();
    if (open_.empty()) co_return Result<>{};
    co_await bring_open();
    std::size_t at = 0;
    while (at < open_.size()) {
      const auto taken = co_await look_at_batch(at);
      at += taken;
    }
    std::sort(found_.begin(), found_.end());
    co_return Result<>{};
  }

  const std::vector<std::uint32_t>& found() const { return found_; }  // indexes, ascending
  std::size_t not_looked_into() const { return blind_; }

 private:
  SearchSubject subject_of(const Open& one) const {
    SearchSubject subject;
    subject.sequence_number = one.index + 1;
    subject.message = &one.message;
    subject.flags = &one.flags;
    subject.recent = one.recent;
    return subject;
  }

  void look_at_rows() {
    MailboxView& view = session_.selected();
    for (std::uint32_t index = 0; index < view.size(); ++index) {
      const Uid uid = view.uid_at(index);
      const store::Message* message = view.message(uid);
      if (message == nullptr || view.gone(uid)) continue;
      SearchSubject subject;
      subject.sequence_number = index + 1;
      subject.message = message;
      subject.flags = &view.flag_texts().set(message->effective);
      subject.recent = view.recent(uid);
      const Truth result = evaluate(term_, subject, now_);
      if (result == Truth::yes) found_.push_back(index);
      if (result == Truth::unknown) open_.push_back({index, *message, *subject.flags, subject.recent});
    }
  }

  // What is not here is asked for; offline those messages are counted instead.
  awaitable<void> bring_open() {
    const bool content = needs_content(term_);
    std::vector<Uid> absent;
    for (const Open& one : open_) {
      const bool here = session_.view().here(one.message.content);
      if (!here && (content || !one.message.header)) absent.push_back(one.message.uid);
    }
    if (absent.empty()) co_return;
    if (session_.backfill().online(session_.account()))
      (void)co_await session_.backfill().fetch_now(session_.account(), session_.selected().mailbox().id,
                                                   std::move(absent), content ? What::content : What::metadata);
    (void)session_.catch_up();
  }

  // Reads headers, then contents of those still open, and decides on the pool. Returns how many were looked at.
  awaitable<std::size_t> look_at_batch(std::size_t at) {
    store::Contents& contents = session_.store().contents();
    const bool with_content = needs_content(term_);
    std::vector<store::ContentNumber> numbers;
    std::uint64_t bytes = 0;
    while (at + numbers.size() < open_.size() && numbers.size() < batch_messages &&
           (bytes < batch_bytes || numbers.empty())) {
      const store::Message& message = open_[at + numbers.size()].message;
      if (with_content) bytes += message.here.size;
      numbers.push_back(message.content);
    }
    auto indexes = co_await contents.summaries(numbers, store::Contents::Part::index);
    auto headers = co_await contents.summaries(numbers, store::Contents::Part::header);
    std::vector<Result<std::string>> bodies;
    if (with_content) bodies = co_await contents.read_many(numbers, 4 * batch_bytes);
    const std::size_t count =
        with_content ? std::max<std::size_t>(1, std::min(bodies.size(), numbers.size())) : numbers.size();
    const auto decide = [&] {
      std::vector<Truth> results;
      for (std::size_t i = 0; i < count; ++i) {
        SearchSubject subject = subject_of(open_[at + i]);
        if (indexes[i]) subject.index = *indexes[i];
        if (headers[i]) subject.header = *headers[i];
        if (i < bodies.size() && bodies[i]) subject.content = *bodies[i];
        results.push_back(evaluate(term_, subject, now_));
      }
      return results;
    };
    const std::vector<Truth> results = co_await store::on_pool(*session_.context().pool, decide);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i] == Truth::yes) found_.push_back(open_[at + i].index);
      if (results[i] == Truth::unknown) ++blind_;
    }
    co_return count;
  }

  Session& session_;
  SearchTerm term_;
  std::int64_t now_;
  std::vector<std::uint32_t> found_;
  std::vector<Open> open_;
  std::size_t blind_ = 0;
};

std::vector<std::uint32_t> numbers_of(const MailboxView& view, const std::vector<std::uint32_t>& indexes, bool uid) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(indexes.size());
  for (const std::uint32_t index : indexes) numbers.push_back(uid ? view.uid_at(index).value : index + 1);
  return numbers;
}

// Highest MODSEQ of what was found (RFC 7162 section 3.1.5).
std::uint64_t highest(const MailboxView& view, const std::vector<std::uint32_t>& indexes) {
  std::uint64_t highest = 0;
  for (const std::uint32_t index : indexes)
    if (const store::Message* message = view.message(view.uid_at(index)))
      highest = std::max(highest, message->modseq.value);
  return highest;
}

void write_result(Session& session, const imap::Search& command, std::vector<std::uint32_t> numbers,
                  std::uint64_t mod_seq) {
  if (!command.extended) {
    imap::SearchData data;
    data.numbers = std::move(numbers);
    data.mod_seq = data.numbers.empty() ? 0 : mod_seq;
    imap::write_search(session.out(), data);
    return;
  }
  imap::EsearchData data;
  data.tag = session.tag();
  data.uid = command.uid;
  if (command.return_count) data.count = std::uint32_t(numbers.size());
  if (!numbers.empty()) {
    if (command.return_min) data.min = numbers.front();
    if (command.return_max) data.max = numbers.back();
    data.mod_seq = mod_seq;
    if (command.return_all) data.all = imap::SequenceSet::of(std::move(numbers));
  }
  imap::write_esearch(session.out(), data);
}

}  // namespace

awaitable<Answer> handle_search(Session& session, imap::Search command) {
  if (!known_charset(command.charset))
    co_return no("BADCHARSET (UTF-8 US-ASCII ISO-8859-1)", "This charset is not known here.");
  if (!in_range(command.key, session.selected())) co_return bad("There is no message of that number.");
  const bool by_mod_seq = mentions(command.key, Kind::mod_seq);
  if (by_mod_seq) session.enable_condstore();
  Searcher searcher(session, make_term(command.key, session.selected(), command.charset));
  const auto searched = co_await searcher.run();
  if (!searched) co_return answer_for(searched.error());
  MailboxView& view = session.selected();
  const std::uint64_t mod_seq = by_mod_seq ? highest(view, searcher.found()) : 0;
  write_result(session, command, numbers_of(view, searcher.found(), command.uid), mod_seq);
  if (searcher.not_looked_into() == 0) co_return ok("Searched.");
  co_return ok("Searched; " + std::to_string(searcher.not_looked_into()) +
               " messages could not be looked into, as they are not on this computer yet.");
}

}  // namespace satchel::server
