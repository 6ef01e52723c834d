#include "proxy/sync/names.hpp"

#include <algorithm>

#include "proxy/imap/mailbox_name.hpp"

namespace satchel::sync {

namespace {

constexpr std::size_t longest_shown = 1000;  // bytes: as long as clients may make one
constexpr int most_levels = 50;

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

// "", "~", "~2", "~3"
std::string with_suffix(const std::string& name, std::uint32_t number) {
  if (number == 0) return name;
  return name + (number == 1 ? "~" : "~" + std::to_string(number));
}

void cut(std::string& name, char ours) {
  if (name.size() > longest_shown) {
    std::size_t end = longest_shown;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;  // not inside a character
    name.resize(end);
    while (name.size() > 1 && name.back() == ours) name.pop_back();
  }
  if (name.empty()) name = "_";
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
  int level = 0;
  components(wire, delimiter, [&](std::string_view part) {
    if (name.size() > longest_shown) return;
    std::string text = abilities.utf8 && imap::is_utf8(part) ? std::string(part) : imap::decode_utf7_leniently(part);
    if (delimiter != ours) std::replace(text.begin(), text.end(), ours, '_');
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
    if (level > 0) name += level < most_levels ? ours : '_';
    ++level;
    name += text;
  });
  cut(name, ours);
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
  std::uint32_t twins = 0;
  while (taken(with_suffix(wanted, twins))) ++twins;
  return with_suffix(wanted, twins);
}

NamesInUse::NamesInUse(const store::AccountState& state) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live()) used_.insert(lower(mailbox->name));
}

std::string NamesInUse::take(const std::string& wanted) {
  std::uint32_t& twins = twins_[lower(wanted)];
  while (!used_.insert(lower(with_suffix(wanted, twins))).second) ++twins;
  return with_suffix(wanted, twins);
}

}  // namespace satchel::sync
