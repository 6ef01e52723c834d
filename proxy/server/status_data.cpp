#include "proxy/server/status_data.hpp"

#include <algorithm>

#include "proxy/imap/mailbox_name.hpp"

namespace satchel::server {
namespace {

std::uint64_t count_recent(Session& session, const store::Mailbox& mailbox) {
  Uid from = session.context().shared->recent.first(session.account(), mailbox.id, mailbox.uid_next);
  std::uint64_t count = 0;
  for (const store::Message* row = mailbox.messages.first_from(from); row != nullptr;
       row = row->uid.value == UINT32_MAX ? nullptr : mailbox.messages.first_from(Uid{row->uid.value + 1}))
    count += row->visible() ? 1 : 0;
  return count;
}

std::uint64_t value_of(Session& session, const store::Mailbox& mailbox, imap::StatusItem item) {
  switch (item) {
    case imap::StatusItem::messages:
      return mailbox.exists;
    case imap::StatusItem::recent:
      return count_recent(session, mailbox);
    case imap::StatusItem::uid_next:
      return mailbox.uid_next.value;
    case imap::StatusItem::uid_validity:
      return mailbox.uid_validity.value;
    case imap::StatusItem::unseen:
      return mailbox.unseen;
    case imap::StatusItem::highest_mod_seq:
      return mailbox.highest_modseq.value;
    case imap::StatusItem::size:
      return mailbox.size;
    case imap::StatusItem::deleted:
      return mailbox.deleted;
    case imap::StatusItem::mailbox_id:
      break;
  }
  return 0;
}

}  // namespace

bool unknown_item(const std::vector<imap::StatusItem>& items) {
  return std::find(items.begin(), items.end(), imap::StatusItem::mailbox_id) != items.end();
}

imap::StatusData status_data(Session& session, const store::Mailbox& mailbox,
                             const std::vector<imap::StatusItem>& items) {
  imap::StatusData data;
  data.mailbox = imap::encode_utf7(mailbox.name);
  for (const imap::StatusItem item : items) {
    if (item == imap::StatusItem::highest_mod_seq) session.enable_condstore();
    data.items.emplace_back(item, value_of(session, mailbox, item));
  }
  return data;
}

}  // namespace satchel::server
