// Contents: bodies streamed from the server into the segments. Small ones are gathered and written
// together; a large one goes through a ContentWriter and is never whole in memory.
#include <algorithm>

#include "proxy/account/imap_line.hpp"

namespace satchel::account {
namespace {

constexpr std::size_t gathered_bytes = 8 * 1024 * 1024;

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

// Of two bodies under one UID neither is believed.
void keep_undisputed(std::vector<sync::FetchedContent>& contents) {
  std::stable_sort(contents.begin(), contents.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  std::vector<sync::FetchedContent> kept;
  for (std::size_t at = 0; at < contents.size();) {
    std::size_t end = at + 1;
    bool agree = true;
    for (; end < contents.size() && contents[end].uid == contents[at].uid; ++end)
      agree = agree && contents[end].stored.hash == contents[at].stored.hash;
    if (agree) kept.push_back(std::move(contents[at]));
    at = end;
  }
  contents = std::move(kept);
}

}  // namespace

awaitable<sync::ContentsAnswer> ImapLine::put(sync::ContentsAsk ask) {
  sync::ContentsAnswer answer;
  answer.outcome = co_await enter(ask.at, Access::read);
  if (!answer.outcome.ok() || ask.uids.empty()) co_return answer;
  imap::Fetch fetch;
  fetch.uid = true;
  std::vector<std::uint32_t> numbers;
  for (const UpstreamUid uid : ask.uids) numbers.push_back(uid.value);
  fetch.set = imap::SequenceSet::of(std::move(numbers));
  imap::FetchItem body;
  body.kind = imap::FetchItem::Kind::section;
  body.peek = true;
  fetch.items.push_back(std::move(body));
  const auto tag = co_await connection_->send(std::move(fetch));
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
      take_response(reader.response(), ask.uids, arriving, answer);
      if (arriving.bytes >= gathered_bytes) stored = co_await flush(contents_, arriving, answer);
    }
    if (!stored) {
      // The disk does not take it: nothing more is read, the line goes.
      connection_->close();
      tagged = stored.error();
      break;
    }
  }
  const auto flushed = co_await flush(contents_, arriving, answer);
  answer.outcome = outcome(tagged);
  if (!flushed) {
    answer.outcome = sync::Outcome{};
    answer.outcome.kind = sync::Outcome::Kind::lost;
    answer.outcome.text = flushed.error().text;
    connection_->close();
  }
  keep_undisputed(answer.contents);
  co_return answer;
}

}  // namespace satchel::account
