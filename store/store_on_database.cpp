#include "store/store_on_database.hpp"

#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

Error no_account() {
  return fail(ErrorCode::not_found, "There is no such account.");
}

class NotifyHandle final : public Subscriber {
 public:
  NotifyHandle(std::shared_ptr<Subscribers> subscribers, std::uint64_t id)
      : subscribers_(std::move(subscribers)), id_(id) {}
  ~NotifyHandle() override { subscribers_->erase(id_); }

 private:
  std::shared_ptr<Subscribers> subscribers_;
  std::uint64_t id_;
};

}  // namespace

StoreOnDatabase::StoreOnDatabase(Executors on, StoreParts parts, std::unique_ptr<WorkingState> state,
                                 const crypto::Key& hash_key, MakeSummariser make_summariser, NowSeconds now)
    : pool_(on.pool),
      parts_(std::move(parts)),
      state_(std::move(state)),
      contents_(pool_, parts_, state_->places, hash_key, std::move(make_summariser)),
      sweeper_(pool_, parts_, *state_, contents_.appender(), committer_),
      committer_(std::move(on), parts_, *state_, std::move(now), [this] { contents_.appender().reopened(); }) {}

AccountSlot* StoreOnDatabase::slot(AccountId account) const {
  const auto found = state_->accounts.find(account);
  return found == state_->accounts.end() ? nullptr : found->second.get();
}

awaitable<Result<>> StoreOnDatabase::change(AccountId account, Change change) {
  Committer::Task task = [this, account, &change](Batch& batch) -> Result<> {
    AccountSlot* found = slot(account);
    if (found == nullptr) return no_account();
    return batch.run(*found, change);
  };
  co_return co_await committer_.run(std::move(task));
}

awaitable<Result<>> StoreOnDatabase::inspect(AccountId account, std::function<void(const AccountState&)> look) {
  Committer::Task task = [this, account, &look](Batch&) -> Result<> {
    const AccountSlot* found = slot(account);
    if (found == nullptr) return no_account();
    look(found->state);
    return {};
  };
  co_return co_await committer_.run(std::move(task));
}

std::shared_ptr<const View> StoreOnDatabase::view(AccountId account) const {
  const AccountSlot* found = slot(account);
  return found == nullptr ? nullptr : found->view;
}

std::unique_ptr<Subscriber> StoreOnDatabase::subscribe(AccountId account, std::function<void()> notify) {
  AccountSlot* found = slot(account);
  if (found == nullptr) return nullptr;
  const std::uint64_t id = ++last_subscriber_;
  found->subscribers->emplace(id, std::move(notify));
  return std::make_unique<NotifyHandle>(found->subscribers, id);
}

std::vector<Rescued> StoreOnDatabase::rescued(AccountId account) const {
  std::vector<Rescued> all;
  if (const AccountSlot* found = slot(account))
    for (const auto& [content, one] : found->rescued) all.push_back(one);
  return all;
}

awaitable<Result<>> StoreOnDatabase::forget_old_rescued(std::int64_t keep_seconds) {
  return sweeper_.forget_old_rescued(keep_seconds);
}

awaitable<Result<>> StoreOnDatabase::sweep(std::int64_t keep_seconds) {
  return sweeper_.sweep(keep_seconds);
}

awaitable<Result<StoreFigures>> StoreOnDatabase::figures() {
  const auto work = [this]() -> Result<StoreFigures> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    const auto database = lent->database().disk_bytes();
    if (!database) return database.error();
    const auto segments = lent->segments().list();
    if (!segments) return segments.error();
    StoreFigures figures;
    figures.disk_bytes = *database;
    for (const SegmentInfo& segment : *segments) figures.disk_bytes += segment.bytes;
    const std::string prefix = rows::content_prefix();
    const auto cursor = lent->database().scan(prefix);
    for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
      figures.message_bytes += rows::size_in_location(cursor->value());
    if (const auto error = cursor->error(); !error) return error.error();
    return figures;
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<std::string>> StoreOnDatabase::get_setting(std::string name) {
  const auto work = [this, &name]() -> Result<std::string> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    return lent->database().get(rows::setting(name));
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<>> StoreOnDatabase::put_setting(std::string name, std::string value) {
  Committer::Task task = [&name, &value](Batch& batch) -> Result<> {
    batch.rows().put(rows::setting(name), value);
    return {};
  };
  co_return co_await committer_.run(std::move(task));
}

}  // namespace satchel::store
