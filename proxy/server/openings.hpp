// What SELECT tells of a mailbox without looking at each message again: which UIDs a client sees, which sets of flags
// they have, the first unseen one. Counted once for each state of a mailbox, kept for the last few. The loop's thread.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "store/account.hpp"

namespace satchel::server {

struct Opening {
  std::vector<Uid> uids;                    // visible, ascending
  std::vector<store::FlagSetId> flag_sets;  // each once
  Uid first_unseen;                         // none: all are seen
};

class Openings {
 public:
  static constexpr std::size_t most = 8;

  std::shared_ptr<const Opening> of(const store::View& view, const store::Mailbox& mailbox);

 private:
  // No visible change without a higher MODSEQ.
  struct Kept {
    store::AccountId account;
    store::MailboxId mailbox;
    ModSeq highest_modseq;
    std::shared_ptr<const Opening> opening;
  };
  std::list<Kept> kept_;  // the last used first
};

}  // namespace satchel::server
