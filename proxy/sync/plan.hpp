// Which jobs may run now, most urgent first (design sections 5 and 6). Owned by the driver of one
// account; event loop's thread. Everything in it may be forgotten at any moment: after a start or a
// crash it lists and pulls everything once.
//
// The driver, whenever something happened (an answer, a client's change, a hint, time):
//   for (JobOrder& order : plan.next(state, wants, now)) {
//     if (no free connection) break;      // keep the last one for order.priority < 100
//     auto job = plan.start(std::move(order)); spawn its loop (job.hpp); at its end plan.finished(*job);
//   }
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "proxy/sync/job.hpp"
#include "proxy/sync/memory.hpp"

namespace satchel::sync {

// What clients wait for or look at.
struct Wants {
  std::vector<store::MailboxId> listing;    // SELECT waits for the first numbering
  std::vector<store::MailboxId> selected;   // some session has it selected
  std::vector<store::MessageRef> metadata;  // a FETCH waits for dates, sizes, flags or headers
  std::vector<store::MessageRef> contents;  // a FETCH or SEARCH waits for the bytes
  bool one_line = false;                    // who waits has to wait for the order that runs: they are kept small
};

class Plan {
 public:
  static constexpr int back_fill = 100;  // JobOrder::priority from which on nobody waits

  explicit Plan(Rules rules = {});
  ~Plan();

  // Logged in (again): everything is listed and pulled once.
  void connected(Abilities abilities);
  const Abilities& abilities() const { return abilities_; }

  // Hints: IDLE, NOTIFY, untagged data, a user who wants it now, a clock. They only ever cause a look.
  void poke(store::MailboxId mailbox);
  void poke_list();   // LIST, with all that changed by its STATUS
  void poke_all();    // LIST and every mailbox
  void poke_audit();  // a piece of a mailbox is read whole

  // What may start now, most urgent first; orders in it may exclude one another: start() the first,
  // then ask again. `now`: seconds since 1970.
  std::vector<JobOrder> next(const store::AccountState& state, const Wants& wants, std::int64_t now);

  std::unique_ptr<Job> start(JobOrder order);
  void finished(const Job& job);
  void dropped(const Job& job);  // the driver gives it up, or its batch failed: as if it never ran

  // When next() may give more without anything happening (back-off); 0: never.
  std::int64_t next_try() const { return next_try_; }

  // Nothing pending, parked, held or missing, and the last pull saw all of upstream.
  bool in_sync(const store::AccountState& state) const;
  // How many mailboxes are still to be pulled since connected() or poke_all().
  std::size_t to_pull(const store::AccountState& state) const;

  const Memory& memory() const { return memory_; }

 private:
  struct Pending;
  class LateOrder;
  void add_exclusive(const store::AccountState& state, const Pending& pending, LateOrder& order, std::int64_t now);
  void add_changes(const store::AccountState& state, LateOrder& order, std::int64_t now);
  void add_recreations(const store::AccountState& state, LateOrder& order, std::int64_t now);
  void add_pushes(const store::AccountState& state, const Wants& wants, LateOrder& order, std::int64_t now);
  void add_pulls(const store::AccountState& state, const Wants& wants, const Pending& pending, std::int64_t now);
  bool to_be_tidied(const store::AccountState& state);
  bool held(store::MailboxId mailbox) const;
  void add_contents(const store::AccountState& state, const Wants& wants);
  void fill_queues(const store::AccountState& state, const Wants& wants);
  std::deque<JobOrder>& queue_of(const JobOrder& order) { return order.whole ? bodies_ : headers_; }
  bool openable(const store::AccountState& state, store::MailboxId mailbox, std::int64_t now);
  void look_again_at(std::int64_t when);
  void release(const Job& job);

  Abilities abilities_;
  Memory memory_;
  std::vector<Lanes> held_;         // of the jobs that run
  int fetchers_ = 0;                // contents jobs that run
  bool tidied_ = false;             // there was nothing to tidy since the last job ended, ...
  std::uint64_t tidied_up_to_ = 0;  // ... up to this operation
  bool need_list_ = true;
  bool pull_all_ = true;  // after the next LIST
  bool audit_ = false;
  std::set<store::MailboxId> need_pull_;
  std::vector<JobOrder> orders_;  // being gathered by next()
  std::int64_t next_try_ = 0;

  std::deque<JobOrder> headers_;  // back-fill, most urgent first
  std::deque<JobOrder> bodies_;
  bool queue_is_stale_ = true;
  bool one_line_ = false;                 // as Wants said last
  std::set<store::MailboxId> looked_at_;  // selected by some session
  std::set<store::MessageRef> fetching_for_clients_;
};

}  // namespace satchel::sync
