// STORE, UID STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3), EXPUNGE, UID EXPUNGE (RFC 4315).
#include "proxy/server/handlers.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

store::FlagChange to_change(imap::Store::Change change) {
  if (change == imap::Store::Change::add) return store::FlagChange::add;
  if (change == imap::Store::Change::remove) return store::FlagChange::remove;
  return store::FlagChange::replace;
}

std::string set_text(Session& session, const std::vector<Uid>& uids, bool by_uid) {
  std::vector<std::uint32_t> numbers;
  for (const Uid uid : uids) numbers.push_back(by_uid ? uid.value : session.mailbox()->number_of(uid));
  return imap::SequenceSet::of(std::move(numbers)).write();
}

}  // namespace

awaitable<void> handle(Session& session, imap::Store command) {
  if (session.mailbox()->access() == Access::read_only) {
    session.no("The mailbox was examined: nothing can be changed.", "CANNOT");
    co_return;
  }
  if (command.unchanged_since) session.enable_condstore();
  const auto uids = resolve(session, command.set, command.uid);
  if (!uids) co_return;
  const bool here = co_await bring(session, *uids, What::metadata);
  if (!here) co_return;
  store::FlagSet flags;
  for (const std::string& flag : command.flags) (void)flags.add(std::string_view(flag));
  const store::MailboxId id = session.mailbox()->id();
  const ModSeq before = session.mailbox()->mailbox().highest_modseq;
  std::optional<ModSeq> unchanged_since;
  if (command.unchanged_since) unchanged_since = ModSeq{*command.unchanged_since};
  std::vector<Uid> modified;
  const auto changed = co_await session.store().change(session.account(), [&](store::Transaction& tx) -> Result<> {
    auto done = store::store_flags(tx, id, *uids, to_change(command.change), flags, unchanged_since);
    if (!done) return done.error();
    modified = std::move(*done);
    return {};
  });
  if (!changed) {
    session.no(changed.error());
    co_return;
  }
  session.backfill().changed(session.account());
  if (command.silent) session.keep_silent(std::set<Uid>(uids->begin(), uids->end()));
  session.tell_updates(command.uid ? Expunges::tell : Expunges::hold);
  if (session.mailbox() == nullptr) co_return;
  if (!command.silent)
    for (const Uid uid : *uids) {
      const store::Message* message = session.mailbox()->find(uid);
      const bool told = message == nullptr || message->modseq > before;
      if (!told) session.write_flags_of(uid);
    }
  if (modified.empty())
    session.ok("Done.");
  else
    session.ok("Some were changed meanwhile.", "MODIFIED " + set_text(session, modified, command.uid));
}

awaitable<void> handle(Session& session, imap::Expunge command) {
  if (session.mailbox()->access() == Access::read_only) {
    session.no("The mailbox was examined: nothing can be removed.", "CANNOT");
    co_return;
  }
  std::vector<Uid> uids;
  if (command.uids)
    uids = session.mailbox()->resolve_uids(*command.uids);
  else if (session.mailbox()->mailbox().deleted > 0 || session.view()->find(session.mailbox()->id()) != nullptr)
    uids = session.mailbox()->uids();
  const store::MailboxId id = session.mailbox()->id();
  const auto changed = co_await session.store().change(session.account(), [&](store::Transaction& tx) -> Result<> {
    const store::Mailbox* mailbox = tx.state().find(id);
    if (mailbox == nullptr || mailbox->deleted == 0) return {};
    const auto removed = store::expunge(tx, id, uids);
    if (!removed) return removed.error();
    return {};
  });
  if (!changed) {
    session.no(changed.error());
    co_return;
  }
  session.backfill().changed(session.account());
  session.tell_updates(Expunges::tell);
  session.ok("Expunged.");
}

}  // namespace satchel::server
