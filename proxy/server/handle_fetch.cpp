// FETCH, UID FETCH (RFC 3501 section 6.4.5, RFC 7162): answers in ascending order, in batches, so
// that no message costs a wait of its own.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/server/fetch_needs.hpp"
#include "proxy/server/fetch_sections.hpp"
#include "proxy/server/handlers.hpp"
#include "store/client_actions.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t batch_messages = 512;
constexpr std::size_t batch_bytes = 4 * 1024 * 1024;
constexpr std::uint64_t largest_in_memory = 4 * 1024 * 1024;  // a larger content is streamed
constexpr std::int64_t earliest_date = 0;                     // Apple Mail ends at dates before 1970

using Contents = store::Contents;
using Kind = imap::FetchItem::Kind;

// What was read of some messages, in their order.
struct Batch {
  std::vector<Uid> uids;
  std::vector<Result<std::string>> indexes;
  std::vector<Result<std::string>> headers;
  std::vector<Result<std::string>> bodies;
};

// Reads ahead: the next batch is on its way while the last one is written.
struct ReadAhead {
  Batch batch;
  bool done = false;
  stream::Signal ready;
  explicit ReadAhead(boost::asio::any_io_executor executor) : ready(std::move(executor)) {}
};

std::vector<store::ContentNumber> contents_of(const MailboxView& view, const std::vector<Uid>& uids) {
  std::vector<store::ContentNumber> contents;
  for (const Uid uid : uids) contents.push_back(view.find(uid)->content);
  return contents;
}

awaitable<void> read_batch(Session& session, FetchNeeds needs, std::shared_ptr<ReadAhead> ahead,
                           std::vector<store::ContentNumber> contents, bool bodies) {
  Contents& from = session.store().contents();
  if (needs.index) ahead->batch.indexes = co_await from.summaries(contents, Contents::Part::index);
  if (needs.header) ahead->batch.headers = co_await from.summaries(contents, Contents::Part::header);
  if (bodies) ahead->batch.bodies = co_await from.read_many(std::move(contents), 2 * batch_bytes);
  ahead->done = true;
  ahead->ready.notify();
}

class Fetcher {
 public:
  Fetcher(Session& session, imap::Fetch command, std::vector<Uid> uids)
      : session_(session), command_(std::move(command)), uids_(std::move(uids)), needs_(needs_of(command_.items)) {
    set_mod_seq();
  }

  awaitable<void> run() {
    keep_changed();
    const bool here = co_await bring_all();
    if (!here) co_return;
    const bool seen = co_await set_seen();
    if (!seen) co_return;
    auto ahead = start(0);
    while (ahead) {
      while (!ahead->done) co_await ahead->ready.wait(std::chrono::minutes(1));
      const auto current = std::move(ahead);
      ahead = start(next_);
      const bool good = co_await write(current->batch);
      if (good) continue;
      while (ahead && !ahead->done) co_await ahead->ready.wait(std::chrono::minutes(1));
      co_return;
    }
    session_.tell_updates(command_.uid ? Expunges::tell : Expunges::hold);
    if (damaged_ > 0)
      session_.no(
          "The disk gave back " + std::to_string(damaged_) + " messages altered: 'satchel doctor --deep' says more.",
          "CORRUPTION");
    else
      session_.ok("Fetched.");
  }

 private:
  void set_mod_seq() {
    const bool asked = std::any_of(command_.items.begin(), command_.items.end(),
                                   [](const imap::FetchItem& item) { return item.kind == Kind::mod_seq; });
    if (command_.changed_since || asked) session_.enable_condstore();
    writes_mod_seq_ = asked || command_.changed_since;
  }

  void keep_changed() {
    const MailboxView& view = *session_.mailbox();
    std::erase_if(uids_, [&](Uid uid) {
      const store::Message* message = view.find(uid);
      return message == nullptr || (command_.changed_since && message->modseq.value <= *command_.changed_since);
    });
  }

  awaitable<bool> bring_all() {
    if (!needs_.metadata) co_return true;
    const bool whole = needs_.content || needs_.structure;
    const bool here = co_await bring(session_, uids_, whole ? What::content : What::metadata);
    if (here) keep_changed();
    co_return here;
  }

  // BODY[] sets \Seen: an operation like any other, durable before the answer.
  awaitable<bool> set_seen() {
    MailboxView& view = *session_.mailbox();
    if (!needs_.sets_seen || view.access() == Access::read_only) co_return true;
    std::vector<Uid> unseen;
    const store::FlagTable& table = *session_.view()->flags;
    for (const Uid uid : uids_)
      if (!table[view.find(uid)->effective].has(store::SystemFlag::seen)) unseen.push_back(uid);
    if (unseen.empty()) co_return true;
    store::FlagSet seen;
    seen.add(store::SystemFlag::seen);
    const store::MailboxId id = view.id();
    const auto changed = co_await session_.store().change(session_.account(), [&](store::Transaction& tx) -> Result<> {
      const auto done = store::store_flags(tx, id, unseen, store::FlagChange::add, seen, std::nullopt);
      if (!done) return done.error();
      return {};
    });
    if (!changed) {
      session_.no(changed.error());
      co_return false;
    }
    session_.backfill().changed(session_.account());
    session_.tell_updates(Expunges::hold);
    if (session_.mailbox() == nullptr) co_return false;
    keep_changed();
    co_return true;
  }

  // Begins to read the messages from `from` on; null at the end. Large contents are left to be streamed.
  std::shared_ptr<ReadAhead> start(std::size_t from) {
    if (from >= uids_.size() || session_.mailbox() == nullptr) return nullptr;
    const MailboxView& view = *session_.mailbox();
    auto ahead = std::make_shared<ReadAhead>(session_.context().executor);
    std::uint64_t bytes = 0;
    bool large = false;
    while (next_ < uids_.size() && ahead->batch.uids.size() < batch_messages && bytes < batch_bytes && !large) {
      const store::Message* message = view.find(uids_[next_]);
      if (message != nullptr) {
        large = needs_.content && message->here.size > largest_in_memory;
        if (large && !ahead->batch.uids.empty()) break;
        if (needs_.content) bytes += message->here.size;
        ahead->batch.uids.push_back(uids_[next_]);
      }
      ++next_;
    }
    if (!needs_.index && !needs_.header && !needs_.content) {
      ahead->done = true;
      return ahead;
    }
    boost::asio::co_spawn(
        session_.context().executor,
        read_batch(session_, needs_, ahead, contents_of(view, ahead->batch.uids), needs_.content && !large),
        boost::asio::detached);
    return ahead;
  }

  awaitable<bool> write(Batch& batch) {
    for (std::size_t i = 0; i < batch.uids.size(); ++i) {
      const store::Message* message = session_.mailbox()->find(batch.uids[i]);
      if (message == nullptr) continue;
      MessageParts parts;
      parts.message = message;
      parts.content_size = message->here.size;
      const bool good = take(batch, i, parts);
      if (!good) {
        ++damaged_;
        continue;
      }
      const auto written = co_await write_message(parts);
      if (!written) ++damaged_;
      const bool sent = co_await session_.flush_if_large();
      if (!sent) co_return false;
    }
    co_return true;
  }

  bool take(Batch& batch, std::size_t i, MessageParts& parts) {
    if (needs_.index && !batch.indexes[i]) return false;
    if (needs_.index) parts.index = *batch.indexes[i];
    if (needs_.header && !batch.headers[i]) return false;
    if (needs_.header) parts.header = *batch.headers[i];
    if (batch.bodies.empty()) return true;
    if (i >= batch.bodies.size() || !batch.bodies[i]) return false;
    parts.content = std::move(*batch.bodies[i]);
    parts.content_size = parts.content->size();
    return true;
  }

  awaitable<Result<>> write_message(const MessageParts& parts) {
    const store::Message& message = *parts.message;
    const std::size_t before = session_.out().size();
    imap::FetchWriter fetch(session_.out(), session_.mailbox()->number_of(message.uid));
    bool has_uid = false;
    for (const imap::FetchItem& item : command_.items) {
      has_uid = has_uid || item.kind == Kind::uid;
      if (is_section(item)) {
        const auto written = co_await write_section(session_, fetch, item, parts);
        if (written) continue;
        if (session_.out().size() >= before) session_.out().resize(before);
        co_return written;
      }
      const bool written = write_item(fetch, item, parts);
      if (!written) {
        session_.out().resize(before);
        co_return fail(ErrorCode::corrupt, "A summary does not open.");
      }
    }
    if (command_.uid && !has_uid) fetch.uid(message.uid.value);
    if (writes_mod_seq_ && !has(Kind::mod_seq)) fetch.mod_seq(message.modseq.value);
    fetch.finish();
    co_return Result<>{};
  }

  bool has(Kind kind) const {
    return std::any_of(command_.items.begin(), command_.items.end(),
                       [kind](const imap::FetchItem& item) { return item.kind == kind; });
  }

  bool write_item(imap::FetchWriter& fetch, const imap::FetchItem& item, const MessageParts& parts) {
    const store::Message& message = *parts.message;
    switch (item.kind) {
      case Kind::uid:
        fetch.uid(message.uid.value);
        return true;
      case Kind::flags:
        fetch.flags_text(session_.flag_list(message.effective, message.uid));
        return true;
      case Kind::internal_date:
        fetch.internal_date({std::max(message.here.date, earliest_date), message.zone});
        return true;
      case Kind::size:
        fetch.size(message.here.size);
        return true;
      case Kind::mod_seq:
        fetch.mod_seq(message.modseq.value);
        return true;
      case Kind::envelope:
      case Kind::body:
      case Kind::body_structure: {
        const auto view = mime::SummaryView::open(parts.index);
        if (!view) return false;
        if (item.kind == Kind::envelope) fetch.ready_item("ENVELOPE", view->envelope());
        if (item.kind == Kind::body) fetch.ready_item("BODY", view->body());
        if (item.kind == Kind::body_structure) fetch.ready_item("BODYSTRUCTURE", view->bodystructure());
        return true;
      }
      default:
        return true;
    }
  }

  Session& session_;
  imap::Fetch command_;
  std::vector<Uid> uids_;
  FetchNeeds needs_;
  bool writes_mod_seq_ = false;
  std::size_t next_ = 0;
  std::size_t damaged_ = 0;
};

}  // namespace

awaitable<void> handle(Session& session, imap::Fetch command) {
  if (command.vanished) {
    session.bad("VANISHED needs QRESYNC, which is not offered.");
    co_return;
  }
  auto uids = resolve(session, command.set, command.uid);
  if (!uids) co_return;
  Fetcher fetcher(session, std::move(command), std::move(*uids));
  co_await fetcher.run();
}

}  // namespace satchel::server
