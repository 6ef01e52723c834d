#include "proxy/server/search_content.hpp"

#include "proxy/mime/text.hpp"
#include "proxy/server/fetch_load.hpp"
#include "store/on_pool.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t bytes_at_once = 2 * 1024 * 1024;
constexpr std::uint64_t piece_size = 512 * 1024;
constexpr std::uint64_t longest_header = 8 * 1024 * 1024;  // of a large message, for its fields

// What is stored beside a content.
struct Stored {
  std::string envelope;
  std::string structure;
};

// The whole header of a content in memory, or as much of it as is there.
std::string header_in(const std::string& content, const mime::SummaryView& summary) {
  return content.substr(0, summary.header_size());
}

Truth look(const Condition& condition, Facts facts, const Stored& stored, const std::string& content) {
  const auto summary = mime::SummaryView::open(stored.envelope, stored.structure);
  if (!summary) return Truth::unknown;
  const auto structure = summary->structure();
  if (!structure) return Truth::unknown;
  const std::string header = header_in(content, *summary);
  facts.summary = &*summary;
  facts.header = &header;
  facts.header_complete = true;
  facts.content = &content;
  facts.structure = &*structure;
  return evaluate(condition, facts);
}

class LargeContent {
 public:
  LargeContent(Session& session, const Condition& condition, Facts facts)
      : session_(session), condition_(condition), facts_(std::move(facts)) {}

  awaitable<Truth> look(Stored stored) {
    const auto summary = mime::SummaryView::open(stored.envelope, stored.structure);
    if (!summary) co_return Truth::unknown;
    const auto structure = summary->structure();
    if (!structure) co_return Truth::unknown;
    const auto header = co_await read(0, std::min(summary->header_size(), longest_header));
    if (!header) co_return Truth::unknown;
    std::vector<const Condition*> texts;
    collect_text(condition_, texts);
    std::map<const Condition*, bool> found;
    for (const Condition* text : texts) {
      const auto has = co_await contains(*text, *structure);
      if (!has) co_return Truth::unknown;
      found[text] = *has;
    }
    facts_.summary = &*summary;
    facts_.header = &*header;
    facts_.header_complete = true;
    facts_.found = &found;
    co_return evaluate(condition_, facts_);
  }

 private:
  awaitable<Result<std::string>> read(std::uint64_t offset, std::uint64_t length) {
    co_return co_await session_.store().contents().read(facts_.row.content, offset, length);
  }

  awaitable<Result<bool>> contains(const Condition& text, const mime::Structure& structure) {
    if (text.needle.empty()) co_return true;
    const auto scope = text.kind == imap::SearchKey::Kind::body ? mime::Scope::body : mime::Scope::text;
    mime::TextSearch search(text.needle);
    for (const mime::TextRange& range : mime::text_ranges(structure, scope)) {
      search.begin(range);
      for (std::uint64_t at = range.range.begin; at < range.range.end && !search.found(); at += piece_size) {
        const auto piece = co_await read(at, std::min(piece_size, range.range.end - at));
        if (!piece) co_return piece.error();
        const auto feed = [&search, &piece] {
          search.feed(*piece);
          return true;
        };
        co_await store::on_pool(session_.context().pool, feed);
      }
      search.end();
      if (search.found()) co_return true;
    }
    co_return false;
  }

  Session& session_;
  const Condition& condition_;
  Facts facts_;
};

}  // namespace

awaitable<std::vector<Truth>> look_into_contents(Session& session, const Condition& condition,
                                                 const std::vector<Facts>& candidates) {
  store::Contents& contents = session.store().contents();
  std::vector<Truth> values(candidates.size(), Truth::unknown);
  std::vector<store::ContentNumber> all;
  for (const Facts& facts : candidates) all.push_back(facts.row.content);
  std::vector<store::ContentNumber> again = all;
  auto envelopes = co_await contents.summaries(std::move(all), store::Contents::Part::envelope);
  auto structures = co_await contents.summaries(std::move(again), store::Contents::Part::structure);
  std::vector<Stored> stored(candidates.size());
  std::vector<std::size_t> small;
  for (std::size_t i = 0; i < candidates.size() && i < envelopes.size() && i < structures.size(); ++i) {
    if (!session.view().here(candidates[i].row.content) || !envelopes[i] || !structures[i]) continue;
    stored[i] = Stored{std::move(*envelopes[i]), std::move(*structures[i])};
    if (candidates[i].row.here.size < large_content) {
      small.push_back(i);
      continue;
    }
    LargeContent large(session, condition, candidates[i]);
    Stored beside = stored[i];
    values[i] = co_await large.look(std::move(beside));
  }
  for (std::size_t done = 0; done < small.size() && !session.lost();) {
    std::vector<store::ContentNumber> numbers;
    for (std::size_t i = done; i < small.size(); ++i) numbers.push_back(candidates[small[i]].row.content);
    const auto bytes = co_await contents.read_many(std::move(numbers), bytes_at_once);
    if (bytes.empty()) break;
    const auto look_at_all = [&] {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t place = small[done + i];
        if (bytes[i]) values[place] = look(condition, candidates[place], stored[place], *bytes[i]);
      }
      return true;
    };
    co_await store::on_pool(session.context().pool, look_at_all);
    done += bytes.size();
  }
  co_return values;
}

}  // namespace satchel::server
