// What the synchroniser remembers between jobs and may forget in a crash. Owned by Plan.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <unordered_set>
#include <vector>

#include "store/message.hpp"

namespace satchel::sync {

// Section 7: more than both vanish within 24 hours: held.
struct Rules {
  std::uint32_t guard_share = 20;  // per cent of a mailbox
  std::uint32_t guard_messages = 50;
};

// How a mailbox is asked what happened in it: for ...
enum class Means : std::uint8_t {
  qresync,    // what changed and what vanished
  condstore,  // what changed, and all UIDs
  scan        // all UIDs, all flags
};

struct Memory {
  // A message that vanished and was let go: it may be found elsewhere yet.
  struct Gone {
    std::int64_t at = 0;  // seconds since 1970
    store::Message like;  // what it was
    store::Tick seen;     // when it was last seen upstream
  };

  Rules rules;
  std::map<store::MailboxId, std::vector<Gone>> gone;  // of the last 24 hours, a bounded number
  std::set<store::MailboxId> held_in;                  // mailboxes with held messages
  bool held_known = false;                             // held_in was filled from the rows
  store::Tick held_at;                                 // of the last time something was held
  std::unordered_set<store::ContentNumber> fetching;   // contents that a job is loading
  std::unordered_set<store::ContentNumber> coming;     // of them, those that come at once: nobody else asks for them
  bool more_to_load = false;                           // since the back-fill was last looked for
  // What upstream did not give; until connected(). Not by content: another message may give the same.
  std::set<std::pair<store::MailboxId, UpstreamUid>> refused;
  std::map<store::MailboxId, std::int64_t> unopenable;  // SELECT was refused: not before then
  std::int64_t list_not_before = 0;                     // LIST was refused
  std::set<store::MailboxId> unchanged;                 // said STATUS in the last LIST
  std::set<store::MailboxId> renumbered;                // another UIDVALIDITY: no contents before the next pull
  // Copies and moves that upstream said OK to, and nothing like them was there: how often.
  std::map<store::OperationId, int> done_in_vain;
  Means means = Means::qresync;                                          // the best that is still believed
  std::map<store::MailboxId, std::deque<std::uint32_t>> uid_validities;  // that mailboxes had, newest last
  bool uid_validity_twice = false;                                       // one of those was given again

  // Where the audit goes on: the first mailbox from this one on, after this UID.
  struct Audit {
    store::MailboxId mailbox;
    UpstreamUid after;
  };
  Audit audit;
};

}  // namespace satchel::sync
