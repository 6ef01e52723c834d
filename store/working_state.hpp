// What the store holds in memory, and the batch under way; for store's own files. The event loop's
// thread, but for ContentPlaces, which the pool reads too.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "store/rows.hpp"
#include "store/transaction.hpp"

namespace satchel::store {

// One account: its working state, and what clients see of the last durable moment.
struct AccountSlot {
  AccountSettings settings;
  AccountState state;
  std::shared_ptr<const View> view;
  std::uint64_t version = 0;
  std::uint64_t list_version = 0;
  std::vector<std::uint16_t> holders;  // by content number (aliases resolved): visible messages that hold it
  std::map<ContentNumber, Rescued> rescued;
  std::map<std::uint64_t, std::function<void()>> subscribers;
};

// Shared by all accounts.
struct ContentPlaces {
  std::unordered_map<ContentNumber, ContentNumber> aliases;  // to the number whose bytes it shares
  std::unordered_map<std::string, ContentNumber> recent;     // by hash: attached since the start

  ContentNumber resolve(ContentNumber content) const {
    const auto found = aliases.find(content);
    return found == aliases.end() ? content : found->second;
  }
};

struct WorkingState {
  std::map<AccountId, std::unique_ptr<AccountSlot>> accounts;
  rows::Counters counters;
  ContentPlaces places;
};

// Everything from the database. Errors: corrupt (a row that does not decode), those of the database.
Result<> load(const Database& database, WorkingState& state);
// Makes the schema of a new database, or brings an older one up to date; refuses a newer one.
Result<> prepare_schema(Database& database);

std::shared_ptr<const View> make_view(const AccountSlot& slot);
void count_holder(AccountSlot& slot, ContentNumber resolved, int change);

// The changes between two commits, of any accounts.
class Batch {
 public:
  Batch(WorkingState& state, const Database& database, std::int64_t now)
      : state_(state), database_(database), now_(now) {}

  Result<> run(AccountSlot& slot, const std::function<Result<>(Transaction&)>& change);
  // Adds the rows that only the end of a batch can tell; then rows() is what is to be written.
  void finish();
  WriteBatch& rows() { return rows_; }
  bool empty() const { return rows_.empty(); }
  // After the batch is durable: new views for the accounts that it touched.
  std::vector<AccountSlot*> publish();

 private:
  friend class TransactionOnState;
  struct EditedMailbox {
    Mailbox* mailbox = nullptr;
    bool bumped = false;  // has its MODSEQ of this batch
    std::vector<Uid> vanished;
  };
  struct EditedAccount {
    std::map<MailboxId, EditedMailbox> mailboxes;
    bool own_fields = false;
    bool list_changed = false;
  };

  WorkingState& state_;
  const Database& database_;
  std::int64_t now_;
  WriteBatch rows_;
  bool counters_changed_ = false;
  std::map<AccountSlot*, EditedAccount> edited_;
};

}  // namespace satchel::store
