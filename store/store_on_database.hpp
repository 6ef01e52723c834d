// Store over a Database and Segments; for store's own files.
#pragma once

#include <optional>

#include "store/check.hpp"
#include "store/committer.hpp"
#include "store/contents_on_segments.hpp"
#include "store/store.hpp"
#include "store/sweeper.hpp"

namespace satchel::store {

class StoreOnDatabase final : public Store {
 public:
  // The database is of this schema, and `state` was loaded from it.
  StoreOnDatabase(Executors on, StoreParts parts, std::unique_ptr<WorkingState> state, const crypto::Key& hash_key,
                  MakeSummariser make_summariser, NowSeconds now);

  std::vector<AccountSettings> accounts() const override;
  awaitable<Result<AccountId>> add_account(AccountSettings settings) override;
  awaitable<Result<>> put_account(AccountSettings settings) override;
  awaitable<Result<>> remove_account(AccountId account) override;
  std::shared_ptr<const View> view(AccountId account) const override;
  awaitable<Result<>> change(AccountId account, Change change) override;
  awaitable<Result<>> inspect(AccountId account, std::function<void(const AccountState&)> look) override;
  std::unique_ptr<Subscriber> subscribe(AccountId account, std::function<void()> notify) override;
  Contents& contents() override { return contents_; }
  std::vector<Rescued> rescued(AccountId account) const override;
  awaitable<Result<>> forget_old_rescued(std::int64_t keep_seconds) override;
  awaitable<Result<>> sweep(std::int64_t keep_seconds) override;
  awaitable<Result<StoreFigures>> figures() override;
  awaitable<Result<std::string>> get_setting(std::string name) override;
  awaitable<Result<>> put_setting(std::string name, std::string value) override;

  awaitable<Result<Findings>> check(SummaryReads reads);  // check_store.hpp

 private:
  AccountSlot* slot(AccountId account) const;

  boost::asio::any_io_executor pool_;
  OpenParts parts_;
  std::unique_ptr<WorkingState> state_;
  ContentsOnSegments contents_;
  Sweeper sweeper_;
  std::uint64_t last_subscriber_ = 0;
  Committer committer_;  // last: a batch under way uses all of the above
};

}  // namespace satchel::store
