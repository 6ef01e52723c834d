#include "proxy/account/heard.hpp"

#include <algorithm>

#include "proxy/imap/scanner.hpp"

namespace satchel::account {
namespace {

store::SpecialUse special_use(const std::vector<std::string>& attributes) {
  static constexpr std::pair<const char*, store::SpecialUse> names[] = {
      {"\\ALL", store::SpecialUse::all},       {"\\ARCHIVE", store::SpecialUse::archive},
      {"\\DRAFTS", store::SpecialUse::drafts}, {"\\FLAGGED", store::SpecialUse::flagged},
      {"\\JUNK", store::SpecialUse::junk},     {"\\SENT", store::SpecialUse::sent},
      {"\\TRASH", store::SpecialUse::trash},   {"\\ALLMAIL", store::SpecialUse::all},
      {"\\SPAM", store::SpecialUse::junk}};
  for (const std::string& attribute : attributes)
    for (const auto& [name, use] : names)
      if (imap::equal_without_case(attribute, name)) return use;
  return store::SpecialUse::none;
}

bool has_attribute(const std::vector<std::string>& attributes, const char* name) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [name](const std::string& attribute) { return imap::equal_without_case(attribute, name); });
}

sync::ListedMailbox listed(imap::ListData& data) {
  sync::ListedMailbox mailbox;
  mailbox.name = std::move(data.mailbox);
  mailbox.delimiter = data.delimiter;
  mailbox.selectable =
      !has_attribute(data.attributes, "\\Noselect") && !has_attribute(data.attributes, "\\NonExistent");
  mailbox.special_use = special_use(data.attributes);
  return mailbox;
}

}  // namespace

// --- LIST

std::string object_id(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  const auto allowed = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           letter == '_' || letter == '-';
  };
  if (text.size() > 255 || !std::all_of(text.begin(), text.end(), allowed)) return {};
  return std::string(text);
}

sync::StatusFigures figures_of(const imap::StatusData& data, bool& odd_id) {
  sync::StatusFigures out;
  out.mailbox_id = object_id(data.mailbox_id);
  odd_id = odd_id || (out.mailbox_id.empty() && !data.mailbox_id.empty());
  for (const auto& [item, value] : data.items) {
    if (item == imap::StatusItem::messages) out.messages = std::uint32_t(value);
    if (item == imap::StatusItem::uid_next) out.uid_next = std::uint32_t(value);
    if (item == imap::StatusItem::uid_validity) out.uid_validity = std::uint32_t(value);
    if (item == imap::StatusItem::highest_mod_seq) out.highest_modseq = value;
  }
  return out;
}

bool ListHeard::keeps(const std::string& name) {
  bytes += 2 * name.size() + bytes_beside_name;
  endless = endless || bytes > most_name_bytes;
  return !endless;
}

void ListHeard::take(imap::Response& response) {
  if (auto* data = std::get_if<imap::ListData>(&response)) {
    if (!keeps(data->mailbox)) return;
    if (!data->lsub)
      answer.mailboxes.push_back(listed(*data));
    else if (!has_attribute(data->attributes, "\\Noselect"))
      answer.subscribed.push_back(std::move(data->mailbox));
  } else if (const auto* of = std::get_if<imap::StatusData>(&response)) {
    if (keeps(of->mailbox)) status[of->mailbox] = figures_of(*of, odd_ids);
  }
}

sync::ListAnswer ListHeard::finish() {
  for (sync::ListedMailbox& mailbox : answer.mailboxes) {
    const auto found = status.find(mailbox.name);
    if (found == status.end()) continue;
    mailbox.status = found->second;
    if (odd_ids) mailbox.status->mailbox_id.clear();
  }
  return std::move(answer);
}

imap::List list_command(const sync::Abilities& can, std::vector<imap::StatusItem> status_items) {
  imap::List list;
  list.patterns.push_back("*");
  list.return_special_use = can.list_extended && can.special_use;
  if (can.list_status) list.return_status = std::move(status_items);
  return list;
}

imap::Lsub lsub_command() {
  imap::Lsub lsub;
  lsub.pattern = "*";
  return lsub;
}

// --- UIDs

void UidsHeard::take(imap::Response& response) {
  if (auto* data = std::get_if<imap::SearchData>(&response)) {
    uids.insert(uids.end(), data->numbers.begin(), data->numbers.end());
    endless = endless || uids.size() > most_messages;
  } else if (const auto* extended = std::get_if<imap::EsearchData>(&response); extended != nullptr && extended->all) {
    ranges = extended->all->resolve(0);
  }
}

std::optional<std::vector<UpstreamUid>> UidsHeard::finish(std::uint32_t exists) {
  std::uint64_t named = 0;
  for (const imap::NumberRange& range : ranges) named += std::uint64_t(range.last) - range.first + 1;
  if (named > std::min<std::uint64_t>(exists, most_messages)) return std::nullopt;
  for (const imap::NumberRange& range : ranges)
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) uids.push_back(std::uint32_t(uid));
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  std::vector<UpstreamUid> all;
  all.reserve(uids.size());
  for (const std::uint32_t uid : uids)
    if (uid != 0) all.push_back(UpstreamUid{uid});
  return all;
}

imap::Search search_command(const sync::Abilities& can) {
  imap::Search search;
  search.uid = true;
  search.extended = search.return_all = can.esearch;
  return search;
}

// --- flags

void FlagsHeard::take(imap::Response& response) {
  auto* data = std::get_if<imap::FetchData>(&response);
  if (data == nullptr) return;
  const bool whole = data->uid && *data->uid != 0 && data->flags;
  if (!whole && (data->malformed || data->uid == 0u)) unreadable = true;
  if (!whole || !answers(*data, Asked::flags)) return;
  flags.push_back({UpstreamUid{*data->uid}, to_flag_set(*data->flags), data->mod_seq.value_or(0)});
}

std::vector<sync::UidFlags> FlagsHeard::finish() {
  std::stable_sort(flags.begin(), flags.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  std::vector<sync::UidFlags> unique;
  for (auto& entry : flags) {
    if (!unique.empty() && unique.back().uid == entry.uid)
      unique.back() = std::move(entry);
    else
      unique.push_back(std::move(entry));
  }
  return unique;
}

void ChangesHeard::take(imap::Response& response) {
  flags.take(response);
  if (const auto* data = std::get_if<imap::VanishedData>(&response))
    for (const imap::NumberRange& range : data->uids.resolve(0))
      vanished.push_back({UpstreamUid{range.first}, UpstreamUid{range.last}});
  endless = endless || vanished.size() > most_messages;
}

void ChangesHeard::finish(sync::ChangesAnswer& answer) {
  answer.changed = flags.finish();
  answer.vanished = std::move(vanished);
  std::sort(answer.vanished.begin(), answer.vanished.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
}

imap::Fetch changes_command(const sync::Abilities& can, std::uint64_t since) {
  imap::Fetch fetch;
  fetch.uid = true;
  fetch.set = imap::SequenceSet({{1, imap::SequenceSet::star}});
  fetch.items = {fetch_item(imap::FetchItem::Kind::flags)};
  fetch.changed_since = since;
  fetch.vanished = can.qresync;
  return fetch;
}

imap::FetchItem fetch_item(imap::FetchItem::Kind kind) {
  imap::FetchItem out;
  out.kind = kind;
  return out;
}

imap::SequenceSet to_set(const std::vector<UpstreamUid>& uids) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(uids.size());
  for (const UpstreamUid uid : uids) numbers.push_back(uid.value);
  return imap::SequenceSet::of(std::move(numbers));
}

bool answers(const imap::FetchData& data, Asked asked) {
  const bool measured = data.internal_date && data.size;
  const bool any_measure = data.internal_date || data.size;
  const bool one_section = data.sections.size() == 1 && !data.sections.front().origin;
  switch (asked) {
    case Asked::flags:
      return !any_measure && data.sections.empty();
    case Asked::sizes:
      return data.flags && measured && data.sections.empty();
    case Asked::header:
      return data.flags && measured && one_section && data.sections.front().section == "HEADER";
    case Asked::body:
      return !any_measure && one_section && data.sections.front().section.empty();
  }
  return false;
}

store::FlagSet to_flag_set(const std::vector<std::string>& names) {
  store::FlagSet set;
  for (const std::string& name : names) set.add(std::string_view(name));
  return set;
}

}  // namespace satchel::account
