#include "proxy/server/targets.hpp"

namespace satchel::server {

Targets targets_of(const MailboxView& view, const imap::SequenceSet& set, Numbering numbering) {
  Targets targets;
  if (numbering == Numbering::sequence && !view.in_range(set)) {
    targets.beyond = true;
    return targets;
  }
  for (const std::uint32_t index : view.indexes(set, numbering)) {
    const Uid uid = view.uid_at(index);
    if (view.gone(uid))
      targets.some_gone = true;
    else
      targets.uids.push_back(uid);
  }
  return targets;
}

awaitable<Result<>> need_metadata(Session& session, std::vector<Uid> uids) {
  const MailboxView& view = session.selected();
  std::erase_if(uids, [&view](Uid uid) {
    const store::Message* row = view.message(uid);
    return row == nullptr || row->metadata;
  });
  if (uids.empty()) co_return Result<>{};
  const auto fetched =
      co_await session.backfill().fetch_now(session.account(), view.mailbox().id, std::move(uids), What::metadata);
  if (!session.catch_up()) co_return fail(ErrorCode::not_found, "The account was removed.");
  co_return fetched;
}

std::string set_of(const std::vector<Uid>& uids) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(uids.size());
  for (const Uid uid : uids) numbers.push_back(uid.value);
  return imap::SequenceSet::of(std::move(numbers)).write();
}

}  // namespace satchel::server
