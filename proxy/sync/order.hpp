// Which operations may go up now (design section 5, "Order"). Built from a state in one pass over
// the journal, good as long as the journal only grows at its end: what was ready stays ready.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/sync/lanes.hpp"
#include "store/account.hpp"

namespace satchel::sync {

class Order {
 public:
  explicit Order(const store::AccountState& state);

  // Nothing journaled before it has to go first.
  bool free(const store::Operation& operation) const;
  // free, not parked, not held, its pause is over, and its messages and mailboxes are such that it can go.
  bool ready(const store::Operation& operation, std::int64_t now) const;

  // The mailbox that a pending create will make.
  bool creating(store::MailboxId mailbox) const { return creating_.contains(mailbox); }

 private:
  struct ContentKey {
    std::uint64_t header = 0;
    std::uint32_t size = 0;
    friend bool operator==(const ContentKey&, const ContentKey&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const ContentKey& key) const noexcept { return key.header ^ (std::size_t(key.size) << 7); }
  };

  struct Create {
    store::OperationId operation;
    std::uint64_t order = 0;
  };
  // What waits for a CREATE that was journaled after it, and what waits for such a one (order.cpp).
  struct Behind {
    std::set<store::MessageRef> messages;
    std::set<store::ContentNumber> contents;
    std::set<std::pair<std::uint64_t, std::uint32_t>> twins;
  };

  void see(const store::Operation& operation, Behind& behind);
  void see_addition(const store::Operation& operation);
  bool waits_for_a_later_create(const store::Operation& operation, Behind& behind) const;
  bool free_on_message(const store::Operation& operation, store::MessageRef ref) const;
  bool free_on_names(const store::Operation& operation) const;
  bool additions_before(const store::Operation& operation) const;

  const store::AccountState& state_;
  std::unordered_map<store::MailboxId, std::uint64_t> first_in_;  // first operation that touches a mailbox
  std::map<std::string, std::uint64_t> first_named_;              // ... a name
  std::map<store::MailboxId, Create> creating_;
  std::unordered_map<store::ContentNumber, std::uint64_t> first_addition_;
  std::unordered_map<ContentKey, std::uint64_t, KeyHash> first_twin_;
};

// The last complete LIST, and a pull of every mailbox, began after `moment`.
bool complete_since(const store::AccountState& state, store::Tick moment);

// Flags of a message that is expunged anyway are not sent (without UIDPLUS its \Deleted must not even
// be seen before), unless a copy or move journaled after them is to carry them.
bool withheld(const store::AccountState& state, const store::Operation& flags);

}  // namespace satchel::sync
