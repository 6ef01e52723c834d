// The changes between two commits, of any accounts: run on the working state, gathered as rows,
// published when those are durable. Owned by the committer; for store's own files.
#pragma once

#include <memory>
#include <vector>

#include "store/working_state.hpp"

namespace satchel::store {

class Batch {
 public:
  Batch(WorkingState& state, const Database& database, std::int64_t now)
      : state_(state), database_(database), now_(now) {}

  Result<> run(AccountSlot& slot, const std::function<Result<>(Transaction&)>& change);
  // Adds the rows that only the end of a batch can tell; then rows() is what is to be written.
  void finish();
  WriteBatch& rows() { return rows_; }
  std::int64_t now() const { return now_; }
  bool empty() const { return rows_.empty(); }
  // After the batch is durable: new views for the accounts that it touched. Returns these.
  std::vector<AccountSlot*> publish();

 private:
  friend class TransactionOnState;
  struct EditedMailbox {
    MailboxPtr before;  // null: made in this batch
    Mailbox* mailbox = nullptr;
    bool bumped = false;  // has its MODSEQ of this batch
    Vanished vanished;
  };
  struct EditedAccount {
    std::map<MailboxId, EditedMailbox> mailboxes;
    std::vector<ContentNumber> let_go;  // a message that mentioned it is gone
    bool own_fields = false;
    bool list_changed = false;
  };
  void finish_mailbox(AccountId account, EditedMailbox& edited);
  void forget_missing(AccountSlot& slot, const std::vector<ContentNumber>& contents);

  WorkingState& state_;
  const Database& database_;
  std::int64_t now_;
  WriteBatch rows_;
  bool counters_changed_ = false;
  std::map<AccountSlot*, EditedAccount> edited_;
  std::vector<std::shared_ptr<const void>> leases_;  // of contents attached
};

}  // namespace satchel::store
