// Store over a Database and Segments, with the committer; for store's own files.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "store/contents_on_segments.hpp"
#include "store/store.hpp"
#include "store/working_state.hpp"

namespace satchel::store {

class StoreOnDatabase final : public Store {
 public:
  StoreOnDatabase(boost::asio::any_io_executor loop, boost::asio::thread_pool& pool, StoreParts parts,
                  MakeSummariser make_summariser, NowSeconds now);
  Result<> begin();

  std::vector<AccountSettings> accounts() const override;
  awaitable<Result<AccountId>> add_account(AccountSettings settings) override;
  awaitable<Result<>> put_account(AccountSettings settings) override;
  awaitable<Result<>> remove_account(AccountId account) override;
  std::shared_ptr<const View> view(AccountId account) const override;
  awaitable<Result<>> change(AccountId account, Change change) override;
  awaitable<Result<>> inspect(AccountId account, std::function<void(const AccountState&)> look) override;
  std::unique_ptr<Subscriber> subscribe(AccountId account, std::function<void()> notify) override;
  Contents& contents() override { return *contents_; }
  std::vector<Rescued> rescued(AccountId account) const override;
  awaitable<Result<>> forget_rescued(AccountId account, std::vector<ContentNumber> contents) override;
  awaitable<Result<>> sweep(std::int64_t keep_seconds) override;
  awaitable<Result<StoreFigures>> figures() override;
  awaitable<Result<std::string>> get_setting(std::string name) override;
  awaitable<Result<>> put_setting(std::string name, std::string value) override;

 private:
  // Work for the committer: runs on the working state, in turn, and adds to the batch.
  using Task = std::function<Result<>(Batch&)>;
  struct Waiting {
    Task task;
    Result<> result;
    bool done = false;
    boost::asio::steady_timer wake;
    explicit Waiting(const boost::asio::any_io_executor& executor) : wake(executor) {}
  };
  awaitable<Result<>> enqueue(Task task);
  awaitable<void> commit_all();
  awaitable<Result<>> write(std::shared_ptr<Batch> batch);
  Result<> reload(ErrorCode why);
  AccountSlot* slot(AccountId account) const;
  awaitable<Result<>> forget_old_rescued(std::int64_t keep_seconds);  // sweep.cpp
  awaitable<Result<>> drop_unmentioned();
  awaitable<Result<>> rewrite_segments();
  awaitable<Result<>> empty_segment(std::uint32_t segment);

  boost::asio::any_io_executor loop_;
  boost::asio::thread_pool& pool_;
  StoreParts parts_;
  NowSeconds now_;
  MakeSummariser make_summariser_;
  std::unique_ptr<WorkingState> state_;
  std::unique_ptr<ContentsOnSegments> contents_;
  std::deque<std::shared_ptr<Waiting>> queue_;
  std::vector<std::unique_ptr<AccountSlot>> removed_;
  bool committing_ = false;
  bool broken_ = false;
  std::uint64_t last_subscriber_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace satchel::store
