#include "proxy/sync/restart.hpp"

#include <vector>

#include "proxy/sync/edit.hpp"

namespace satchel::sync {

using store::Operation;
using store::OperationState;

void restart(store::Transaction& tx) {
  std::vector<store::OperationId> perhaps;
  tx.state().journal.for_each([&](const Operation& operation) {
    const bool idempotent = !operation.adds() && !operation.on_mailbox();
    if (operation.state == OperationState::waiting && !idempotent && !operation.copied) perhaps.push_back(operation.id);
    return true;
  });
  for (store::OperationId id : perhaps) edit(tx, id, [](Operation& row) { row.state = OperationState::attempted; });
}

}  // namespace satchel::sync
