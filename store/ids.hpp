// Identities of ours. They are never reused and never leave the program, but for the mailbox's
// name and UIDVALIDITY that clients see instead. Zero is "none".
#pragma once

#include "base/numbers.hpp"

namespace satchel::store {

using AccountId = Strong<struct AccountIdTag, std::uint32_t>;
using MailboxId = Strong<struct MailboxIdTag, std::uint32_t>;    // within an account; survives renames
using ContentNumber = Strong<struct ContentTag, std::uint64_t>;  // one for each message listed; copies share it
using OperationId = Strong<struct OperationTag, std::uint64_t>;  // within an account; grows
using FlagSetId = Strong<struct FlagSetTag, std::uint32_t>;      // in the account's FlagTable; 0 is the empty set
using Tick = Strong<struct TickTag, std::uint64_t>;              // logical time of an account: grows with each batch

// A message as journal and replica name it.
struct MessageRef {
  MailboxId mailbox;
  Uid uid;

  explicit operator bool() const { return bool(uid); }
  friend auto operator<=>(const MessageRef&, const MessageRef&) = default;
};

}  // namespace satchel::store

template <>
struct std::hash<satchel::store::MessageRef> {
  std::size_t operator()(const satchel::store::MessageRef& ref) const noexcept {
    return std::hash<std::uint64_t>{}((std::uint64_t(ref.mailbox.value) << 32) | ref.uid.value);
  }
};
