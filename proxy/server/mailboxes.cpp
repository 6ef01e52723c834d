#include "proxy/server/mailboxes.hpp"

#include "proxy/imap/mailbox_name.hpp"

namespace satchel::server {

Result<std::string> name_from_wire(std::string_view wire) {
  auto name = imap::decode_utf7(wire);
  if (!name) return fail(ErrorCode::refused, "The mailbox's name is not modified UTF-7.");
  return std::move(*name);
}

awaitable<Result<>> wait_list(Session& session) {
  if (session.view().listed) co_return Result<>{};
  const auto waited = co_await session.backfill().wait_list(session.account());
  if (!waited) co_return waited;
  if (!session.catch_up()) co_return fail(ErrorCode::not_found, "The account was removed.");
  if (!session.view().listed)
    co_return fail(ErrorCode::unavailable, "The mailboxes of this account are not known yet.");
  co_return Result<>{};
}

awaitable<Result<store::MailboxPtr>> find_mailbox(Session& session, std::string wire) {
  const auto name = name_from_wire(wire);
  if (!name) co_return name.error();
  if (const auto listed = co_await wait_list(session); !listed) co_return listed.error();
  auto mailbox = session.view().find_name(*name);
  if (!mailbox) co_return fail(ErrorCode::not_found, "There is no such mailbox.");
  co_return std::move(mailbox);
}

awaitable<Result<store::MailboxPtr>> find_listed_mailbox(Session& session, std::string wire) {
  auto mailbox = co_await find_mailbox(session, std::move(wire));
  if (!mailbox) co_return mailbox;
  if (!selectable(**mailbox)) co_return fail(ErrorCode::refused, "This mailbox holds other mailboxes only.");
  if ((*mailbox)->listed) co_return mailbox;
  const store::MailboxId id = (*mailbox)->id;
  if (const auto listed = co_await session.backfill().wait_listed(session.account(), id); !listed)
    co_return listed.error();
  if (!session.catch_up()) co_return fail(ErrorCode::not_found, "The account was removed.");
  auto now = live_mailbox(session.view(), id);
  if (!now) co_return fail(ErrorCode::not_found, "There is no such mailbox.");
  if (!now->listed) co_return fail(ErrorCode::unavailable, "The messages of this mailbox are not known yet.");
  co_return std::move(now);
}

bool selectable(const store::Mailbox& mailbox) {
  return !mailbox.upstream.exists || mailbox.upstream.selectable;
}

}  // namespace satchel::server
