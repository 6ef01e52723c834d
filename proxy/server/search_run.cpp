#include "proxy/server/search_run.hpp"

#include <algorithm>

#include "proxy/mime/limits.hpp"
#include "proxy/server/search_content.hpp"
#include "proxy/server/targets.hpp"
#include "store/on_pool.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t summaries_at_once = 500;
constexpr std::size_t fetched_at_once = 100;

class SearchRun {
 public:
  SearchRun(Session& session, const Condition& condition)
      : session_(session),
        condition_(condition),
        needs_(needs_of(condition)),
        now_(std::chrono::duration_cast<std::chrono::seconds>(session.context().clock->now().time_since_epoch())
                 .count()) {}

  awaitable<SearchOutcome> run();

 private:
  using Candidates = std::vector<Facts>;

  awaitable<void> need_rows();
  Candidates look_at_rows();
  awaitable<Candidates> look_at_summaries(Candidates candidates);
  awaitable<Candidates> look_at_some_summaries(Candidates some);
  awaitable<void> look_at_contents(Candidates candidates);
  awaitable<void> bring_contents(const Candidates& candidates);
  Facts facts_of(std::uint32_t index, const store::Message& row);
  void found(const Facts& facts);

  Session& session_;
  const Condition& condition_;
  SearchNeeds needs_;
  std::int64_t now_;
  SearchOutcome outcome_;
};

awaitable<void> SearchRun::need_rows() {
  if (!needs_.metadata) co_return;
  const MailboxView& view = session_.selected();
  std::vector<Uid> all;
  for (std::uint32_t index = 0; index < view.size(); ++index)
    if (!view.gone(view.uid_at(index))) all.push_back(view.uid_at(index));
  co_await need_metadata(session_, std::move(all));  // offline: those stay unknown
}

Facts SearchRun::facts_of(std::uint32_t index, const store::Message& row) {
  MailboxView& view = session_.selected();
  Facts facts;
  facts.number = SequenceNumber{index + 1};
  facts.row = row;
  facts.flags = view.flag_texts().set(row.effective);
  facts.recent = view.recent(row.uid);
  facts.now = now_;
  return facts;
}

void SearchRun::found(const Facts& facts) {
  outcome_.indexes.push_back(facts.number.value - 1);
  outcome_.highest = std::max(outcome_.highest, facts.row.modseq);
}

SearchRun::Candidates SearchRun::look_at_rows() {
  Candidates left;
  const MailboxView& view = session_.selected();
  for (std::uint32_t index = 0; index < view.size(); ++index) {
    const store::Message* row = view.message(view.uid_at(index));
    if (row == nullptr || view.gone(row->uid)) continue;
    Facts facts = facts_of(index, *row);
    const Truth value = evaluate(condition_, facts);
    if (value == Truth::yes) found(facts);
    if (value == Truth::unknown) left.push_back(std::move(facts));
  }
  return left;
}

// Which of `some` match, which don't, and which are to be looked at further.
awaitable<SearchRun::Candidates> SearchRun::look_at_some_summaries(Candidates some) {
  store::Contents& contents = session_.store().contents();
  std::vector<store::ContentNumber> numbers;
  for (const Facts& facts : some) numbers.push_back(facts.row.content);
  std::vector<store::ContentNumber> again = numbers;
  std::vector<Result<std::string>> envelopes, headers;
  if (needs_.envelope) envelopes = co_await contents.summaries(std::move(numbers), store::Contents::Part::envelope);
  if (needs_.header) headers = co_await contents.summaries(std::move(again), store::Contents::Part::header);
  const auto look = [&] {
    std::vector<Truth> values;
    for (std::size_t i = 0; i < some.size(); ++i) {
      Facts facts = some[i];
      std::optional<mime::SummaryView> summary;
      if (i < envelopes.size() && envelopes[i])
        if (auto opened = mime::SummaryView::open(*envelopes[i], {})) summary = *opened;
      if (summary) facts.summary = &*summary;
      if (i < headers.size() && headers[i]) facts.header = &*headers[i];
      facts.header_complete = facts.header != nullptr && facts.header->size() < mime::max_stored_header;
      values.push_back(evaluate(condition_, facts));
    }
    return values;
  };
  const std::vector<Truth> values = co_await store::on_pool(session_.context().pool, look);
  Candidates left;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (values[i] == Truth::yes) found(some[i]);
    if (values[i] == Truth::unknown) left.push_back(std::move(some[i]));
  }
  co_return left;
}

awaitable<SearchRun::Candidates> SearchRun::look_at_summaries(Candidates candidates) {
  Candidates left;
  for (std::size_t at = 0; at < candidates.size() && !session_.lost(); at += summaries_at_once) {
    const std::size_t end = std::min(at + summaries_at_once, candidates.size());
    Candidates some(std::make_move_iterator(candidates.begin() + std::ptrdiff_t(at)),
                    std::make_move_iterator(candidates.begin() + std::ptrdiff_t(end)));
    Candidates unknown = co_await look_at_some_summaries(std::move(some));
    std::move(unknown.begin(), unknown.end(), std::back_inserter(left));
  }
  co_return left;
}

awaitable<void> SearchRun::bring_contents(const Candidates& candidates) {
  const MailboxView& view = session_.selected();
  std::vector<Uid> missing;
  for (const Facts& facts : candidates)
    if (!session_.view().here(facts.row.content)) missing.push_back(facts.row.uid);
  if (missing.empty() || !session_.backfill().online(session_.account())) co_return;
  co_await session_.backfill().fetch_now(session_.account(), view.mailbox().id, std::move(missing), What::content);
  session_.catch_up();
}

awaitable<void> SearchRun::look_at_contents(Candidates candidates) {
  for (std::size_t at = 0; at < candidates.size() && !session_.lost(); at += fetched_at_once) {
    const std::size_t end = std::min(at + fetched_at_once, candidates.size());
    Candidates some(std::make_move_iterator(candidates.begin() + std::ptrdiff_t(at)),
                    std::make_move_iterator(candidates.begin() + std::ptrdiff_t(end)));
    co_await bring_contents(some);
    const std::vector<Truth> values = co_await look_into_contents(session_, condition_, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (values[i] == Truth::yes) found(some[i]);
      if (values[i] == Truth::unknown) ++outcome_.not_looked_into;
    }
  }
}

awaitable<SearchOutcome> SearchRun::run() {
  co_await need_rows();
  Candidates left = look_at_rows();
  if (needs_.envelope || needs_.header) left = co_await look_at_summaries(std::move(left));
  // What only the headers of a message that is not here can tell is asked for as well.
  if (needs_.envelope || needs_.header || needs_.content)
    co_await look_at_contents(std::move(left));
  else
    outcome_.not_looked_into += left.size();
  std::sort(outcome_.indexes.begin(), outcome_.indexes.end());
  co_return std::move(outcome_);
}

}  // namespace

awaitable<SearchOutcome> run_search(Session& session, Condition condition) {
  SearchRun run(session, condition);
  co_return co_await run.run();
}

}  // namespace satchel::server
