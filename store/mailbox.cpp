#include "store/mailbox.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

// Beyond it the oldest entries are folded into one: a client that is further behind gets more UIDs
// than it needs, never fewer.
constexpr std::size_t longest_log = 1024;

}  // namespace

void VanishedLog::add(ModSeq modseq, std::vector<Uid> uids) {
  entries_.push_back(std::make_shared<Vanished>(Vanished{modseq, std::move(uids)}));
  if (entries_.size() <= longest_log) return;
  const auto half = entries_.begin() + std::ptrdiff_t(longest_log / 2);
  auto folded = std::make_shared<Vanished>();
  folded->modseq = (*std::prev(half))->modseq;
  for (auto entry = entries_.begin(); entry != half; ++entry)
    folded->uids.insert(folded->uids.end(), (*entry)->uids.begin(), (*entry)->uids.end());
  std::sort(folded->uids.begin(), folded->uids.end());
  folded->uids.erase(std::unique(folded->uids.begin(), folded->uids.end()), folded->uids.end());
  entries_.erase(entries_.begin(), half);
  entries_.insert(entries_.begin(), std::move(folded));
}

}  // namespace satchel::store
