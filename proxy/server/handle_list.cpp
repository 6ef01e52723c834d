// LIST, RFC 3501 section 6.3.8; LIST-EXTENDED, RFC 5258; LIST-STATUS, RFC 5819; SPECIAL-USE, RFC 6154;
// CHILDREN, RFC 3348. \Noinferiors is never sent.
#include <algorithm>

#include "proxy/imap/mailbox_name.hpp"
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/mailboxes.hpp"
#include "proxy/server/name_tree.hpp"
#include "proxy/server/special_use.hpp"
#include "proxy/server/status_data.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t most_patterns = 100;  // each name is held against each of them

enum class Selected : std::uint8_t { no, itself, for_children };

bool has_use(const NameEntry& entry) {
  return entry.mailbox && entry.mailbox->special_use != store::SpecialUse::none;
}

Selected select_entry(const imap::List& command, const NameEntry& entry) {
  if (!command.select_subscribed && !command.select_special_use)
    return entry.mailbox || entry.has_children ? Selected::itself : Selected::no;
  const bool itself =
      (!command.select_subscribed || entry.subscribed) && (!command.select_special_use || has_use(entry));
  if (itself) return Selected::itself;
  const bool below = (!command.select_subscribed || entry.subscribed_below) &&
                     (!command.select_special_use || entry.special_use_below);
  return command.select_recursive_match && below ? Selected::for_children : Selected::no;
}

std::vector<std::string> attributes(const imap::List& command, const NameEntry& entry) {
  std::vector<std::string> all;
  if (!entry.mailbox)
    all.push_back(command.extended ? "\\NonExistent" : "\\Noselect");
  else if (!selectable(*entry.mailbox))
    all.push_back("\\Noselect");
  all.push_back(entry.has_children ? "\\HasChildren" : "\\HasNoChildren");
  if (has_use(entry)) all.push_back(special_use_name(entry.mailbox->special_use));
  if (entry.subscribed && (command.select_subscribed || command.return_subscribed)) all.push_back("\\Subscribed");
  return all;
}

// STATUS of a mailbox that cannot be told now is left out (RFC 5819 section 2).
awaitable<void> write_status_of(Session& session, store::MailboxPtr mailbox, std::vector<imap::StatusItem> items) {
  if (!mailbox || !selectable(*mailbox)) co_return;
  const auto listed = co_await find_listed_mailbox(session, imap::encode_utf7(mailbox->name));
  if (listed) imap::write_status_data(session.out(), status_data(session, **listed, items));
}

bool matches_any(const std::vector<ListPattern>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const ListPattern& one) { return one.matches(name); });
}

}  // namespace

awaitable<Answer> handle_list(Session& session, imap::List command) {
  if (command.patterns.size() > most_patterns) co_return no("LIMIT", "A LIST may have at most 100 patterns.");
  if (unknown_item(command.return_status)) co_return bad("MAILBOXID is not offered here.");
  if (const auto listed = co_await wait_list(session); !listed) co_return answer_for(listed.error());
  imap::ListData data;
  data.delimiter = session.view().delimiter;
  if (!command.extended && command.patterns.front().empty()) {
    data.attributes = {"\\Noselect"};
    imap::write_list(session.out(), data);
    co_return ok("Done.");
  }
  std::vector<ListPattern> patterns;
  for (const std::string& pattern : command.patterns) patterns.emplace_back(command.reference, pattern, data.delimiter);
  const std::vector<NameEntry> entries = name_tree(session.view());
  for (const NameEntry& entry : entries) {
    const Selected selected = select_entry(command, entry);
    if (selected == Selected::no || !matches_any(patterns, entry.name)) continue;
    data.attributes = attributes(command, entry);
    data.mailbox = imap::encode_utf7(entry.name);
    data.child_info = command.select_recursive_match && command.select_subscribed && entry.subscribed_below;
    imap::write_list(session.out(), data);
    if (!command.return_status.empty()) co_await write_status_of(session, entry.mailbox, command.return_status);
    if (!co_await session.flush_when_full()) break;
  }
  co_return ok("Done.");
}

}  // namespace satchel::server
