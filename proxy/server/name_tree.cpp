#include "proxy/server/name_tree.hpp"

#include <algorithm>
#include <map>

#include "proxy/imap/mailbox_name.hpp"
#include "proxy/imap/scanner.hpp"

namespace satchel::server {
namespace {

constexpr std::string_view inbox = "INBOX";

struct InboxFirst {
  bool operator()(const std::string& a, const std::string& b) const {
    if ((a == inbox) != (b == inbox)) return a == inbox;
    return a < b;
  }
};
using Names = std::map<std::string, NameEntry, InboxFirst>;

NameEntry& at(Names& names, const std::string& name) {
  NameEntry& entry = names[name];
  if (entry.name.empty()) entry.name = name;
  return entry;
}

template <class Visit>
void for_each_parent(const std::string& name, char delimiter, Visit visit) {
  if (delimiter == 0) return;
  for (std::size_t end = name.rfind(delimiter); end != std::string::npos && end > 0;
       end = name.rfind(delimiter, end - 1))
    visit(name.substr(0, end));
}

// A run of wildcards with a "*" in it is one "*", one of "%" alone is one "%".
std::string shortest(std::string_view pattern) {
  std::string out;
  for (const char letter : pattern) {
    const bool wild = letter == '*' || letter == '%';
    if (!wild || out.empty() || (out.back() != '*' && out.back() != '%'))
      out += letter;
    else if (letter == '*')
      out.back() = '*';
  }
  return out;
}

// Which prefixes of the pattern match the name so far: one row for each byte of the name.
bool glob(std::string_view pattern, std::string_view name, char delimiter) {
  if (pattern.size() > 2 * name.size() + 1) return false;
  std::vector<char> row(pattern.size() + 1, 0);
  row[0] = 1;
  const auto pass_wildcards = [&] {
    for (std::size_t i = 0; i < pattern.size(); ++i)
      if (row[i] != 0 && (pattern[i] == '*' || pattern[i] == '%')) row[i + 1] = 1;
  };
  pass_wildcards();
  for (const char letter : name) {
    for (std::size_t i = pattern.size() + 1; i-- > 0;) {
      const bool by_letter = i > 0 && row[i - 1] != 0 && pattern[i - 1] == letter;
      const bool in_wildcard =
          i < pattern.size() && row[i] != 0 && (pattern[i] == '*' || (pattern[i] == '%' && letter != delimiter));
      row[i] = by_letter || in_wildcard ? 1 : 0;
    }
    pass_wildcards();
  }
  return row[pattern.size()] != 0;
}

}  // namespace

std::vector<NameEntry> name_tree(const store::View& view) {
  Names names;
  for (const store::MailboxPtr& mailbox : view.mailboxes)
    if (mailbox->live()) at(names, mailbox->name).mailbox = mailbox;
  for (const auto& [name, subscription] : view.subscriptions)
    if (subscription.effective) at(names, name).subscribed = true;
  std::vector<std::string> known;
  for (const auto& [name, entry] : names) known.push_back(name);
  for (const std::string& name : known) {
    const NameEntry child = names[name];
    for_each_parent(name, view.delimiter, [&](const std::string& parent) {
      NameEntry& entry = at(names, parent);
      entry.has_children |= child.mailbox != nullptr;
      entry.subscribed_below |= child.subscribed;
      entry.special_use_below |= child.mailbox && child.mailbox->special_use != store::SpecialUse::none;
    });
  }
  std::vector<NameEntry> all;
  for (auto& [name, entry] : names) all.push_back(std::move(entry));
  return all;
}

ListPattern::ListPattern(std::string_view reference, std::string_view pattern, char delimiter)
    : pattern_(shortest(imap::decode_utf7_leniently(std::string(reference) + std::string(pattern)))),
      upper_(imap::upper(pattern_)),
      delimiter_(delimiter) {}

bool ListPattern::matches(std::string_view name) const {
  if (name == inbox || (name.starts_with(inbox) && name[inbox.size()] == delimiter_)) {
    // INBOX, also as the first component, in any case.
    std::string folded = pattern_;
    const std::size_t count = std::min(inbox.size(), folded.size());
    folded.replace(0, count, upper_, 0, count);
    if (glob(folded, name, delimiter_)) return true;
  }
  return glob(pattern_, name, delimiter_);
}

}  // namespace satchel::server
