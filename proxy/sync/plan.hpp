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
};

class Plan {
 public:
  explicit Plan(Rules rules = {});
  ~Plan();

  // Logged in (again): everything is listed and pulled once.
  void connected(Abilities abilities);
  const Abilities& abilities() const { return abilities_; }

  // Hints: IDLE, NOTIFY, untagged data, a user who wants it now, a clock. They only ever cause a look.
  void poke(store::MailboxId mailbox);
  void poke_list();  // LIST, with all that changed by its STATUS
  void poke_all();   // LIST and every mailbox

  // What may start now, most urgent first; orders in it may exclude one another: start() the first,
  // then ask again. `now`: seconds since 1970.
  std::vector<JobOrder> next(const store::AccountState& state, const Wants& wants, std::int64_t now);

  std::unique_ptr<Job> start(JobOrder order);
  void finished(const Job& job);
  void dropped(const Job& job);  // the driver gives it up: as if it never ran

  // When next() may give more without anything happening (back-off); 0: never.
  std::int64_t next_try() const { return next_try_; }

  // Nothing pending, parked, held or missing, and the last pull saw all of upstream.
  bool in_sync(const store::AccountState& state) const;
  // How many mailboxes are still to be pulled since connected() or poke_all().
  std::size_t to_pull(const store::AccountState& state) const;

  const Memory& memory() const { return memory_; }

 private:
  Abilities abilities_;
  Memory memory_;
  Lanes held_;
  std::multiset<store::MailboxId> lanes_;
  int all_lanes_ = 0;
  int running_ = 0;
  bool need_list_ = true;
  std::set<store::MailboxId> need_pull_;
  bool pull_all_ = true;
  std::int64_t next_try_ = 0;
};

}  // namespace satchel::sync
