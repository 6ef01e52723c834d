// APPEND, RFC 3501 section 6.3.11; APPENDUID, RFC 4315. The message goes to the disk as it comes,
// never whole into memory.
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

// The bytes of the literal, to the end of the command, whether they can be kept or not. None: the
// connection ended, or the command was malformed behind the literal (`trouble` says so).
struct Received {
  bool whole = false;
  std::optional<Answer> trouble;
};

awaitable<Received> receive(Session& session, store::ContentWriter& writer) {
  Received received;
  while (true) {
    const auto event = co_await session.next_event();
    if (!event) co_return received;
    if (*event == Session::Event::append_bytes) {
      if (received.trouble) continue;
      const auto kept = co_await writer.append(session.reader().piece());
      if (!kept) received.trouble = answer_for(kept.error());
    } else if (*event == Session::Event::command) {
      received.whole = true;
      co_return received;
    } else if (*event == Session::Event::malformed) {
      received.trouble = bad(session.reader().error().text);
      if (session.reader().error().fatal) received.trouble->kind = Answer::Kind::bye;
      co_return received;
    }
  }
}

store::AppendRequest request_of(const imap::Append& command, stream::Clock& clock) {
  store::AppendRequest request;
  for (const std::string& flag : command.flags) request.flags.add(flag);
  if (command.date) {
    request.internal_date = command.date->seconds;
    request.zone = command.date->zone;
  } else {
    request.internal_date = std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  }
  return request;
}

awaitable<Answer> keep(Session& session, store::MailboxPtr mailbox, store::ContentWriter& writer,
                       store::AppendRequest request) {
  const auto stored = co_await writer.finish();
  if (!stored) co_return answer_for(stored.error());
  Uid uid;
  const store::MailboxId id = mailbox->id;
  store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
    const auto made = store::append(tx, id, *stored, request);
    if (!made) return made.error();
    uid = *made;
    return {};
  };
  const auto done = co_await session.change(std::move(change));
  if (!done) co_return answer_for(done.error(), About::target);
  co_return ok("APPENDUID " + std::to_string(mailbox->uid_validity.value) + " " + std::to_string(uid.value),
               "The message is kept.");
}

}  // namespace

awaitable<Answer> handle_append(Session& session, imap::Append command) {
  const auto mailbox = co_await find_listed_mailbox(session, command.mailbox);
  if (!mailbox) {
    session.reader().refuse_literal();
    co_return answer_for(mailbox.error(), About::target);
  }
  if (session.reader().literal_synchronising()) imap::write_continuation(session.out(), "Go on.");
  const auto writer = session.store().contents().begin();
  const Received received = co_await receive(session, *writer);
  if (received.trouble) co_return *received.trouble;
  if (!received.whole) co_return bad("The message did not come whole.");
  if (command.size == 0) co_return no("CANNOT", "An empty message is none.");
  const store::AppendRequest request = request_of(command, *session.context().clock);
  co_return co_await keep(session, *mailbox, *writer, request);
}

}  // namespace satchel::server
