// An operation: one change that a client made and that is not yet known to be upstream (design
// section 5), and the journal that keeps them in order. The journal belongs to the account's
// working state: the event loop's thread, inside Store::change() only.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/mailbox.hpp"

namespace satchel::store {

enum class OperationKind : std::uint8_t {
  store_flags = 1,
  append,
  copy,
  move,
  expunge,
  create,
  rename,
  delete_mailbox,
  subscribe,
  unsubscribe
};

enum class OperationState : std::uint8_t {
  waiting,        // never attempted, or looked up and known not to have happened
  attempted,      // sent (or about to be): perhaps done until looked up
  parked,         // refused for good; shown to the user
  parked_perhaps  // perhaps done, and it cannot be looked up
};

struct Operation {
  OperationId id;
  std::uint64_t order = 0;  // the place in the journal: id << 16, but for what was put before others
  OperationKind kind = OperationKind::store_flags;
  OperationState state = OperationState::waiting;

  MessageRef source;  // store_flags, expunge: the message; copy, move: what is copied
  MessageRef target;  // append, copy, move: the message that it makes
  MailboxId mailbox;  // create, rename, delete_mailbox
  std::string
      name;  // create, rename: the wanted name (as clients see it); subscribe, unsubscribe; delete: the name then
  std::string old_name;  // rename
  FlagSet add;           // store_flags
  FlagSet remove;
  SpecialUse special_use = SpecialUse::none;  // create

  bool surely = false;      // upstream said OK, but not under which UID
  bool copied = false;      // move: the copy is upstream and bound, the removal of the source is to be done
  bool superseded = false;  // a later operation that stands on it was found done: looked up, never sent
  Tick vanished_at;         // move: when its source was found gone upstream; decided after one complete pull
  Tick seen;  // ... and when the source was last seen there; append: when the home was put back (put_back.hpp)
  Tick born;  // when it was journaled
  std::int64_t time = 0;               // when the client gave it, seconds since 1970
  std::uint32_t uid_next_then = 0;     // UIDNEXT known when journaled
  std::uint32_t uid_next_attempt = 0;  // UIDNEXT when it was attempted
  std::uint32_t uid_validity_attempt = 0;
  std::uint32_t tries = 0;
  std::int64_t not_before = 0;  // next try, seconds since 1970; 0: at once
  std::string why;              // parked: one sentence for the user

  bool adds() const {
    return kind == OperationKind::append || kind == OperationKind::copy || kind == OperationKind::move;
  }
  bool parked() const { return state == OperationState::parked || state == OperationState::parked_perhaps; }
  bool on_mailbox() const { return bool(mailbox); }
};

// Ordered by Operation::order; looked up by id and by message in constant time (100,000 operations).
class Journal {
 public:
  std::size_t size() const { return by_order_.size(); }
  bool empty() const { return by_order_.empty(); }
  const Operation* find(OperationId id) const;

  void put(const Operation& operation);  // new, or in place of the one with its id (indexes follow)
  bool erase(OperationId id);

  // Operations whose source or target is `ref`, in order.
  std::vector<const Operation*> of(MessageRef ref) const;

  // In order; the visitor must not change the journal; false ends it.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [order, id] : by_order_)
      if (!visit(operations_.at(id))) return;
  }

 private:
  std::map<std::uint64_t, OperationId> by_order_;
  std::unordered_map<OperationId, Operation> operations_;
  std::unordered_map<MessageRef, std::vector<OperationId>> by_message_;
};

}  // namespace satchel::store
