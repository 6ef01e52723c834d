// Contents: bodies streamed from the server into the segments. Small ones are gathered and written
// together; a large one goes through a ContentWriter and is never whole in memory.
#include <algorithm>

#include "proxy/account/imap_line.hpp"

namespace satchel::account {
namespace {

constexpr std::size_t gathered_bytes = 8 * 1024 * 1024;
constexpr int misstated_enough = 3;

struct Arriving {
  std::vector<UpstreamUid> uids;  // of `bodies`
  std::vector<std::string> bodies;
  std::size_t bytes = 0;
  std::unique_ptr<store::ContentWriter> writer;  // of a large literal under way
  std::optional<store::StoredContent> large;     // finished, until its response tells the UID
};

// Writes what was gathered, durable in one sync.
awaitable<Result<>> flush(store::Contents& contents, Arriving& arriving, sync::ContentsAnswer& answer) {
  if (arriving.bodies.empty()) co_return Result<>{};
  std::vector<UpstreamUid> uids = std::move(arriving.uids);
  std::vector<std::string> bodies = std::move(arriving.bodies);
  arriving.uids.clear();
  arriving.bodies.clear();
  arriving.bytes = 0;
  auto stored = co_await contents.put(std::move(bodies));
  if (!stored) co_return stored.error();
  for (std::size_t i = 0; i < uids.size(); ++i) {
    sync::FetchedContent fetched;
    fetched.uid = uids[i];
    fetched.stored = std::move((*stored)[i]);
    answer.contents.push_back(std::move(fetched));
  }
  co_return Result<>{};
}

// Whether it is a body that is asked for only after this: it would be lost.
bool is_body_of(const imap::Response& response, const std::vector<UpstreamUid>& next) {
  const auto* data = std::get_if<imap::FetchData>(&response);
  return data != nullptr && !data->sections.empty() && data->uid && !next.empty() &&
         std::binary_search(next.begin(), next.end(), UpstreamUid{*data->uid});
}

void take_response(imap::Response& response, const std::vector<UpstreamUid>& asked, Arriving& arriving,
                   sync::ContentsAnswer& answer) {
  auto* data = std::get_if<imap::FetchData>(&response);
  if (data == nullptr || data->sections.empty()) return;
  const UpstreamUid uid{data->uid.value_or(0)};
  const bool wanted = answers(*data, Asked::body) && std::binary_search(asked.begin(), asked.end(), uid);
  imap::FetchedSection& section = data->sections.front();
  if (section.streamed) {
    if (wanted && arriving.large) {
      sync::FetchedContent fetched;
      fetched.uid = uid;
      fetched.stored = std::move(*arriving.large);
      answer.contents.push_back(std::move(fetched));
    }
    arriving.large.reset();
  } else if (wanted && section.bytes) {
    arriving.bytes += section.bytes->size();
    arriving.uids.push_back(uid);
    arriving.bodies.push_back(std::move(*section.bytes));
  }
}

imap::Fetch body_command(const std::vector<UpstreamUid>& uids) {
  imap::Fetch fetch;
  fetch.uid = true;
  fetch.set = to_set(uids);
  fetch.items.push_back(fetch_item(imap::FetchItem::Kind::section));
  fetch.items.back().peek = true;
  return fetch;
}

std::uint64_t stated_size(const sync::ContentsAsk& ask, UpstreamUid uid) {
  const auto at = std::lower_bound(ask.uids.begin(), ask.uids.end(), uid);
  const auto index = std::size_t(at - ask.uids.begin());
  return index < ask.sizes.size() ? ask.sizes[index] : 0;  // 0: not known
}

// One body a UID. Of several the one that has the stated size is believed; else none of them.
void keep_undisputed(const sync::ContentsAsk& ask, std::vector<sync::FetchedContent>& contents) {
  std::stable_sort(contents.begin(), contents.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  std::vector<sync::FetchedContent> kept;
  for (std::size_t at = 0; at < contents.size();) {
    const UpstreamUid uid = contents[at].uid;
    std::vector<std::size_t> different{at};
    for (++at; at < contents.size() && contents[at].uid == uid; ++at)
      if (contents[at].stored.hash != contents[different.front()].stored.hash) different.push_back(at);
    if (different.size() > 1)
      std::erase_if(different, [&](std::size_t one) { return contents[one].stored.size != stated_size(ask, uid); });
    if (different.size() == 1) kept.push_back(std::move(contents[different.front()]));
  }
  contents = std::move(kept);
}

// Takes out what has another size than the server stated.
std::vector<sync::FetchedContent> take_doubtful(const sync::ContentsAsk& ask,
                                                std::vector<sync::FetchedContent>& contents) {
  std::vector<sync::FetchedContent> doubtful;
  std::vector<sync::FetchedContent> kept;
  for (sync::FetchedContent& one : contents) {
    const std::uint64_t stated = stated_size(ask, one.uid);
    (stated != 0 && stated != one.stored.size ? doubtful : kept).push_back(std::move(one));
  }
  contents = std::move(kept);
  return doubtful;
}

}  // namespace

// Some servers state sizes that are not those of the bytes they give: such bytes are believed when
// they come twice. Where that was seen often enough, sizes say nothing any more.
awaitable<sync::ContentsAnswer> ImapLine::put(sync::ContentsAsk ask) {
  sync::ContentsAnswer answer = co_await fetch_bodies(ask);
  if (sizes_misstated_ >= misstated_enough) co_return answer;
  std::vector<sync::FetchedContent> doubtful = take_doubtful(ask, answer.contents);
  if (doubtful.empty() || !answer.outcome.ok()) co_return answer;
  sync::ContentsAsk again;
  again.at = ask.at;
  for (const sync::FetchedContent& one : doubtful) again.uids.push_back(one.uid);
  sync::ContentsAnswer second = co_await fetch_bodies(again);
  for (sync::FetchedContent& one : second.contents) {
    const auto first =
        std::find_if(doubtful.begin(), doubtful.end(), [&one](const auto& other) { return other.uid == one.uid; });
    const bool stated = one.stored.size == stated_size(ask, one.uid);
    const bool same = first != doubtful.end() && first->stored.hash == one.stored.hash;
    if (same) ++sizes_misstated_;
    if (same || stated) answer.contents.push_back(std::move(one));
  }
  answer.outcome = second.outcome;
  std::sort(answer.contents.begin(), answer.contents.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  co_return answer;
}

awaitable<sync::ContentsAnswer> ImapLine::fetch_bodies(sync::ContentsAsk ask) {
  sync::ContentsAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  const auto tag = co_await connection_->send(body_command(ask.uids));
  if (tag && !ask.next.empty()) (void)co_await connection_->send_ahead(body_command(ask.next));
  Arriving arriving;
  Result<imap::StatusResponse> tagged = fail(ErrorCode::retry, "The line was lost.");
  if (!tag) tagged = tag.error();
  while (tag) {
    const auto event = co_await connection_->next();
    if (!event) {
      tagged = event.error();
      break;
    }
    imap::ResponseReader& reader = connection_->reader();
    Result<> stored;
    if (*event == upstream::Connection::Event::literal_begin) {
      arriving.writer = contents_.begin();
    } else if (*event == upstream::Connection::Event::literal_bytes) {
      stored = co_await arriving.writer->append(reader.piece());
    } else {
      if (arriving.writer) {
        auto finished = co_await arriving.writer->finish();
        arriving.writer.reset();
        if (finished)
          arriving.large = std::move(*finished);
        else
          stored = finished.error();
      }
      look_at(reader.response());
      auto* status = std::get_if<imap::StatusResponse>(&reader.response());
      if (status != nullptr && status->tag == *tag) {
        tagged = std::move(*status);
        break;
      }
      if (status != nullptr && status->kind == imap::StatusResponse::Kind::bye) {
        connection_->close();
        break;
      }
      if (is_body_of(reader.response(), ask.next)) connection_->distrust_ahead();
      take_response(reader.response(), ask.uids, arriving, answer);
      if (arriving.bytes >= gathered_bytes) stored = co_await flush(contents_, arriving, answer);
    }
    if (!stored) {
      // The disk does not take it: nothing more is read, the line goes.
      trouble_ = stored.error().text;
      connection_->close();
      tagged = stored.error();
      break;
    }
  }
  const auto flushed = co_await flush(contents_, arriving, answer);
  answer.outcome = outcome(tagged);
  if (!flushed) {
    trouble_ = flushed.error().text;
    answer.outcome = sync::Outcome{};
    answer.outcome.kind = sync::Outcome::Kind::lost;
    answer.outcome.text = flushed.error().text;
    connection_->close();
  }
  keep_undisputed(ask, answer.contents);
  co_return answer;
}

}  // namespace satchel::account
