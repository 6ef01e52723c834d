// All accounts of one home: opens the database and the segments, loads the accounts, runs the
// committer. Owned by the app; every call from the event loop's thread. What may block runs on the
// pool and is awaited.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "store/transaction.hpp"

namespace satchel::store {

struct StoreParts {
  std::unique_ptr<Database> database;
  std::unique_ptr<Segments> segments;
  // Opens both again from what is durable, after a failed write; null: the store stays broken.
  std::function<Result<StoreParts>()> reopen;
};

// Where the store works: its calls come on the loop, what may block runs on the pool. A commit has a thread of its
// own, so that it never waits behind long reads, but where a simulation gives it an executor.
struct Executors {
  boost::asio::any_io_executor loop;
  boost::asio::any_io_executor pool;
  boost::asio::any_io_executor writer = {};
};

struct StoreFigures {
  std::uint64_t disk_bytes = 0;     // database and segments
  std::uint64_t message_bytes = 0;  // of all contents that are here, as RFC 5322 bytes
};

class Subscriber;  // ends its subscription when destroyed

class Store {
 public:
  using Change = std::function<Result<>(Transaction&)>;
  using NowSeconds = std::function<std::int64_t()>;

  virtual ~Store() = default;

  // Loads every account. `now` is injected; schema upgrades happen here (FORMAT.md section 2).
  static Result<std::unique_ptr<Store>> open(Executors on, StoreParts parts, MakeSummariser make_summariser,
                                             NowSeconds now);

  // --- accounts
  virtual std::vector<AccountSettings> accounts() const = 0;
  virtual awaitable<Result<AccountId>> add_account(AccountSettings settings) = 0;  // with an empty INBOX-less state
  virtual awaitable<Result<>> put_account(AccountSettings settings) = 0;
  virtual awaitable<Result<>> remove_account(AccountId account) = 0;

  // The last durable moment. Never null for an account that there is.
  virtual std::shared_ptr<const View> view(AccountId account) const = 0;

  // Runs `change` on the working state, in turn with all others, then makes its batch durable
  // (several changes share one batch and one sync) and publishes it. `change` may keep results in
  // variables of the awaiting coroutine; they count only if this returns no error. A change that
  // returns an error must not have changed anything (check first, then change).
  // Errors: that of `change`; no_space, read_only, broken (the working state is loaded anew).
  virtual awaitable<Result<>> change(AccountId account, Change change) = 0;

  // In turn with the changes, and without any of its own: for reading the journal.
  virtual awaitable<Result<>> inspect(AccountId account, std::function<void(const AccountState&)> look) = 0;

  // `notify` is called, on the loop, after each published batch of that account.
  virtual std::unique_ptr<Subscriber> subscribe(AccountId account, std::function<void()> notify) = 0;

  virtual Contents& contents() = 0;
  virtual std::vector<Rescued> rescued(AccountId account) const = 0;  // none that a mailbox shows again

  // Those that were kept for `keep_seconds`. Ages count from look to look, a day at most each time: so a clock that is
  // wrong for a while takes no more than a day from them (and a computer that is off gives them more).
  virtual awaitable<Result<>> forget_old_rescued(std::int64_t keep_seconds) = 0;

  // Drops contents that nothing mentions, and rescued ones that are old; rewrites
  // closed segments that are less than half alive. Runs beside everything else.
  virtual awaitable<Result<>> sweep(std::int64_t keep_seconds) = 0;

  virtual awaitable<Result<StoreFigures>> figures() = 0;

  // Small values of the app that live sealed (the local certificate's key, the web token ...).
  virtual awaitable<Result<std::string>> get_setting(std::string name) = 0;
  virtual awaitable<Result<>> put_setting(std::string name, std::string value) = 0;
};

class Subscriber {
 public:
  virtual ~Subscriber() = default;
};

}  // namespace satchel::store
