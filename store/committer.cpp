#include "store/committer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

constexpr std::size_t most_changes_in_a_batch = 1000;

Error broken() {
  return fail(ErrorCode::broken, "The store met a failed write: start Satchel again.");
}

}  // namespace

Committer::Committer(Executors on, OpenParts& parts, WorkingState& state, Store::NowSeconds now,
                     std::function<void()> reopening)
    : loop_(on.loop),
      parts_(parts),
      state_(state),
      now_(std::move(now)),
      reopening_(std::move(reopening)),
      writer_(on.writer) {
  if (writer_) return;
  thread_ = std::make_unique<boost::asio::thread_pool>(1);
  writer_ = thread_->get_executor();
}

Committer::~Committer() {
  if (thread_) thread_->join();
  // A coroutine that still waits owns its Waiting, which owns the coroutine.
  for (const auto& waiting : together_) waiting->resume = nullptr;
  for (const auto& waiting : queue_) waiting->resume = nullptr;
}

awaitable<Result<>> Committer::run(Task task, Turn turn) {
  const auto waiting = std::make_shared<Waiting>();
  waiting->task = std::move(task);
  waiting->turn = turn;
  queue_.push_back(waiting);
  if (!committing_) {
    committing_ = true;
    boost::asio::co_spawn(loop_, commit_all(), boost::asio::detached);
  }
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto start = [&waiting, &executor](auto handler) {
    const auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    waiting->resume = [kept, executor] { boost::asio::post(executor, std::move(*kept)); };
    if (waiting->done) finish(*waiting);
  };
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(start,
                                                                                      boost::asio::use_awaitable);
  co_return waiting->result;
}

void Committer::finish(Waiting& waiting) {
  waiting.done = true;
  if (!waiting.resume) return;
  const auto resume = std::move(waiting.resume);
  waiting.resume = nullptr;
  resume();
}

void Committer::run_one(Waiting& waiting, Batch& batch) {
  if (broken_) {
    waiting.result = broken();
    return;
  }
  try {
    waiting.result = waiting.task(batch);
  } catch (const std::exception&) {
    threw_ = true;
  }
}

void Committer::take_turn(Batch& batch) {
  threw_ = false;
  while (!queue_.empty() && together_.size() < most_changes_in_a_batch && !threw_) {
    const bool alone = queue_.front()->turn == Turn::alone;
    if (alone && !together_.empty()) break;
    together_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    run_one(*together_.back(), batch);
    if (alone) break;
  }
  batch.finish();
}

awaitable<void> Committer::commit_all() {
  const std::weak_ptr<bool> alive = alive_;
  // Never inside of whoever asked first: what is asked in the same moment shares the batch.
  co_await boost::asio::post(loop_, boost::asio::use_awaitable);
  if (alive.expired()) co_return;
  while (!queue_.empty()) {
    std::vector<AccountSlot*> touched;
    Result<> written;
    // Also where it was opened again and could not be loaded: the next change tries both anew.
    if (Database* database = broken_ ? nullptr : parts_.database()) {
      Batch batch(state_, *database, now_());
      take_turn(batch);
      if (threw_) {
        written = fail(ErrorCode::broken, "A change of the store failed: nothing of it was kept.");
      } else if (!batch.empty()) {
        const auto write = [database, &batch] { return database->write_durable(batch.rows()); };
        written = co_await on_pool(writer_, write);
        if (alive.expired()) co_return;
      }
      if (written) touched = batch.publish();
    } else {
      together_.assign(queue_.begin(), queue_.end());
      queue_.clear();
      written = broken();
    }
    if (!written) broken_ = !reload(written.error());
    if (!written && !broken_)  // what failed may have come to be
      for (const auto& [id, slot] : state_.accounts) touched.push_back(slot.get());
    finish_all(written);
    notify(touched);
  }
  committing_ = false;
}

void Committer::finish_all(const Result<>& written) {
  for (const auto& waiting : together_) {
    if (!written && waiting->result) waiting->result = written.error();
    finish(*waiting);
  }
  together_.clear();
}

void tell_all(std::shared_ptr<Subscribers> subscribers) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, tell] : *subscribers) ids.push_back(id);
  for (const std::uint64_t id : ids) {
    const auto found = subscribers->find(id);
    if (found == subscribers->end()) continue;
    const Notify tell = found->second;
    tell();
  }
}

void Committer::notify(const std::vector<AccountSlot*>& touched) {
  for (const AccountSlot* account : touched) tell_all(account->subscribers);
}

// The working state anew from what is durable; views, versions and subscribers live on.
Result<> Committer::reload(const Error& why) {
  const bool sound = threw_ || why.code == ErrorCode::no_space;
  if (!sound || broken_) {
    // Before and after: whoever appended on either side of it starts again.
    reopening_();
    const auto reopened = parts_.reopen();
    reopening_();
    if (!reopened) return reopened;
  }
  WorkingState fresh;
  if (const auto loaded = load(*parts_.database(), fresh); !loaded) return loaded;
  for (auto& [id, slot] : fresh.accounts) {
    const auto old = state_.accounts.find(id);
    if (old == state_.accounts.end()) continue;
    slot->version = old->second->version + 1;
    slot->list_version = old->second->list_version + 1;
    slot->subscribers = std::move(old->second->subscribers);
    slot->view = make_view(*slot);
  }
  fresh.places.swept_up_to = state_.places.swept_up_to;
  fresh.places.mentioned = state_.places.mentioned;
  state_ = std::move(fresh);
  return {};
}

}  // namespace satchel::store
