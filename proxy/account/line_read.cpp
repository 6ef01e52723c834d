// Questions that read the mailbox that is open: UIDs, changes, flags, metadata.
#include <algorithm>
#include <map>

#include "proxy/account/imap_line.hpp"
#include "proxy/mime/summary.hpp"

namespace satchel::account {
namespace {

using sync::Outcome;

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

}  // namespace

ImapLine::Words ImapLine::words(const char* first, const char* second) {
  Words all;
  for (const char* word : {first, second})
    if (*word != 0) all.emplace_back(word);
  return all;
}

awaitable<sync::ListUidsAnswer> ImapLine::put(sync::ListUidsAsk ask) {
  sync::ListUidsAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok()) co_return answer;
  UidsHeard heard;
  const auto on_data = [&](imap::Response& response) {
    heard.take(response);
    if (heard.endless) connection_->close();
  };
  const Words leans_on = words(abilities_.esearch ? "ESEARCH" : "");
  answer.outcome = co_await run(search_command(abilities_), on_data, leans_on);
  if (!answer.outcome.ok()) co_return answer;
  auto uids = heard.finish(exists_);
  if (uids) {
    answer.uids = std::move(*uids);
  } else {
    answer.outcome = unreadable();
    refused_ = leans_on;
  }
  co_return answer;
}

awaitable<sync::ChangesAnswer> ImapLine::put(sync::ChangesAsk ask) {
  sync::ChangesAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok()) co_return answer;
  ChangesHeard heard;
  const auto on_data = [&](imap::Response& response) {
    heard.take(response);
    if (heard.endless) connection_->close();
  };
  const Words leans_on = words(abilities_.qresync ? "QRESYNC" : "");
  answer.outcome = co_await run(changes_command(abilities_, ask.since), on_data, leans_on);
  if (answer.outcome.kind == Outcome::Kind::bad && leans_on.empty()) {
    for_good_ = true;
    deny("CONDSTORE");
  }
  // A change that is lost here would never be told again once MODSEQ is stored.
  if (answer.outcome.ok() && heard.flags.unreadable) answer.outcome = unreadable();
  heard.finish(answer);
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
    fetch.items = {fetch_item(imap::FetchItem::Kind::flags)};
    heard = FlagsHeard();
    const auto on_data = [&heard](imap::Response& response) { heard.take(response); };
    answer.outcome = co_await run(std::move(fetch), on_data);
    if (!answer.outcome.ok() || !heard.unreadable) break;
    answer.outcome = unreadable();
  }
  answer.flags = heard.finish();
  std::erase_if(answer.flags, [&ask](const sync::UidFlags& one) {  // a range that ends with * names the last one too
    return one.uid < ask.range.first || ask.range.last < one.uid;
  });
  co_return answer;
}

imap::Fetch ImapLine::metadata_command(const std::vector<UpstreamUid>& uids, sync::Depth depth) const {
  imap::Fetch fetch;
  fetch.uid = true;
  fetch.set = to_set(uids);
  using Kind = imap::FetchItem::Kind;
  fetch.items = {fetch_item(Kind::flags), fetch_item(Kind::internal_date), fetch_item(Kind::size)};
  if (abilities_.object_id) fetch.items.push_back(fetch_item(Kind::email_id));
  if (abilities_.gmail && !abilities_.object_id) fetch.items.push_back(fetch_item(Kind::gmail_message_id));
  if (depth == sync::Depth::headers) {
    imap::FetchItem header = fetch_item(Kind::section);
    header.peek = true;
    header.section.specifier = imap::Section::Specifier::header;
    fetch.items.push_back(std::move(header));
  }
  return fetch;
}

awaitable<sync::MetadataAnswer> ImapLine::put(sync::MetadataAsk ask) {
  sync::MetadataAnswer answer;
  if (ask.uids.empty()) co_return answer;
  const Asked asked = ask.depth == sync::Depth::headers ? Asked::header : Asked::sizes;
  imap::Command command = metadata_command(ask.uids, ask.depth);
  if (!connection_->is_ahead(command)) early_metadata_.clear();
  answer.outcome = co_await enter(ask.at, Access::read, command);
  if (!answer.outcome.ok()) co_return answer;
  // Nothing: two answers that cannot both be true.
  auto heard = std::exchange(early_metadata_, {});
  const auto on_data = [&](imap::Response& response) {
    auto* data = std::get_if<imap::FetchData>(&response);
    if (data == nullptr || !data->uid || !answers(*data, asked)) return;
    const UpstreamUid uid{*data->uid};
    const bool early = std::binary_search(ask.next.begin(), ask.next.end(), uid);
    if (!early && !std::binary_search(ask.uids.begin(), ask.uids.end(), uid)) return;
    sync::Metadata one = read_metadata(*data, contents_);
    const auto [place, first] = (early ? early_metadata_ : heard).try_emplace(uid);
    if (first || (place->second && same_message(*place->second, one)))
      place->second = std::move(one);
    else
      place->second.reset();
  };
  const Words leans_on = words(abilities_.object_id ? "OBJECTID" : abilities_.gmail ? "X-GM-EXT-1" : "");
  std::optional<imap::Command> ahead;
  if (!ask.next.empty()) ahead = metadata_command(ask.next, ask.depth);
  answer.outcome = co_await run(std::move(command), on_data, leans_on, nullptr, std::move(ahead));
  connection_->read_on();
  for (auto& [uid, one] : heard)
    if (one) answer.messages.push_back(std::move(*one));
  co_return answer;
}

}  // namespace satchel::account
