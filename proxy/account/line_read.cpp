// Questions that read the mailbox that is open: UIDs, changes, flags, metadata.
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
  one.summary =
      store::Summary{std::move(summary.envelope), {}, std::move(summary.header), std::move(summary.message_id)};
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
  std::erase_if(answer.flags, [&ask](const sync::UidFlags& one) {  // a range that ends with * names the last one too
    return one.uid < ask.range.first || ask.range.last < one.uid;
  });
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
