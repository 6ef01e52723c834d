// The jobs, each a coroutine (job.hpp): made by Job alone.
#pragma once

#include "proxy/sync/job.hpp"

namespace satchel::sync {

// Contents that one job asks for before it is looked anew which are most urgent.
inline constexpr std::size_t most_contents_at_once = 20'000;

Steps<> list_job(Work& work);
Steps<> mailbox_job(Work& work, store::MailboxId mailbox);
Steps<> transfer_job(Work& work, store::MailboxId from, store::MailboxId to);
Steps<> change_job(Work& work, store::OperationId operation);
Steps<> recreate_job(Work& work, store::MailboxId mailbox);
Steps<> subscribe_job(Work& work, store::OperationId operation);
Steps<> tidy_job(Work& work);
Steps<> contents_job(Work& work, const JobOrder& order);

// Contents that a pull is about to load: no other job does while this lives, not even for a client who waits for them.
class Coming {
 public:
  Coming(Memory& memory, std::vector<store::ContentNumber> contents);
  ~Coming();
  Coming(const Coming&) = delete;
  Coming& operator=(const Coming&) = delete;

 private:
  Memory& memory_;
  std::vector<store::ContentNumber> contents_;
};

// Those that load_newest() may load, as far as that is known before their sizes are; none outside INBOX.
std::vector<store::ContentNumber> newest(Work& work, store::MailboxId mailbox);
// In the middle of a pull of INBOX: the contents of what was just measured for the first time, as many as a screen
// shows, on the line that is open; a client can read them before any other line is there. `fresh`: oldest first.
Steps<> load_newest(Work& work, store::MailboxId mailbox, std::vector<store::MessageRef> fresh);

}  // namespace satchel::sync
