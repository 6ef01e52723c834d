// STATUS (RFC 3501 section 6.3.10, RFC 7162, RFC 8438 SIZE, RFC 9051 DELETED).
#include "proxy/server/handlers.hpp"
#include "proxy/server/status_items.hpp"

namespace satchel::server {

void write_status(Session& session, const store::Mailbox& mailbox, const std::vector<imap::StatusItem>& items) {
  imap::StatusData data;
  data.mailbox = wire_name(mailbox.name);
  for (const imap::StatusItem item : items) {
    std::uint64_t value = 0;
    switch (item) {
      case imap::StatusItem::messages:
        value = mailbox.exists;
        break;
      case imap::StatusItem::uid_next:
        value = mailbox.uid_next.value;
        break;
      case imap::StatusItem::uid_validity:
        value = mailbox.uid_validity.value;
        break;
      case imap::StatusItem::unseen:
        value = mailbox.unseen;
        break;
      case imap::StatusItem::size:
        value = mailbox.size;
        break;
      case imap::StatusItem::deleted:
        value = mailbox.deleted;
        break;
      case imap::StatusItem::recent: {
        const auto& from = session.context().recent_from;
        const auto found = from.find({session.account(), mailbox.id});
        if (found != from.end() && found->second < mailbox.uid_next)
          mailbox.messages.for_each([&](const store::Message& message) {
            value += message.visible() && message.uid >= found->second ? 1 : 0;
          });
        break;
      }
      case imap::StatusItem::highest_mod_seq:
        value = mailbox.highest_modseq.value;
        session.enable_condstore();
        break;
      case imap::StatusItem::mailbox_id:
        continue;
    }
    data.items.emplace_back(item, value);
  }
  imap::write_status_data(session.out(), data);
}

awaitable<void> handle(Session& session, imap::Status command) {
  const std::string name = local_name(command.mailbox);
  const auto have_list = co_await session.backfill().wait_list(session.account());
  auto mailbox = session.view()->find_name(name);
  if (!mailbox && !have_list) {
    session.no(have_list.error());
    co_return;
  }
  if (mailbox && !mailbox->listed) {
    const auto listed = co_await session.backfill().wait_listed(session.account(), mailbox->id);
    mailbox = session.view()->find_name(name);
    if (mailbox && !mailbox->listed) {
      session.no(listed ? fail(ErrorCode::unavailable, "This mailbox was never listed yet.") : listed.error());
      co_return;
    }
  }
  if (!mailbox || (mailbox->upstream.exists && !mailbox->upstream.selectable)) {
    session.no("There is no such mailbox.", "NONEXISTENT");
    co_return;
  }
  write_status(session, *mailbox, command.items);
  session.tell_updates(Expunges::tell);
  session.ok("Done.");
}

}  // namespace satchel::server
