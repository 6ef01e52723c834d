#include "view.hpp"

#include <algorithm>

namespace satchel::sim::model {

std::uint32_t View::number_of(Uid uid) const {
  const auto at = std::lower_bound(messages.begin(), messages.end(), uid,
                                   [](const Seen& seen, Uid value) { return seen.uid < value; });
  return at != messages.end() && at->uid == uid ? std::uint32_t(at - messages.begin()) + 1 : 0;
}

std::size_t View::take_new(const Mailbox& mailbox) {
  std::size_t count = 0;
  for (const Message& message : mailbox.messages) {
    if (message.uid < uid_next) continue;
    messages.push_back({message.uid, message.flags, message.modseq});
    if (message.uid >= mailbox.recent_from) recent.insert(message.uid);
    ++count;
  }
  uid_next = mailbox.uid_next;
  return count;
}

}  // namespace satchel::sim::model
