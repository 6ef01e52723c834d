// Pull of a mailbox, then push of what is journaled in it: additions before flags before removals.
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/push.hpp"
#include "proxy/sync/sweep.hpp"

namespace satchel::sync {

using store::Operation;
using store::OperationKind;
using store::OperationState;

namespace {

struct Ready {
  Operations appends;
  Operations flags;
  Operations removals;
  bool empty() const { return appends.empty() && flags.empty() && removals.empty(); }
};

Ready gather(Work& work, store::MailboxId id) {
  Ready ready;
  const Order order(work.state());
  const std::int64_t now = work.tx().now();
  work.state().journal.for_each([&](const Operation& operation) {
    const bool append = operation.kind == OperationKind::append;
    if ((append ? operation.target : operation.source).mailbox != id) return true;
    const bool removal =
        operation.kind == OperationKind::expunge || (operation.kind == OperationKind::move && operation.copied);
    const bool flags = operation.kind == OperationKind::store_flags;
    if ((!append && !removal && !flags) || !order.ready(operation, now)) return true;
    if (append && operation.state != OperationState::waiting) return true;
    (append ? ready.appends : flags ? ready.flags : ready.removals).push_back(operation.id);
    return true;
  });
  return ready;
}

}  // namespace

Steps<> mailbox_job(Work& work, store::MailboxId id) {
  if (!co_await pull(work, id)) co_return;
  const store::Mailbox* mailbox = work.state().find(id);
  if (!mailbox->upstream.selectable) co_return;
  // What goes up may set free what waited for it: a few rounds on one look.
  constexpr int most_rounds = 3;
  for (int round = 0; round < most_rounds; ++round) {
    Ready ready = gather(work, id);
    if (ready.empty()) break;
    co_await push_appends(work, id, std::move(ready.appends));
    co_await push_flags(work, id, std::move(ready.flags));
    co_await push_removals(work, id, std::move(ready.removals));
  }
}

Steps<> tidy_job(Work& work) {
  sweep(work.tx());
  co_return;
}

}  // namespace satchel::sync
