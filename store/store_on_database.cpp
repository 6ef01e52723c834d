#include "store/store_on_database.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

constexpr const char* hash_key_setting = "content hash key";
constexpr std::size_t most_changes_in_a_batch = 1000;

class NotifyHandle final : public Subscriber {
 public:
  NotifyHandle(std::weak_ptr<bool> alive, AccountSlot* slot, std::uint64_t id)
      : alive_(std::move(alive)), slot_(slot), id_(id) {}
  ~NotifyHandle() override {
    if (!alive_.expired()) slot_->subscribers.erase(id_);
  }

 private:
  std::weak_ptr<bool> alive_;
  AccountSlot* slot_;
  std::uint64_t id_;
};

// The key of content hashes is random, made once, and does not rotate.
Result<crypto::Key> content_hash_key(Database& database) {
  const auto row = database.get(rows::setting(hash_key_setting));
  if (row) return crypto::Key::from(*row);
  if (row.error().code != ErrorCode::not_found) return row.error();
  crypto::Key key = crypto::Key::random();
  WriteBatch batch;
  batch.put(rows::setting(hash_key_setting), std::string(key.view()));
  if (const auto written = database.write_durable(batch); !written) return written.error();
  return key;
}

}  // namespace

StoreOnDatabase::StoreOnDatabase(boost::asio::any_io_executor loop, boost::asio::thread_pool& pool, StoreParts parts,
                                 MakeSummariser make_summariser, NowSeconds now)
    : loop_(std::move(loop)),
      pool_(pool),
      parts_(std::move(parts)),
      now_(std::move(now)),
      make_summariser_(std::move(make_summariser)) {}

Result<> StoreOnDatabase::begin() {
  if (const auto ready = prepare_schema(*parts_.database); !ready) return ready;
  auto key = content_hash_key(*parts_.database);
  if (!key) return key.error();
  auto state = std::make_unique<WorkingState>();
  if (const auto loaded = load(*parts_.database, *state); !loaded) return loaded;
  state_ = std::move(state);
  contents_ = std::make_unique<ContentsOnSegments>(pool_, std::move(*key), make_summariser_);
  contents_->use(*parts_.database, *parts_.segments, state_->places);
  return {};
}

// The working state anew from what is durable; subscribers and versions live on.
Result<> StoreOnDatabase::reload(ErrorCode why) {
  if (why != ErrorCode::no_space) {
    broken_ = true;
    if (!parts_.reopen) return fail(ErrorCode::broken, "The store met a failed write: start Satchel again.");
    auto reopen = parts_.reopen;
    parts_.database.reset();
    parts_.segments.reset();
    auto parts = reopen();
    if (!parts) return parts.error();
    parts_ = std::move(*parts);
    parts_.reopen = std::move(reopen);
    broken_ = false;
  }
  auto state = std::make_unique<WorkingState>();
  if (const auto loaded = load(*parts_.database, *state); !loaded) {
    broken_ = true;
    return loaded;
  }
  for (auto& [id, fresh] : state->accounts) {
    const auto old = state_->accounts.find(id);
    if (old == state_->accounts.end()) continue;
    AccountSlot& kept = *old->second;  // the slot itself stays: subscriptions point to it
    fresh->version = kept.version + 1;
    fresh->list_version = kept.list_version + 1;
    fresh->subscribers = std::move(kept.subscribers);
    kept = std::move(*fresh);
    kept.view = make_view(kept);
    fresh = std::move(old->second);
  }
  *state_ = std::move(*state);
  contents_->use(*parts_.database, *parts_.segments, state_->places);
  return {};
}

AccountSlot* StoreOnDatabase::slot(AccountId account) const {
  const auto found = state_->accounts.find(account);
  return found == state_->accounts.end() ? nullptr : found->second.get();
}

awaitable<Result<>> StoreOnDatabase::enqueue(Task task) {
  const auto waiting = std::make_shared<Waiting>(loop_);
  waiting->task = std::move(task);
  waiting->wake.expires_at(std::chrono::steady_clock::time_point::max());
  queue_.push_back(waiting);
  if (!committing_) {
    committing_ = true;
    boost::asio::co_spawn(loop_, commit_all(), boost::asio::detached);
  }
  while (!waiting->done) co_await waiting->wake.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return waiting->result;
}

// The committer: runs while something waits. No change runs while a batch is on its way to the disk.
awaitable<void> StoreOnDatabase::commit_all() {
  while (!queue_.empty()) {
    std::vector<std::shared_ptr<Waiting>> together;
    const auto batch = std::make_shared<Batch>(*state_, *parts_.database, now_());
    while (!queue_.empty() && together.size() < most_changes_in_a_batch) {
      const auto waiting = std::move(queue_.front());
      queue_.pop_front();
      waiting->result = broken_
                            ? Result<>(fail(ErrorCode::broken, "The store met a failed write: start Satchel again."))
                            : waiting->task(*batch);
      together.push_back(waiting);
    }
    const auto written = co_await write(batch);
    std::vector<AccountSlot*> touched;
    if (written) {
      touched = batch->publish();
    } else {
      for (const auto& waiting : together)
        if (waiting->result) waiting->result = written.error();
      const auto reloaded = reload(written.error().code);
      if (!reloaded) broken_ = true;
    }
    for (const auto& waiting : together) {
      waiting->done = true;
      waiting->wake.cancel();
    }
    for (AccountSlot* account : touched) {
      const auto subscribers = account->subscribers;
      for (const auto& [id, notify] : subscribers) notify();
    }
  }
  committing_ = false;
}

awaitable<Result<>> StoreOnDatabase::write(std::shared_ptr<Batch> batch) {
  batch->finish();
  if (batch->empty()) co_return Result<>{};
  const auto work = [this, &batch] { return parts_.database->write_durable(batch->rows()); };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<>> StoreOnDatabase::change(AccountId account, Change change) {
  const Task task = [this, account, &change](Batch& batch) -> Result<> {
    AccountSlot* found = slot(account);
    if (found == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    return batch.run(*found, change);
  };
  co_return co_await enqueue(task);
}

awaitable<Result<>> StoreOnDatabase::inspect(AccountId account, std::function<void(const AccountState&)> look) {
  const Task task = [this, account, &look](Batch&) -> Result<> {
    const AccountSlot* found = slot(account);
    if (found == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    look(found->state);
    return {};
  };
  co_return co_await enqueue(task);
}

std::vector<AccountSettings> StoreOnDatabase::accounts() const {
  std::vector<AccountSettings> all;
  for (const auto& [id, account] : state_->accounts) all.push_back(account->settings);
  return all;
}

awaitable<Result<AccountId>> StoreOnDatabase::add_account(AccountSettings settings) {
  AccountId id;
  const Task task = [this, &settings, &id](Batch& batch) -> Result<> {
    id = AccountId{++state_->counters.last_account};
    settings.id = id;
    auto fresh = std::make_unique<AccountSlot>();
    fresh->settings = settings;
    fresh->state.id = id;
    fresh->state.flags = std::make_shared<FlagTable>();
    fresh->view = make_view(*fresh);
    batch.rows().put(rows::account(id), rows::encode(settings));
    batch.rows().put(rows::counters(), rows::encode(state_->counters));
    batch.rows().put(rows::flag_set(id, FlagSetId{0}), FlagSet().encode());
    batch.rows().put(rows::state(id), rows::encode_state(fresh->state));
    state_->accounts[id] = std::move(fresh);
    return {};
  };
  const auto done = co_await enqueue(task);
  if (!done) co_return done.error();
  co_return id;
}

awaitable<Result<>> StoreOnDatabase::put_account(AccountSettings settings) {
  const Task task = [this, &settings](Batch& batch) -> Result<> {
    AccountSlot* found = slot(settings.id);
    if (found == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    found->settings = settings;
    batch.rows().put(rows::account(settings.id), rows::encode(settings));
    return {};
  };
  co_return co_await enqueue(task);
}

awaitable<Result<>> StoreOnDatabase::remove_account(AccountId account) {
  const Task task = [this, account](Batch& batch) -> Result<> {
    if (slot(account) == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    for (const std::string& prefix :
         {rows::flag_set_prefix(account), rows::mailbox_prefix(account), rows::message_prefix(account),
          rows::vanished_prefix(account), rows::operation_prefix(account), rows::subscription_prefix(account),
          rows::rescued_prefix(account), rows::missing_prefix(account)}) {
      const auto cursor = parts_.database->scan(prefix);
      for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
        batch.rows().erase(std::string(cursor->key()));
    }
    batch.rows().erase(rows::account(account));
    batch.rows().erase(rows::state(account));
    removed_.push_back(std::move(state_->accounts[account]));  // views and subscriptions may still point to it
    state_->accounts.erase(account);
    return {};
  };
  co_return co_await enqueue(task);
}

std::shared_ptr<const View> StoreOnDatabase::view(AccountId account) const {
  const AccountSlot* found = slot(account);
  return found == nullptr ? nullptr : found->view;
}

std::unique_ptr<Subscriber> StoreOnDatabase::subscribe(AccountId account, std::function<void()> notify) {
  AccountSlot* found = slot(account);
  if (found == nullptr) return nullptr;
  const std::uint64_t id = ++last_subscriber_;
  found->subscribers[id] = std::move(notify);
  return std::make_unique<NotifyHandle>(alive_, found, id);
}

std::vector<Rescued> StoreOnDatabase::rescued(AccountId account) const {
  std::vector<Rescued> all;
  if (const AccountSlot* found = slot(account))
    for (const auto& [content, one] : found->rescued) all.push_back(one);
  return all;
}

awaitable<Result<>> StoreOnDatabase::forget_rescued(AccountId account, std::vector<ContentNumber> contents) {
  const Task task = [this, account, &contents](Batch& batch) -> Result<> {
    AccountSlot* found = slot(account);
    if (found == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    for (const ContentNumber content : contents) {
      found->rescued.erase(content);
      batch.rows().erase(rows::rescued(account, content));
    }
    return {};
  };
  co_return co_await enqueue(task);
}

awaitable<Result<StoreFigures>> StoreOnDatabase::figures() {
  StoreFigures figures;
  for (const auto& [id, account] : state_->accounts)
    for (const auto& mailbox : account->view->mailboxes) figures.message_bytes += mailbox->size;
  const auto work = [this]() -> Result<std::uint64_t> {
    const auto database = parts_.database->disk_bytes();
    const auto segments = parts_.segments->list();
    if (!database) return database.error();
    if (!segments) return segments.error();
    std::uint64_t bytes = *database;
    for (const SegmentInfo& segment : *segments) bytes += segment.bytes;
    return bytes;
  };
  const auto bytes = co_await on_pool(pool_, work);
  if (!bytes) co_return bytes.error();
  figures.disk_bytes = *bytes;
  co_return figures;
}

awaitable<Result<std::string>> StoreOnDatabase::get_setting(std::string name) {
  const auto work = [this, &name] { return parts_.database->get(rows::setting(name)); };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<>> StoreOnDatabase::put_setting(std::string name, std::string value) {
  const Task task = [&name, &value](Batch& batch) -> Result<> {
    batch.rows().put(rows::setting(name), value);
    return {};
  };
  co_return co_await enqueue(task);
}

Result<std::unique_ptr<Store>> Store::open(boost::asio::any_io_executor loop, boost::asio::thread_pool& pool,
                                           StoreParts parts, MakeSummariser make_summariser, NowSeconds now) {
  auto store = std::make_unique<StoreOnDatabase>(std::move(loop), pool, std::move(parts), std::move(make_summariser),
                                                 std::move(now));
  if (const auto begun = store->begin(); !begun) return begun.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace satchel::store
