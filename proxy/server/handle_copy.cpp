// COPY, MOVE and their UID forms (RFC 3501 section 6.4.7, RFC 6851), with COPYUID (RFC 4315).
#include "proxy/server/handlers.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

enum class Transfer : std::uint8_t { copy, move };

std::string copyuid(const store::Mailbox& target, const store::UidPairs& pairs) {
  std::vector<std::uint32_t> sources;
  std::vector<std::uint32_t> targets;
  for (const auto& [source, made] : pairs) {
    sources.push_back(source.value);
    targets.push_back(made.value);
  }
  return "COPYUID " + std::to_string(target.uid_validity.value) + " " +
         imap::SequenceSet::of(std::move(sources)).write() + " " + imap::SequenceSet::of(std::move(targets)).write();
}

awaitable<void> transfer(Session& session, imap::SequenceSet set, bool by_uid, std::string mailbox_name,
                         Transfer kind) {
  if (kind == Transfer::move && session.mailbox()->access() == Access::read_only) {
    session.no("The mailbox was examined: nothing can be removed.", "CANNOT");
    co_return;
  }
  const auto uids = resolve(session, set, by_uid);
  if (!uids) co_return;
  const auto target = session.view()->find_name(local_name(mailbox_name));
  if (!target) {
    session.no("There is no such mailbox.", "TRYCREATE");
    co_return;
  }
  const store::MailboxId from = session.mailbox()->id();
  const store::MailboxId to = target->id;
  store::UidPairs pairs;
  const auto changed = co_await session.store().change(session.account(), [&](store::Transaction& tx) -> Result<> {
    auto done = kind == Transfer::move ? store::move(tx, from, *uids, to) : store::copy(tx, from, *uids, to);
    if (!done) return done.error();
    pairs = std::move(*done);
    return {};
  });
  if (!changed) {
    session.no(changed.error());
    co_return;
  }
  session.backfill().changed(session.account());
  if (kind == Transfer::move && !pairs.empty()) session.out() += "* OK [" + copyuid(*target, pairs) + "] Moved.\r\n";
  session.tell_updates(kind == Transfer::move || by_uid ? Expunges::tell : Expunges::hold);
  session.ok("Done.", kind == Transfer::copy && !pairs.empty() ? copyuid(*target, pairs) : std::string());
}

}  // namespace

awaitable<void> handle(Session& session, imap::Copy command) {
  co_await transfer(session, std::move(command.set), command.uid, std::move(command.mailbox), Transfer::copy);
}

awaitable<void> handle(Session& session, imap::Move command) {
  co_await transfer(session, std::move(command.set), command.uid, std::move(command.mailbox), Transfer::move);
}

}  // namespace satchel::server
