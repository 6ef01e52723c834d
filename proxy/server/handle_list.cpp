// LIST (RFC 3501 section 6.3.8; RFC 5258, 5819, 6154) and LSUB.
#include <algorithm>
#include <map>

#include "proxy/server/handlers.hpp"
#include "proxy/server/list_pattern.hpp"
#include "proxy/server/status_items.hpp"

namespace satchel::server {
namespace {

// A name that may be listed: a mailbox, a parent that is none, or a subscribed name without one.
struct Entry {
  store::MailboxPtr mailbox;  // null: \NonExistent
  bool children = false;
  bool subscribed = false;
  bool subscribed_below = false;
};
using Entries = std::map<std::string, Entry>;

const char* use_name(store::SpecialUse use) {
  switch (use) {
    case store::SpecialUse::none:
      return nullptr;
    case store::SpecialUse::all:
      return "\\All";
    case store::SpecialUse::archive:
      return "\\Archive";
    case store::SpecialUse::drafts:
      return "\\Drafts";
    case store::SpecialUse::flagged:
      return "\\Flagged";
    case store::SpecialUse::junk:
      return "\\Junk";
    case store::SpecialUse::sent:
      return "\\Sent";
    case store::SpecialUse::trash:
      return "\\Trash";
  }
  return nullptr;
}

void mark_parents(Entries& entries, const std::string& name, char delimiter, bool subscribed) {
  if (delimiter == 0) return;
  for (std::size_t at = name.find(delimiter); at != std::string::npos && at > 0; at = name.find(delimiter, at + 1)) {
    Entry& parent = entries[name.substr(0, at)];
    if (subscribed)
      parent.subscribed_below = true;
    else
      parent.children = true;
  }
}

Entries gather(const store::View& view) {
  Entries entries;
  for (const auto& mailbox : view.mailboxes) {
    if (!mailbox->live()) continue;
    entries[mailbox->name].mailbox = mailbox;
    mark_parents(entries, mailbox->name, view.delimiter, false);
  }
  for (const auto& [name, subscription] : view.subscriptions) {
    if (!subscription.effective) continue;
    entries[name].subscribed = true;
    mark_parents(entries, name, view.delimiter, true);
  }
  return entries;
}

bool is_selectable(const Entry& entry) {
  return entry.mailbox && (!entry.mailbox->upstream.exists || entry.mailbox->upstream.selectable);
}

bool is_wanted(const imap::List& command, const Entry& entry) {
  if (command.select_special_use && (!entry.mailbox || entry.mailbox->special_use == store::SpecialUse::none))
    return false;
  if (command.select_subscribed) return entry.subscribed || (command.select_recursive_match && entry.subscribed_below);
  return entry.mailbox || entry.children;
}

void write_entry(Session& session, const imap::List& command, const std::string& name, const Entry& entry,
                 char delimiter) {
  imap::ListData data;
  data.delimiter = delimiter;
  data.mailbox = wire_name(name);
  const bool subscribed_only = command.select_subscribed;
  if (!entry.mailbox) {
    if (command.extended) data.attributes.emplace_back("\\NonExistent");
    if (!command.extended || !subscribed_only) data.attributes.emplace_back("\\Noselect");
  } else if (!is_selectable(entry)) {
    data.attributes.emplace_back("\\Noselect");
  }
  data.attributes.emplace_back(entry.children ? "\\HasChildren" : "\\HasNoChildren");
  if (entry.mailbox)
    if (const char* use = use_name(entry.mailbox->special_use)) data.attributes.emplace_back(use);
  if ((command.return_subscribed || command.select_subscribed) && entry.subscribed)
    data.attributes.emplace_back("\\Subscribed");
  data.child_info =
      command.select_recursive_match && command.select_subscribed && !entry.subscribed && entry.subscribed_below;
  imap::write_list(session.out(), data);
}

awaitable<bool> wait_for_list(Session& session) {
  const auto waited = co_await session.backfill().wait_list(session.account());
  if (waited || session.view()->listed) co_return true;
  session.no(waited.error());
  co_return false;
}

}  // namespace

awaitable<void> handle(Session& session, imap::List command) {
  const bool ready = co_await wait_for_list(session);
  if (!ready) co_return;
  const auto view = session.view();
  if (!command.extended && command.patterns.size() == 1 && command.patterns.front().empty()) {
    imap::ListData data;
    data.attributes.emplace_back("\\Noselect");
    data.delimiter = view->delimiter;
    imap::write_list(session.out(), data);
    session.ok("Done.");
    co_return;
  }
  std::vector<std::string> patterns;
  for (const std::string& pattern : command.patterns)
    patterns.push_back(local_name(command.reference) + local_name(pattern));
  for (const auto& [name, entry] : gather(*view)) {
    const bool matched = std::any_of(patterns.begin(), patterns.end(), [&, &called = name](const std::string& pattern) {
      return matches(pattern, called, view->delimiter);
    });
    if (!matched || !is_wanted(command, entry)) continue;
    write_entry(session, command, name, entry, view->delimiter);
    if (!command.return_status.empty() && is_selectable(entry) && entry.mailbox->listed)
      write_status(session, *entry.mailbox, command.return_status);
    const bool sent = co_await session.flush_if_large();
    if (!sent) co_return;
  }
  session.tell_updates(Expunges::tell);
  session.ok("Done.");
}

awaitable<void> handle(Session& session, imap::Lsub command) {
  const bool ready = co_await wait_for_list(session);
  if (!ready) co_return;
  const auto view = session.view();
  const std::string pattern = local_name(command.reference) + local_name(command.pattern);
  for (const auto& [name, entry] : gather(*view)) {
    if (!matches(pattern, name, view->delimiter)) continue;
    // A parent of subscribed names that is not subscribed itself shows with "%" (RFC 3501 section 6.3.9).
    const bool as_parent = !entry.subscribed && entry.subscribed_below && pattern.ends_with('%');
    if (!entry.subscribed && !as_parent) continue;
    imap::ListData data;
    data.lsub = true;
    data.delimiter = view->delimiter;
    data.mailbox = wire_name(name);
    if (as_parent) data.attributes.emplace_back("\\Noselect");
    imap::write_list(session.out(), data);
  }
  session.ok("Done.");
}

}  // namespace satchel::server
