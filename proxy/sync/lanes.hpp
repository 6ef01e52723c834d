// One lane a mailbox (design section 5): pull and push of a mailbox never overlap. A job holds the
// lanes of its mailboxes from its start to its end; mailbox operations and LIST hold all of them.
#pragma once

#include <set>

#include "store/ids.hpp"

namespace satchel::sync {

class Lanes {
 public:
  static Lanes none() { return Lanes(); }
  static Lanes all() {
    Lanes lanes;
    lanes.all_ = true;
    return lanes;
  }
  static Lanes of(store::MailboxId first, store::MailboxId second = {}) {
    Lanes lanes;
    lanes.ids_.insert(first);
    if (second) lanes.ids_.insert(second);
    return lanes;
  }

  bool holds_all() const { return all_; }
  bool empty() const { return !all_ && ids_.empty(); }
  bool holds(store::MailboxId mailbox) const { return all_ || ids_.contains(mailbox); }
  bool meets(const Lanes& other) const {
    if (empty() || other.empty()) return false;
    if (all_ || other.all_) return true;
    for (store::MailboxId id : ids_)
      if (other.ids_.contains(id)) return true;
    return false;
  }
  const std::set<store::MailboxId>& ids() const { return ids_; }

 private:
  bool all_ = false;
  std::set<store::MailboxId> ids_;
};

}  // namespace satchel::sync
