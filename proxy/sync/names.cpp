#include "proxy/sync/names.hpp"

#include <algorithm>

#include "proxy/imap/mailbox_name.hpp"

namespace satchel::sync {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return result;
}

template <class Visit>
void components(std::string_view name, char delimiter, Visit&& visit) {
  while (delimiter) {
    const std::size_t end = name.find(delimiter);
    if (end == std::string_view::npos) break;
    visit(name.substr(0, end));
    name.remove_prefix(end + 1);
  }
  visit(name);
}

}  // namespace

std::string canonical(std::string_view wire) {
  return imap::is_inbox(wire) ? "INBOX" : std::string(wire);
}

std::string local_name(std::string_view wire, char delimiter, const Abilities& abilities, char ours) {
  if (imap::is_inbox(wire)) return "INBOX";
  const std::string& prefix = abilities.prefix;
  if (!prefix.empty() && wire.size() > prefix.size() && wire.starts_with(prefix)) {
    // Below the prefix nothing may look like INBOX itself.
    const std::string_view rest = wire.substr(prefix.size());
    if (!imap::is_inbox(rest)) wire = rest;
  }
  std::string name;
  bool first = true;
  components(wire, delimiter, [&](std::string_view part) {
    std::string text = abilities.utf8 && imap::is_utf8(part) ? std::string(part) : imap::decode_utf7_leniently(part);
    if (delimiter != ours) std::replace(text.begin(), text.end(), ours, '_');
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
    if (!first) name += ours;
    first = false;
    name += text;
  });
  return name;
}

std::string wire_name(std::string_view local, const Abilities& abilities, char ours) {
  if (imap::is_inbox(local)) return "INBOX";
  std::string wire = abilities.prefix;
  bool first = true;
  components(local, ours, [&](std::string_view part) {
    if (!first) wire += abilities.delimiter ? abilities.delimiter : '-';
    first = false;
    wire += abilities.utf8 ? std::string(part) : imap::encode_utf7(part);
  });
  return wire;
}

std::string free_name(const store::AccountState& state, std::string wanted, store::MailboxId but) {
  const auto taken = [&](const std::string& name) {
    const std::string same = lower(name);
    for (const auto& [id, mailbox] : state.mailboxes)
      if (id != but && mailbox->live() && lower(mailbox->name) == same) return true;
    return false;
  };
  while (taken(wanted)) wanted += '~';
  return wanted;
}

}  // namespace satchel::sync
