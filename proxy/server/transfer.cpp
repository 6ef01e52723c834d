#include "proxy/server/transfer.hpp"

#include "proxy/server/mailboxes.hpp"
#include "proxy/server/targets.hpp"

namespace satchel::server {
namespace {

Transferred refused(Answer answer) {
  Transferred result;
  result.trouble = std::move(answer);
  return result;
}

std::string copy_uid(const store::Mailbox& target, const store::UidPairs& pairs) {
  if (pairs.empty()) return {};
  std::vector<Uid> from, to;
  for (const auto& [source, made] : pairs) {
    from.push_back(source);
    to.push_back(made);
  }
  return "COPYUID " + std::to_string(target.uid_validity.value) + " " + set_of(from) + " " + set_of(to);
}

}  // namespace

awaitable<Transferred> transfer(Session& session, imap::SequenceSet set, Numbering numbering, std::string mailbox,
                                TransferAction action) {
  const auto target = co_await find_listed_mailbox(session, std::move(mailbox));
  if (!target) co_return refused(answer_for(target.error(), About::target));
  const Targets targets = targets_of(session.selected(), set, numbering);
  if (targets.beyond) co_return refused(bad("There is no message of that number."));
  if (targets.some_gone && numbering == Numbering::sequence)
    co_return refused(no("EXPUNGEISSUED", "Some of the messages are gone."));
  Transferred result;
  result.done = true;
  if (targets.uids.empty()) co_return result;
  store::UidPairs pairs;
  const store::MailboxId from = session.selected().mailbox().id;
  const store::MailboxId to = (*target)->id;
  store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
    auto made = action(tx, from, targets.uids, to);
    if (!made) return made.error();
    pairs = std::move(*made);
    return {};
  };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return refused(answer_for(done.error(), About::target));
  result.copy_uid = copy_uid(**target, pairs);
  co_return result;
}

}  // namespace satchel::server
