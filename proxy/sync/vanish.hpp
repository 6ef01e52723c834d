// What is no longer upstream: the guard against mass deletions (design section 7), and the search
// for where it went (section 5, "moved elsewhere").
#pragma once

#include <unordered_map>
#include <vector>

#include "proxy/sync/memory.hpp"
#include "store/transaction.hpp"

namespace satchel::sync {

// `gone`: bound messages of the mailbox whose upstream UIDs are not there any more.
void vanish(store::Transaction& tx, Memory& memory, store::MailboxId mailbox, const std::vector<Uid>& gone);
// The mailbox is gone from LIST, with all that it held.
void vanish_mailbox(store::Transaction& tx, Memory& memory, store::MailboxId mailbox);

// What came new into the replica from upstream since some moment, to be found by what it is.
class Arrivals {
 public:
  enum class Answer : std::uint8_t {
    none,
    found,
    undecided  // one may be it, but what it is was not told yet
  };
  explicit Arrivals(const store::AccountState& state);
  // `like`: a row that bears the identity of what vanished; `seen`: when that was last there. Of twins the newest.
  Answer find(const store::Message& like, store::Tick seen, store::MessageRef& where) const;

 private:
  class Newest;
  const store::Message* arrived(store::MessageRef ref, store::Tick seen) const;  // null: not since
  Answer find_altered(const store::Identity& sent, store::Tick seen, store::MessageRef& where) const;

  const store::AccountState& state_;
  std::unordered_multimap<std::uint64_t, store::MessageRef> by_email_id_;
  std::unordered_multimap<std::uint64_t, store::MessageRef> by_date_and_size_;
  std::unordered_multimap<std::int64_t, store::MessageRef> by_date_;
  store::Tick unmeasured_;  // when the last one came of which nothing is known but its UID
};

// After a complete pull: held messages that were found elsewhere are not lost; when few are left,
// it was no mass deletion. What is held then the user decides about, whatever time passes.
void resolve_held(store::Transaction& tx, Memory& memory);

}  // namespace satchel::sync
