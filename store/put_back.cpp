#include "store/put_back.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

constexpr std::uint32_t uid_jump = 1 << 20;
constexpr std::uint64_t modseq_jump = std::uint64_t{1} << 32;
constexpr std::uint32_t most_put_backs = 1000;

}  // namespace

void jump_after_put_back(Transaction& tx, std::uint32_t count) {
  count = std::clamp(count, std::uint32_t{1}, most_put_backs);
  std::vector<MailboxId> mailboxes;
  for (const auto& [id, mailbox] : tx.state().mailboxes)
    if (!mailbox->retired) mailboxes.push_back(id);
  mailboxes.push_back(MailboxId{});  // also where there is none: for the UIDVALIDITY of the next one
  for (const MailboxId id : mailboxes) tx.skip_numbers(id, count * uid_jump, count * modseq_jump);
  std::vector<Operation> appends;
  tx.state().journal.for_each([&](const Operation& operation) {
    if (operation.kind == OperationKind::append) appends.push_back(operation);
    return true;
  });
  const Tick now = tx.next_tick();
  for (Operation& append : appends) {
    append.seen = now;
    tx.put_operation(append);
  }
}

}  // namespace satchel::store
