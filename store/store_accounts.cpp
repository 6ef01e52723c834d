// Accounts of a store: their settings, a new one, one that goes.
#include "store/store_on_database.hpp"

namespace satchel::store {

std::vector<AccountSettings> StoreOnDatabase::accounts() const {
  std::vector<AccountSettings> all;
  for (const auto& [id, account] : state_->accounts) all.push_back(account->settings);
  return all;
}

awaitable<Result<AccountId>> StoreOnDatabase::add_account(AccountSettings settings) {
  AccountId id;
  Committer::Task task = [this, &settings, &id](Batch& batch) -> Result<> {
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
  const auto done = co_await committer_.run(std::move(task), Committer::Turn::alone);
  if (!done) co_return done.error();
  co_return id;
}

awaitable<Result<>> StoreOnDatabase::put_account(AccountSettings settings) {
  Committer::Task task = [this, &settings](Batch& batch) -> Result<> {
    AccountSlot* found = slot(settings.id);
    if (found == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    found->settings = settings;
    batch.rows().put(rows::account(settings.id), rows::encode(settings));
    return {};
  };
  co_return co_await committer_.run(std::move(task));
}

// Its contents stay until the next sweep.
awaitable<Result<>> StoreOnDatabase::remove_account(AccountId account) {
  Committer::Task task = [this, account](Batch& batch) -> Result<> {
    if (slot(account) == nullptr) return fail(ErrorCode::not_found, "There is no such account.");
    for (const std::string& prefix :
         {rows::flag_set_prefix(account), rows::mailbox_prefix(account), rows::message_prefix(account),
          rows::vanished_prefix(account), rows::operation_prefix(account), rows::subscription_prefix(account),
          rows::rescued_prefix(account), rows::missing_prefix(account)}) {
      const auto cursor = parts_.database()->scan(prefix);
      for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
        batch.rows().erase(std::string(cursor->key()));
      if (const auto error = cursor->error(); !error) return error.error();
    }
    batch.rows().erase(rows::account(account));
    batch.rows().erase(rows::state(account));
    state_->accounts.erase(account);
    return {};
  };
  const std::shared_ptr<Subscribers> subscribers = slot(account) ? slot(account)->subscribers : nullptr;
  // Alone: what others put into the same batch would not be seen by the scan.
  const auto done = co_await committer_.run(std::move(task), Committer::Turn::alone);
  if (done && subscribers) tell_all(subscribers);
  co_return done;
}

}  // namespace satchel::store
