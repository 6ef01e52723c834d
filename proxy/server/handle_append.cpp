// APPEND: the message is streamed into the store, never whole in memory.
#include "proxy/imap/limits.hpp"
#include "proxy/server/handlers.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

using Event = imap::CommandReader::Event;

// Nothing where the message may come; else NO was written and the literal is passed over.
bool may_come(Session& session, const imap::Append& command, const store::MailboxPtr& mailbox) {
  if (command.size > imap::max_append_literal) {
    session.reader().refuse_literal();
    session.no("The message is too large.", "LIMIT");
    return false;
  }
  if (!mailbox) {
    session.reader().refuse_literal();
    session.no("There is no such mailbox.", "TRYCREATE");
    return false;
  }
  return true;
}

// Reads the message into the writer. False: the client is gone.
awaitable<bool> receive(Session& session, store::ContentWriter& writer, Result<>& stored) {
  while (true) {
    const Event event = session.reader().next();
    if (event == Event::append_bytes) {
      if (stored) stored = co_await writer.append(session.reader().piece());
    } else if (event == Event::command) {
      co_return true;
    } else if (event == Event::need_more) {
      const bool sent = co_await session.flush();
      if (!sent) co_return false;
      const bool more = co_await session.read_more(session.context().idle_limit);
      if (!more) {
        session.log_out();
        co_return false;
      }
    } else {
      session.bad(session.reader().error().text);
      if (session.reader().error().fatal) session.log_out();
      co_return false;
    }
  }
}

}  // namespace

awaitable<void> handle(Session& session, imap::Append command) {
  const std::string name = local_name(command.mailbox);
  const auto have_list = co_await session.backfill().wait_list(session.account());
  const auto mailbox = session.view()->find_name(name);
  if (!mailbox && !have_list) {
    session.reader().refuse_literal();
    session.no(have_list.error());
    co_return;
  }
  if (!may_come(session, command, mailbox)) co_return;
  if (session.reader().literal_synchronising()) imap::write_continuation(session.out(), "send it");
  const auto writer = session.store().contents().begin();
  Result<> stored;
  const bool received = co_await receive(session, *writer, stored);
  if (!received) co_return;
  Result<store::StoredContent> content = fail(ErrorCode::cancelled, "");
  if (stored)
    content = co_await writer->finish();
  else
    content = stored.error();
  if (!content) {
    session.no(content.error());
    co_return;
  }
  store::AppendRequest request;
  for (const std::string& flag : command.flags) (void)request.flags.add(std::string_view(flag));
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(session.context().clock->now().time_since_epoch()).count();
  request.internal_date = command.date ? command.date->seconds : now;
  request.zone = command.date ? command.date->zone : std::int16_t(0);
  const store::MailboxId id = mailbox->id;
  Uid uid;
  const auto changed = co_await session.store().change(session.account(), [&](store::Transaction& tx) -> Result<> {
    const auto made = store::append(tx, id, *content, request);
    if (!made) return made.error();
    uid = *made;
    return {};
  });
  if (!changed) {
    session.no(changed.error());
    co_return;
  }
  session.backfill().changed(session.account());
  session.tell_updates(Expunges::tell);
  session.ok("Kept.", "APPENDUID " + std::to_string(mailbox->uid_validity.value) + " " + std::to_string(uid.value));
}

}  // namespace satchel::server
