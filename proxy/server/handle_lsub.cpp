// LSUB, RFC 3501 section 6.3.9.
#include "proxy/imap/mailbox_name.hpp"
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"
#include "proxy/server/name_tree.hpp"

namespace satchel::server {

awaitable<Answer> handle_lsub(Session& session, imap::Lsub command) {
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  imap::ListData data;
  data.lsub = true;
  data.delimiter = session.view().delimiter;
  const ListPattern pattern(command.reference, command.pattern, data.delimiter);
  for (const NameEntry& entry : name_tree(session.view())) {
    // "%" may stop above a subscribed name: what it stops at is shown, but is not selectable.
    const bool above = !entry.subscribed && entry.subscribed_below && pattern.has_percent();
    if ((!entry.subscribed && !above) || !pattern.matches(entry.name)) continue;
    data.attributes.clear();
    if (above || !entry.mailbox || !selectable(*entry.mailbox)) data.attributes.push_back("\\Noselect");
    data.mailbox = imap::encode_utf7(entry.name);
    imap::write_list(session.out(), data);
  }
  co_return ok("Done.");
}

}  // namespace satchel::server
