// The selected mailbox as its client knows it: it lags behind the account until the client may be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "account.hpp"

namespace satchel::sim::model {

struct Seen {
  Uid uid = 0;
  Flags flags;
  ModSeq modseq = 0;
};

struct View {
  std::string mailbox_id;
  std::uint32_t uid_validity = 0;
  bool read_only = false;
  std::vector<Seen> messages;  // a message's number is its place, from 1
  Uid uid_next = 1;            // what is below was looked at
  std::set<Uid> recent;
  std::size_t keywords = 0;  // of the mailbox, that were told
  ModSeq looked_at = 0;      // all that happened until then was told

  // Of a UID, or 0.
  std::uint32_t number_of(Uid uid) const;
  std::uint32_t exists() const { return std::uint32_t(messages.size()); }
  Uid largest_uid() const { return messages.empty() ? 0 : messages.back().uid; }
  // Takes in what arrived; tells how many.
  std::size_t take_new(const Mailbox& mailbox);
};

}  // namespace satchel::sim::model
