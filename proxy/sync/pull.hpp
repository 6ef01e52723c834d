// Brings upstream's side of one mailbox into the replica (design section 6): which UIDs there are,
// numbered first; then flags; then dates and sizes, newest first. Contents come with contents_job.
// The job holds the mailbox's lane. Perhaps-done additions are settled before anything is numbered.
#pragma once

#include "proxy/sync/job.hpp"
#include "proxy/sync/settle.hpp"

namespace satchel::sync {

// What one pull learnt before it changed anything.
struct Sighting {
  store::MailboxId id;
  std::string name;  // on the wire
  SelectAnswer select;
  bool anew = false;  // another UIDVALIDITY: matched anew
  bool weak = false;  // UIDVALIDITY says nothing here
  // Weak: does what was never measured still have its UID? No: some other is seen not to be what it
  // was; surely: some are, and none is not.
  enum class Kept : std::uint8_t { no, perhaps, surely } uids_kept = Kept::no;
  bool changes_known = false;                      // `changed` holds every flag that changed since the stored MODSEQ
  bool credible = true;                            // EXISTS agrees with the UIDs
  std::vector<std::pair<UpstreamUid, Uid>> known;  // bound messages, ascending
  std::vector<UpstreamUid> uids;                   // all that are there, ascending
  std::vector<UidFlags> changed;
  Candidates candidates;

  At at() const { return At{name, select.uid_validity}; }
};

// False: it could not be opened. What was not told of what came is asked again after a while.
Steps<bool> pull(Work& work, store::MailboxId mailbox);

// Dates, sizes and flags of all bound messages that lack them. False: upstream refused to tell.
Steps<bool> measure_all(Work& work, store::MailboxId mailbox);

// Applies a sighting: one batch. (take_in.cpp)
void take_in(Work& work, Sighting& sighting);

// The bound messages of a mailbox, ascending upstream UID.
std::vector<std::pair<UpstreamUid, Uid>> bound_messages(const store::Mailbox& mailbox);

}  // namespace satchel::sync
