// Questions that read: LIST, STATUS, SELECT, UIDs, changes, flags, metadata.
#include <algorithm>
#include <map>

#include "proxy/account/imap_line.hpp"
#include "proxy/imap/scanner.hpp"
#include "proxy/mime/summary.hpp"

namespace satchel::account {
namespace {

using sync::Outcome;

// More than any mailbox that is planned for (design section 10): what is past it is a lie.
constexpr std::size_t most_messages = 10'000'000;

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

sync::StatusFigures figures(const imap::StatusData& data) {
  sync::StatusFigures out;
  out.mailbox_id = data.mailbox_id;
  for (const auto& [item, value] : data.items) {
    if (item == imap::StatusItem::messages) out.messages = std::uint32_t(value);
    if (item == imap::StatusItem::uid_next) out.uid_next = std::uint32_t(value);
    if (item == imap::StatusItem::uid_validity) out.uid_validity = std::uint32_t(value);
    if (item == imap::StatusItem::highest_mod_seq) out.highest_modseq = value;
  }
  return out;
}

std::vector<imap::StatusItem> wanted_items(const sync::Abilities& can) {
  std::vector<imap::StatusItem> items{imap::StatusItem::messages, imap::StatusItem::uid_next,
                                      imap::StatusItem::uid_validity};
  if (can.condstore) items.push_back(imap::StatusItem::highest_mod_seq);
  if (can.object_id) items.push_back(imap::StatusItem::mailbox_id);
  return items;
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

void sort_by_uid(std::vector<sync::UidFlags>& flags) {
  std::stable_sort(flags.begin(), flags.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  // What came last of a UID is what holds.
  std::vector<sync::UidFlags> unique;
  for (auto& entry : flags) {
    if (!unique.empty() && unique.back().uid == entry.uid)
      unique.back() = std::move(entry);
    else
      unique.push_back(std::move(entry));
  }
  flags = std::move(unique);
}

// Flags that came, and whether some could not be read: whose they were is not known.
struct FlagsHeard {
  std::vector<sync::UidFlags> flags;
  bool unreadable = false;
};

void take_flags(imap::Response& response, FlagsHeard& into) {
  auto* data = std::get_if<imap::FetchData>(&response);
  if (data == nullptr) return;
  const bool whole = data->uid && *data->uid != 0 && data->flags;
  if (!whole && (data->malformed || data->uid == 0u)) into.unreadable = true;
  if (!whole || !answers(*data, Asked::flags)) return;
  into.flags.push_back({UpstreamUid{*data->uid}, to_flag_set(*data->flags), data->mod_seq.value_or(0)});
}

sync::Metadata read_metadata(imap::FetchData& data, store::Contents& contents) {
  sync::Metadata one;
  one.uid = UpstreamUid{*data.uid};
  one.flags = to_flag_set(*data.flags);
  one.identity.date = data.internal_date->seconds;
  one.zone = data.internal_date->zone;
  one.identity.size = std::uint32_t(std::min<std::uint64_t>(*data.size, 0xffffffff));
  one.modseq = data.mod_seq.value_or(0);
  if (!data.email_id.empty()) one.email_id = contents.hash64(data.email_id);
  // A header too large to be held is left to be read with the whole message.
  if (data.sections.empty() || data.sections.front().streamed) return one;
  mime::SummaryBuilder builder(mime::Extent::header);
  builder.feed(data.sections.front().bytes.value_or(std::string()));
  mime::Summary summary = builder.finish();
  one.identity.header = contents.hash64(summary.header);
  one.identity.message_id = summary.message_id.empty() ? 1 : contents.hash64(summary.message_id);
  one.summary = store::Summary{std::move(summary.index), std::move(summary.header), std::move(summary.message_id)};
  return one;
}

// What never changes of a message.
bool same_message(const sync::Metadata& a, const sync::Metadata& b) {
  return a.identity.date == b.identity.date && a.identity.size == b.identity.size &&
         a.identity.header == b.identity.header;
}

Outcome unreadable() {
  Outcome outcome;
  outcome.kind = Outcome::Kind::bad;
  outcome.text = "The server's answer cannot be read.";
  return outcome;
}

imap::FetchItem item(imap::FetchItem::Kind kind) {
  imap::FetchItem out;
  out.kind = kind;
  return out;
}

}  // namespace

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

ImapLine::Words ImapLine::words(const char* first, const char* second) {
  Words all;
  for (const char* word : {first, second})
    if (*word != 0) all.emplace_back(word);
  return all;
}

store::FlagSet to_flag_set(const std::vector<std::string>& names) {
  store::FlagSet set;
  for (const std::string& name : names) set.add(std::string_view(name));
  return set;
}

awaitable<sync::ListAnswer> ImapLine::put(sync::ListAsk) {
  sync::ListAnswer answer;
  imap::List list;
  list.patterns.push_back("*");
  list.return_special_use = abilities_.list_extended && abilities_.special_use;
  if (abilities_.list_status) list.return_status = wanted_items(abilities_);
  std::map<std::string, sync::StatusFigures> status;
  const auto on_data = [&](imap::Response& response) {
    if (auto* data = std::get_if<imap::ListData>(&response); data != nullptr && !data->lsub)
      answer.mailboxes.push_back(listed(*data));
    else if (const auto* of = std::get_if<imap::StatusData>(&response))
      status[of->mailbox] = figures(*of);
  };
  const Words leans_on = words("LIST-STATUS", abilities_.list_extended ? "LIST-EXTENDED" : "");
  answer.outcome = co_await run(std::move(list), on_data, leans_on);
  if (!answer.outcome.ok()) co_return answer;
  for (sync::ListedMailbox& mailbox : answer.mailboxes)
    if (const auto found = status.find(mailbox.name); found != status.end()) mailbox.status = found->second;
  imap::Lsub lsub;
  lsub.pattern = "*";
  const auto on_lsub = [&](imap::Response& response) {
    auto* data = std::get_if<imap::ListData>(&response);
    if (data != nullptr && !has_attribute(data->attributes, "\\Noselect"))
      answer.subscribed.push_back(std::move(data->mailbox));
  };
  answer.outcome = co_await run(std::move(lsub), on_lsub);
  co_return answer;
}

awaitable<sync::StatusAnswer> ImapLine::put(sync::StatusAsk ask) {
  sync::StatusAnswer answer;
  if (selected_ == ask.mailbox) {
    answer.outcome = co_await leave();
    if (!answer.outcome.ok()) co_return answer;
  }
  imap::Status status{ask.mailbox, wanted_items(abilities_)};
  const auto on_data = [&answer](imap::Response& response) {
    if (const auto* data = std::get_if<imap::StatusData>(&response)) answer.figures = figures(*data);
  };
  const Words leans_on = words("OBJECTID", "CONDSTORE");
  answer.outcome = co_await run(std::move(status), on_data, leans_on);
  co_return answer;
}

awaitable<sync::SelectAnswer> ImapLine::select(std::string mailbox, Access access) {
  sync::SelectAnswer answer;
  imap::Select command;
  command.mailbox = mailbox;
  command.read_only = access == Access::read;
  command.condstore = abilities_.condstore && !abilities_.qresync;
  selected_.clear();
  exists_ = 0;
  const auto on_data = [&answer](imap::Response& response) {
    if (const auto* exists = std::get_if<imap::ExistsData>(&response)) answer.exists = exists->number;
    const auto* status = std::get_if<imap::StatusResponse>(&response);
    if (status == nullptr) return;
    if (status->code.name == "UIDVALIDITY") answer.uid_validity = std::uint32_t(status->code.number);
    if (status->code.name == "UIDNEXT") answer.uid_next = std::uint32_t(status->code.number);
    if (status->code.name == "HIGHESTMODSEQ") answer.highest_modseq = status->code.number;
    if (status->code.name == "MAILBOXID") answer.mailbox_id = status->code.argument;
  };
  const Words leans_on = words(command.condstore ? "CONDSTORE" : "");
  answer.outcome = co_await run(std::move(command), on_data, leans_on);
  if (!answer.outcome.ok()) co_return answer;
  selected_ = std::move(mailbox);
  access_ = access;
  uid_validity_ = answer.uid_validity;
  co_return answer;
}

awaitable<Outcome> ImapLine::enter(sync::At at, Access access) {
  Outcome outcome;
  const bool there =
      selected_ == at.mailbox && !selected_.empty() && (access == Access::read || access_ == Access::write);
  if (!there) {
    const sync::SelectAnswer selected = co_await select(at.mailbox, access);
    outcome = selected.outcome;
    if (!outcome.ok()) co_return outcome;
  }
  if (at.uid_validity != 0 && uid_validity_ != at.uid_validity) outcome.kind = Outcome::Kind::uid_validity_changed;
  co_return outcome;
}

awaitable<Outcome> ImapLine::leave() {
  Outcome outcome;
  if (selected_.empty()) co_return outcome;
  if (abilities_.unselect) {
    outcome = co_await run(imap::Unselect{}, {});
    if (outcome.kind == Outcome::Kind::bad) deny("UNSELECT");
  }
  if (!abilities_.unselect) {
    // EXAMINE of a name that cannot be leaves the mailbox selected before (RFC 3501 section 6.3.1).
    imap::Select command;
    command.mailbox = "satchel-leaves-" + std::to_string(uid_validity_);
    command.read_only = true;
    outcome = co_await run(std::move(command), {});
    if (outcome.kind != Outcome::Kind::lost) outcome = Outcome{};
  }
  selected_.clear();
  co_return outcome;
}

awaitable<sync::SelectAnswer> ImapLine::put(sync::SelectAsk ask) {
  co_return co_await select(ask.mailbox, Access::read);
}

awaitable<sync::ListUidsAnswer> ImapLine::put(sync::ListUidsAsk ask) {
  sync::ListUidsAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok()) co_return answer;
  imap::Search search;
  search.uid = true;
  search.extended = search.return_all = abilities_.esearch;
  std::vector<std::uint32_t> uids;
  std::vector<imap::NumberRange> ranges;
  const auto on_data = [&](imap::Response& response) {
    if (auto* data = std::get_if<imap::SearchData>(&response)) {
      uids.insert(uids.end(), data->numbers.begin(), data->numbers.end());
      if (uids.size() > most_messages) connection_->close();
    } else if (const auto* extended = std::get_if<imap::EsearchData>(&response); extended != nullptr && extended->all) {
      ranges = extended->all->resolve(0);
    }
  };
  const Words leans_on = words(search.extended ? "ESEARCH" : "");
  answer.outcome = co_await run(std::move(search), on_data, leans_on);
  if (!answer.outcome.ok()) co_return answer;
  // Ranges cost nothing to send: they are spelled out only where they name no more than there are.
  std::uint64_t named = 0;
  for (const imap::NumberRange& range : ranges) named += std::uint64_t(range.last) - range.first + 1;
  if (named > std::min<std::uint64_t>(exists_, most_messages)) {
    answer.outcome = unreadable();
    refused_ = leans_on;
    co_return answer;
  }
  for (const imap::NumberRange& range : ranges)
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) uids.push_back(std::uint32_t(uid));
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  for (const std::uint32_t uid : uids)
    if (uid != 0) answer.uids.push_back(UpstreamUid{uid});
  co_return answer;
}

awaitable<sync::ChangesAnswer> ImapLine::put(sync::ChangesAsk ask) {
  sync::ChangesAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok()) co_return answer;
  imap::Fetch fetch;
  fetch.uid = true;
  fetch.set = imap::SequenceSet({{1, imap::SequenceSet::star}});
  fetch.items = {item(imap::FetchItem::Kind::flags)};
  fetch.changed_since = ask.since;
  fetch.vanished = abilities_.qresync;
  FlagsHeard heard;
  const auto on_data = [&](imap::Response& response) {
    take_flags(response, heard);
    if (const auto* data = std::get_if<imap::VanishedData>(&response))
      for (const imap::NumberRange& range : data->uids.resolve(0))
        answer.vanished.push_back({UpstreamUid{range.first}, UpstreamUid{range.last}});
    if (answer.vanished.size() > most_messages) connection_->close();
  };
  const Words leans_on = words(fetch.vanished ? "QRESYNC" : "");
  answer.outcome = co_await run(std::move(fetch), on_data, leans_on);
  if (answer.outcome.kind == Outcome::Kind::bad && leans_on.empty()) {
    for_good_ = true;
    deny("CONDSTORE");
  }
  // A change that is lost here would never be told again once MODSEQ is stored.
  if (answer.outcome.ok() && heard.unreadable) answer.outcome = unreadable();
  answer.changed = std::move(heard.flags);
  sort_by_uid(answer.changed);
  std::sort(answer.vanished.begin(), answer.vanished.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  co_return answer;
}

awaitable<sync::FlagsAnswer> ImapLine::put(sync::FlagsAsk ask) {
  sync::FlagsAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok()) co_return answer;
  const std::uint32_t last = ask.range.last.value == 0xffffffff ? imap::SequenceSet::star : ask.range.last.value;
  FlagsHeard heard;
  // What could not be read is asked for once more; a flag that is overlooked might be \Deleted.
  for (int round = 0; round < 2; ++round) {
    imap::Fetch fetch;
    fetch.uid = true;
    fetch.set = imap::SequenceSet({{ask.range.first.value, last}});
    fetch.items = {item(imap::FetchItem::Kind::flags)};
    heard = FlagsHeard();
    const auto on_data = [&heard](imap::Response& response) { take_flags(response, heard); };
    answer.outcome = co_await run(std::move(fetch), on_data);
    if (!answer.outcome.ok() || !heard.unreadable) break;
    answer.outcome = unreadable();
  }
  answer.flags = std::move(heard.flags);
  sort_by_uid(answer.flags);
  co_return answer;
}

awaitable<sync::MetadataAnswer> ImapLine::put(sync::MetadataAsk ask) {
  sync::MetadataAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  imap::Fetch fetch;
  fetch.uid = true;
  std::vector<std::uint32_t> numbers;
  for (const UpstreamUid uid : ask.uids) numbers.push_back(uid.value);
  fetch.set = imap::SequenceSet::of(std::move(numbers));
  using Kind = imap::FetchItem::Kind;
  fetch.items = {item(Kind::flags), item(Kind::internal_date), item(Kind::size)};
  if (abilities_.object_id) fetch.items.push_back(item(Kind::email_id));
  if (abilities_.gmail && !abilities_.object_id) fetch.items.push_back(item(Kind::gmail_message_id));
  if (ask.depth == sync::Depth::headers) {
    imap::FetchItem header = item(Kind::section);
    header.peek = true;
    header.section.specifier = imap::Section::Specifier::header;
    fetch.items.push_back(std::move(header));
  }
  const Asked asked = ask.depth == sync::Depth::headers ? Asked::header : Asked::sizes;
  std::map<UpstreamUid, std::optional<sync::Metadata>> heard;  // nothing: two answers that cannot both be true
  const auto on_data = [&](imap::Response& response) {
    auto* data = std::get_if<imap::FetchData>(&response);
    if (data == nullptr || !data->uid || !answers(*data, asked)) return;
    const UpstreamUid uid{*data->uid};
    if (!std::binary_search(ask.uids.begin(), ask.uids.end(), uid)) return;
    sync::Metadata one = read_metadata(*data, contents_);
    const auto [place, first] = heard.try_emplace(uid);
    if (first || (place->second && same_message(*place->second, one)))
      place->second = std::move(one);
    else
      place->second.reset();
  };
  const Words leans_on = words(abilities_.object_id ? "OBJECTID" : abilities_.gmail ? "X-GM-EXT-1" : "");
  answer.outcome = co_await run(std::move(fetch), on_data, leans_on);
  for (auto& [uid, one] : heard)
    if (one) answer.messages.push_back(std::move(*one));
  co_return answer;
}

}  // namespace satchel::account
