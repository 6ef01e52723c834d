// What upstream's NO, BAD or silence means for the operations that were on their way (design
// section 5, "Answers").
#pragma once

#include <string_view>
#include <vector>

#include "proxy/sync/ask.hpp"
#include "store/transaction.hpp"

namespace satchel::sync {

enum class Verdict : std::uint8_t {
  later,      // transient: again, with back-off
  final,      // refused for good
  quota,      // parked at once, tried again after later expunges
  list_first  // the mailbox is not there: LIST decides
};

Verdict verdict(const Outcome& outcome, std::uint32_t tries);

// Seconds that a server asks to be left alone for, in the words of those that say so ("Suggested Backoff Time: 30000
// milliseconds"); 0: it does not.
std::int64_t suggested_pause(std::string_view text);

// A tagged NO or BAD to an operation that is not idempotent or otherwise known not to have
// happened: it waits, or is parked with upstream's words. Returns the verdict.
Verdict refuse(store::Transaction& tx, store::OperationId id, const Outcome& outcome);

// The line was lost while these were on their way: perhaps done, with growing pauses.
void count_loss(store::Transaction& tx, const std::vector<store::OperationId>& operations, const Outcome& outcome);

// It was tried in vain so often that it may be its own fault: it goes in a command of its own, so that it holds up
// nothing else.
bool goes_alone(const store::Operation& operation);

// It could not be done just now, for no reason that upstream gave: waits, after a pause.
void postpone(store::Transaction& tx, store::OperationId id);

// Something happened that makes it worth while: what waits for its pause is tried now.
void hurry(store::Transaction& tx);

// Seconds to wait before the next of `tries`; `spread` (any number) makes the jitter.
std::int64_t pause(std::uint32_t tries, std::uint64_t spread);

// An expunge went through: what was parked for want of space may be tried again.
void space_was_freed(store::Transaction& tx);

}  // namespace satchel::sync
