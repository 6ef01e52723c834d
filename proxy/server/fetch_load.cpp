#include "proxy/server/fetch_load.hpp"

#include <algorithm>

#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t rows_at_once = 4096;
constexpr std::size_t summaries_at_once = 500;
constexpr std::uint64_t content_at_once = 2 * 1024 * 1024;
constexpr std::uint64_t weight_of_a_message = 4 * 1024;  // so that a run of empty messages ends too

bool is_here(const store::View& view, const store::Message& row, Needs needs) {
  switch (needs) {
    case Needs::listing:
      return true;
    case Needs::metadata:
      return row.metadata;
    case Needs::header:
      return row.metadata && (row.header || view.here(row.content));
    case Needs::content:
      break;
  }
  return row.metadata && view.here(row.content);
}

// Brings what is missing; what is missing after that is found by the caller.
awaitable<void> bring(Session& session, const FetchPlan& plan, const std::vector<Uid>& uids) {
  const MailboxView& view = session.selected();
  std::vector<Uid> missing;
  for (const Uid uid : uids) {
    const store::Message* row = view.message(uid);
    if (row != nullptr && !view.gone(uid) && !is_here(session.view(), *row, plan.needs)) missing.push_back(uid);
  }
  if (missing.empty()) co_return;
  const What what = plan.needs == Needs::content ? What::content : What::metadata;
  co_await session.backfill().fetch_now(session.account(), view.mailbox().id, std::move(missing), what);
  session.catch_up();
}

// Mail is read even where \Seen cannot be kept (a full disk).
awaitable<std::vector<Uid>> set_seen(Session& session, const FetchPlan& plan, const std::vector<Uid>& uids) {
  std::vector<Uid> unseen;
  MailboxView& view = session.selected();
  for (const Uid uid : uids) {
    const store::Message* row = view.message(uid);
    if (row != nullptr && !view.gone(uid) && is_here(session.view(), *row, plan.needs) &&
        !view.flag_texts().set(row->effective).has(store::SystemFlag::seen))
      unseen.push_back(uid);
  }
  if (unseen.empty()) co_return unseen;
  store::FlagSet seen;
  seen.add(store::SystemFlag::seen);
  const store::MailboxId mailbox = view.mailbox().id;
  store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
    const auto left = store::store_flags(tx, mailbox, unseen, store::FlagChange::add, seen, std::nullopt);
    if (!left) return left.error();
    return {};
  };
  const auto done = co_await session.change(std::move(change));
  if (!done) unseen.clear();
  co_return unseen;
}

FetchedRun rows_of(Session& session, const FetchPlan& plan, const std::vector<std::uint32_t>& indexes) {
  const MailboxView& view = session.selected();
  FetchedRun run(indexes.size());
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    FetchedMessage& one = run[i];
    const Uid uid = view.uid_at(indexes[i]);
    one.number = SequenceNumber{indexes[i] + 1};
    const store::Message* row = view.message(uid);
    if (row == nullptr) {
      one.trouble = ErrorCode::unavailable;
      continue;
    }
    one.row = *row;
    if (!is_here(session.view(), *row, plan.needs))
      one.trouble = view.gone(uid) ? ErrorCode::not_found : ErrorCode::unavailable;
    one.large = row->here.size >= large_content;
  }
  return run;
}

// The flags of these rows are what the client will know: what changes later is told later.
void note_told(Session& session, const FetchPlan& plan, const FetchedRun& run) {
  const bool tells = plan.tells_flags && (plan.tells_mod_seq || session.mod_seqs() == ModSeqs::leave_out);
  if (!tells && !plan.sets_seen) return;
  std::vector<Uid> told;
  for (const FetchedMessage& one : run)
    if (!one.trouble && (tells || one.seen_now)) told.push_back(one.row.uid);
  session.selected().told_flags(told);
}

std::vector<std::size_t> readable(const FetchedRun& run) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < run.size(); ++i)
    if (!run[i].trouble) places.push_back(i);
  return places;
}

std::vector<store::ContentNumber> numbers_of(const FetchedRun& run, const std::vector<std::size_t>& places,
                                             std::size_t from) {
  std::vector<store::ContentNumber> numbers;
  for (std::size_t i = from; i < places.size(); ++i) numbers.push_back(run[places[i]].row.content);
  return numbers;
}

// Not found: swept away meanwhile, or never here.
void keep(FetchedMessage& one, std::string FetchedMessage::*into, Result<std::string> result) {
  if (result)
    one.*into = std::move(*result);
  else
    one.trouble = result.error().code == ErrorCode::not_found ? ErrorCode::unavailable : result.error().code;
}

awaitable<void> load_summaries(Session& session, FetchedRun& run, store::Contents::Part part,
                               std::string FetchedMessage::*into) {
  const std::vector<std::size_t> places = readable(run);
  if (places.empty()) co_return;
  auto numbers = numbers_of(run, places, 0);
  auto results = co_await session.store().contents().summaries(std::move(numbers), part);
  for (std::size_t i = 0; i < places.size() && i < results.size(); ++i)
    keep(run[places[i]], into, std::move(results[i]));
}

awaitable<void> load_contents(Session& session, FetchedRun& run) {
  std::vector<std::size_t> places = readable(run);
  std::erase_if(places, [&run](std::size_t place) { return run[place].large; });
  for (std::size_t done = 0; done < places.size();) {
    auto numbers = numbers_of(run, places, done);
    auto results = co_await session.store().contents().read_many(std::move(numbers), content_at_once);
    if (results.empty()) break;
    for (auto& result : results) keep(run[places[done++]], &FetchedMessage::content, std::move(result));
  }
}

}  // namespace

std::size_t run_length(const MailboxView& view, const FetchPlan& plan, const std::vector<std::uint32_t>& indexes,
                       std::size_t at) {
  const std::size_t left = indexes.size() - at;
  if (!plan.content)
    return std::min(left, plan.envelope || plan.structure || plan.header ? summaries_at_once : rows_at_once);
  std::uint64_t bytes = 0;
  for (std::size_t count = 0; count < left; ++count) {
    const store::Message* row = view.message(view.uid_at(indexes[at + count]));
    const std::uint64_t size = row == nullptr || row->here.size >= large_content ? 0 : row->here.size;
    bytes += size + weight_of_a_message;
    if (bytes > content_at_once) return std::max<std::size_t>(count, 1);
  }
  return left;
}

awaitable<FetchedRun> load_run(Session& session, const FetchPlan& plan, std::vector<std::uint32_t> indexes) {
  std::vector<Uid> uids;
  uids.reserve(indexes.size());
  for (const std::uint32_t index : indexes) uids.push_back(session.selected().uid_at(index));
  if (plan.needs != Needs::listing) co_await bring(session, plan, uids);
  std::vector<Uid> seen_now;
  if (plan.sets_seen) seen_now = co_await set_seen(session, plan, uids);
  FetchedRun run = rows_of(session, plan, indexes);
  for (FetchedMessage& one : run) one.seen_now = std::binary_search(seen_now.begin(), seen_now.end(), one.row.uid);
  note_told(session, plan, run);
  if (plan.envelope) co_await load_summaries(session, run, store::Contents::Part::envelope, &FetchedMessage::envelope);
  if (plan.structure)
    co_await load_summaries(session, run, store::Contents::Part::structure, &FetchedMessage::structure);
  if (plan.header) co_await load_summaries(session, run, store::Contents::Part::header, &FetchedMessage::header);
  if (plan.content) co_await load_contents(session, run);
  co_return run;
}

}  // namespace satchel::server
