// Contents: bodies streamed from the server into the segments. Small ones are gathered and written
// together, while reading goes on; a large one goes through a ContentWriter and is never whole in memory.
#include <algorithm>
#include <deque>

#include "proxy/account/imap_line.hpp"
#include "proxy/stream/ahead.hpp"

namespace satchel::account {
namespace {

constexpr std::size_t gathered_bytes = 4 * 1024 * 1024;
constexpr std::size_t written_at_once = 2;  // so much of it: one is prepared while the disk takes the other
constexpr int misstated_enough = 3;

using Fetched = std::vector<sync::FetchedContent>;

bool holds(const std::vector<UpstreamUid>& uids, UpstreamUid uid) {
  return std::binary_search(uids.begin(), uids.end(), uid);
}

}  // namespace

// What comes of one question and of the one that was sent ahead of its turn, in whatever order. finish() before it
// ends.
class Arriving {
 public:
  Arriving(boost::asio::any_io_executor executor, store::Contents& contents, const sync::ContentsAsk& ask)
      : executor_(std::move(executor)), contents_(contents), ask_(ask) {}

  // The pieces of a large literal, which belongs to the response that ends after it.
  void begin_large() { writer_ = contents_.begin(); }
  awaitable<Result<>> append_large(std::string_view piece) { return writer_->append(piece); }
  awaitable<Result<>> end_large() {
    if (!writer_) co_return Result<>{};
    auto finished = co_await writer_->finish();
    writer_.reset();
    if (!finished) co_return finished.error();
    large_ = std::move(*finished);
    co_return Result<>{};
  }

  awaitable<Result<>> take(imap::Response& response) {
    auto* data = std::get_if<imap::FetchData>(&response);
    if (data == nullptr || data->sections.empty()) co_return Result<>{};
    const UpstreamUid uid{data->uid.value_or(0)};
    const bool wanted = answers(*data, Asked::body) && (holds(ask_.uids, uid) || holds(ask_.next, uid));
    imap::FetchedSection& section = data->sections.front();
    if (section.streamed) {
      if (wanted && large_) keep(uid, std::move(*large_));
      large_.reset();
    } else if (wanted && section.bytes) {
      bytes_ += section.bytes->size();
      uids_.push_back(uid);
      bodies_.push_back(std::move(*section.bytes));
    }
    if (bytes_ < gathered_bytes) co_return Result<>{};
    co_return co_await write();
  }

  // All that came is durable afterwards.
  awaitable<Result<>> finish() {
    Result<> all;
    if (!bodies_.empty()) all = co_await write();
    while (!writing_.empty()) {
      const auto oldest = co_await written();
      if (!oldest) all = oldest.error();
    }
    co_return all;
  }

  Fetched take_kept() { return std::move(kept_); }

 private:
  using Stored = Result<std::vector<store::StoredContent>>;

  struct Writing {
    std::vector<UpstreamUid> uids;
    stream::Ahead<Stored> stored;
  };

  // Begins to write what was gathered, durable in one sync, when there is room for it.
  awaitable<Result<>> write() {
    std::vector<std::string> bodies = std::exchange(bodies_, {});
    std::vector<UpstreamUid> uids = std::exchange(uids_, {});
    bytes_ = 0;
    if (writing_.size() >= written_at_once) {
      const auto oldest = co_await written();
      if (!oldest) co_return oldest.error();
    }
    writing_.push_back({std::move(uids), stream::Ahead<Stored>(executor_)});
    writing_.back().stored.start(contents_.put(std::move(bodies)));
    co_return Result<>{};
  }

  // What was begun first.
  awaitable<Result<>> written() {
    Writing oldest = std::move(writing_.front());
    writing_.pop_front();
    Stored stored = co_await oldest.stored.take();
    if (!stored) co_return stored.error();
    for (std::size_t i = 0; i < oldest.uids.size(); ++i) keep(oldest.uids[i], std::move((*stored)[i]));
    co_return Result<>{};
  }

  void keep(UpstreamUid uid, store::StoredContent stored) {
    sync::FetchedContent fetched;
    fetched.uid = uid;
    fetched.stored = std::move(stored);
    kept_.push_back(std::move(fetched));
  }

  boost::asio::any_io_executor executor_;
  store::Contents& contents_;
  const sync::ContentsAsk& ask_;
  std::vector<UpstreamUid> uids_;  // of bodies_
  std::vector<std::string> bodies_;
  std::size_t bytes_ = 0;
  std::deque<Writing> writing_;
  std::unique_ptr<store::ContentWriter> writer_;  // of a large literal under way
  std::optional<store::StoredContent> large_;     // finished, until its response tells the UID
  Fetched kept_;
};

namespace {

// Takes those of these UIDs out of `contents`.
Fetched take_of(const std::vector<UpstreamUid>& uids, Fetched& contents) {
  const auto others = std::stable_partition(contents.begin(), contents.end(),
                                            [&uids](const auto& one) { return !holds(uids, one.uid); });
  Fetched taken(std::make_move_iterator(others), std::make_move_iterator(contents.end()));
  contents.erase(others, contents.end());
  return taken;
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
  return holds(ask.uids, uid) && index < ask.sizes.size() ? ask.sizes[index] : 0;  // 0: not known
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

// Asked for, and not answered; both are ascending.
std::vector<UpstreamUid> not_given(const sync::ContentsAsk& ask, const std::vector<sync::FetchedContent>& contents) {
  std::vector<UpstreamUid> lacking;
  auto given = contents.begin();
  for (const UpstreamUid uid : ask.uids) {
    while (given != contents.end() && given->uid < uid) ++given;
    if (given == contents.end() || given->uid != uid) lacking.push_back(uid);
  }
  return lacking;
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
  const bool was_open = selected_ == ask.at.mailbox;
  sync::ContentsAnswer answer = co_await fetch_bodies(ask);
  const std::vector<UpstreamUid> lacking = was_open ? not_given(ask, answer.contents) : std::vector<UpstreamUid>();
  if (!lacking.empty() && answer.outcome.ok()) {
    // Another line knows of them. Here the mailbox was open before they came, and that they are there is told at the
    // end of a command (RFC 3501 section 7.3.1), which was this one.
    sync::ContentsAsk late;
    late.at = ask.at;
    late.uids = lacking;
    sync::ContentsAnswer more = co_await fetch_bodies(late);
    std::move(more.contents.begin(), more.contents.end(), std::back_inserter(answer.contents));
    answer.outcome = more.outcome;
    std::sort(answer.contents.begin(), answer.contents.end(),
              [](const auto& a, const auto& b) { return a.uid < b.uid; });
  }
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

// Reads until the tagged answer.
awaitable<Result<imap::StatusResponse>> ImapLine::read_bodies(std::string tag, Arriving& arriving) {
  using Event = upstream::Connection::Event;
  while (true) {
    const auto event = co_await connection_->next();
    if (!event) co_return event.error();
    imap::ResponseReader& reader = connection_->reader();
    Result<> stored;
    if (*event == Event::literal_begin) {
      arriving.begin_large();
    } else if (*event == Event::literal_bytes) {
      stored = co_await arriving.append_large(reader.piece());
    } else {
      stored = co_await arriving.end_large();
      look_at(reader.response());
      auto* status = std::get_if<imap::StatusResponse>(&reader.response());
      if (status != nullptr && status->tag == tag) co_return std::move(*status);
      if (status != nullptr && status->kind == imap::StatusResponse::Kind::bye)
        co_return fail(ErrorCode::retry, "The server said good-bye.");
      if (stored) stored = co_await arriving.take(reader.response());
    }
    if (!stored) {  // the disk does not take it: nothing more is read
      trouble_ = stored.error().text;
      co_return stored.error();
    }
  }
}

awaitable<sync::ContentsAnswer> ImapLine::fetch_bodies(sync::ContentsAsk ask) {
  sync::ContentsAnswer answer;
  if (ask.uids.empty()) co_return answer;
  const imap::Command command = body_command(ask.uids);
  if (!connection_->is_ahead(command)) early_.clear();
  answer.outcome = co_await enter(ask.at, Access::read, command);
  if (!answer.outcome.ok()) co_return answer;
  Arriving arriving(executor_, contents_, ask);
  Result<imap::StatusResponse> tagged = fail(ErrorCode::retry, "The line was lost.");
  auto sent = co_await connection_->send(command);
  if (sent && !ask.next.empty()) (void)co_await connection_->send_ahead(body_command(ask.next));
  if (!sent)
    tagged = sent.error();
  else if (sent->answer)
    tagged = std::move(*sent->answer);
  else
    tagged = co_await read_bodies(sent->tag, arriving);
  if (tagged) connection_->read_on();
  const auto written = co_await arriving.finish();
  if (!tagged || !written) connection_->close();
  answer.outcome = outcome(tagged);
  if (!written) {
    trouble_ = written.error().text;
    answer.outcome = sync::Outcome{};
    answer.outcome.kind = sync::Outcome::Kind::lost;
    answer.outcome.text = written.error().text;
  }
  Fetched came = arriving.take_kept();
  std::move(early_.begin(), early_.end(), std::back_inserter(came));
  answer.contents = take_of(ask.uids, came);
  early_ = take_of(ask.next, came);
  // Nobody will ask this line for them: they go along with what came before it was lost.
  if (answer.outcome.kind == sync::Outcome::Kind::lost)
    std::move(early_.begin(), early_.end(), std::back_inserter(answer.contents));
  keep_undisputed(ask, answer.contents);
  co_return answer;
}

}  // namespace satchel::account
