// FETCH, UID FETCH (RFC 3501 section 6.4.5, RFC 7162): answers in ascending order, in batches, so
// that no message costs a wait of its own.
#include <algorithm>

#include "proxy/imap/response_writer.hpp"
#include "proxy/server/ahead.hpp"
#include "proxy/server/fetch_needs.hpp"
#include "proxy/server/fetch_sections.hpp"
#include "proxy/server/targets.hpp"
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

awaitable<Batch> read_batch(Contents& from, FetchNeeds needs, std::vector<Uid> uids,
                            std::vector<store::ContentNumber> contents, bool bodies) {
  Batch batch;
  batch.uids = std::move(uids);
  if (needs.index) batch.indexes = co_await from.summaries(contents, Contents::Part::index);
  if (needs.header) batch.headers = co_await from.summaries(contents, Contents::Part::header);
  if (bodies) batch.bodies = co_await from.read_many(std::move(contents), 2 * batch_bytes);
  co_return batch;
}

class Fetcher {
 public:
  Fetcher(Session& session, imap::Fetch command, std::vector<Uid> uids)
      : session_(session), command_(std::move(command)), uids_(std::move(uids)), needs_(needs_of(command_.items)) {
    set_mod_seq();
  }

  awaitable<Answer> run() {
    keep_changed();
    const auto here = co_await bring_all();
    if (!here) co_return answer_for(here.error());
    const auto seen = co_await set_seen();
    if (!seen) co_return answer_for(seen.error());
    Ahead<Batch> ahead(session_.context().executor);
    start(ahead);
    while (ahead.running()) {
      Batch current = co_await ahead.take();
      start(ahead);
      const bool good = co_await write(current);
      if (good) continue;
      if (ahead.running()) (void)co_await ahead.take();
      co_return no("UNAVAILABLE", "The connection was lost.");
    }
    if (damaged_ > 0)
      co_return no("CORRUPTION", "The disk gave back " + std::to_string(damaged_) +
                                     " messages altered: 'satchel doctor --deep' says more.");
    co_return ok("Fetched.");
  }

 private:
  MailboxView& view() { return session_.selected(); }

  void set_mod_seq() {
    const bool asked = has(Kind::mod_seq);
    if (command_.changed_since || asked) session_.enable_condstore();
    writes_mod_seq_ = asked || command_.changed_since;
  }

  void keep_changed() {
    std::erase_if(uids_, [this](Uid uid) {
      const store::Message* message = view().message(uid);
      return message == nullptr || view().gone(uid) ||
             (command_.changed_since && message->modseq.value <= *command_.changed_since);
    });
  }

  // Waits for what is not here yet; offline that is an error, never a false empty body.
  awaitable<Result<>> bring_all() {
    if (!needs_.metadata) co_return Result<>{};
    const bool whole = needs_.content || needs_.structure;
    std::vector<Uid> absent;
    for (const Uid uid : uids_) {
      const store::Message* message = view().message(uid);
      const bool here = session_.view().here(message->content);
      const bool enough =
          whole ? here : message->metadata && (here || message->header || !(needs_.index || needs_.header));
      if (!enough) absent.push_back(uid);
    }
    if (absent.empty()) co_return Result<>{};
    const auto fetched = co_await session_.backfill().fetch_now(
        session_.account(), view().mailbox().id, std::move(absent), whole ? What::content : What::metadata);
    if (!session_.catch_up()) co_return fail(ErrorCode::not_found, "The account was removed.");
    keep_changed();
    co_return fetched;
  }

  // BODY[] sets \\Seen: an operation like any other, durable before the answer.
  awaitable<Result<>> set_seen() {
    if (!needs_.sets_seen || view().access() == Access::read_only) co_return Result<>{};
    std::vector<Uid> unseen;
    for (const Uid uid : uids_)
      if (!view().flag_texts().set(view().message(uid)->effective).has(store::SystemFlag::seen)) unseen.push_back(uid);
    if (unseen.empty()) co_return Result<>{};
    store::FlagSet seen;
    seen.add(store::SystemFlag::seen);
    const store::MailboxId id = view().mailbox().id;
    store::Store::Change change = [&](store::Transaction& tx) -> Result<> {
      const auto done = store::store_flags(tx, id, unseen, store::FlagChange::add, seen, std::nullopt);
      if (!done) return done.error();
      return {};
    };
    const auto changed = co_await session_.change(std::move(change));
    if (changed) keep_changed();
    co_return changed;
  }

  // Begins to read the next messages, if there are any. A large content is left to be streamed.
  void start(Ahead<Batch>& ahead) {
    std::vector<Uid> uids;
    std::vector<store::ContentNumber> contents;
    std::uint64_t bytes = 0;
    bool large = false;
    while (next_ < uids_.size() && uids.size() < batch_messages && bytes < batch_bytes && !large) {
      const store::Message* message = view().message(uids_[next_]);
      if (message != nullptr) {
        large = needs_.content && message->here.size > largest_in_memory;
        if (large && !uids.empty()) break;
        if (needs_.content) bytes += message->here.size;
        uids.push_back(uids_[next_]);
        contents.push_back(message->content);
      }
      ++next_;
    }
    if (uids.empty()) return;
    ahead.start(read_batch(session_.store().contents(), needs_, std::move(uids), std::move(contents),
                           needs_.content && !large));
  }

  awaitable<bool> write(Batch& batch) {
    for (std::size_t i = 0; i < batch.uids.size(); ++i) {
      const store::Message* message = view().message(batch.uids[i]);
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
      const bool sent = co_await session_.flush_when_full();
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
    imap::FetchWriter fetch(session_.out(), view().number_of(message.uid).value);
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
        fetch.flags_text(view().flags_text(message));
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

awaitable<Answer> handle_fetch(Session& session, imap::Fetch command) {
  if (command.vanished) co_return bad("VANISHED needs QRESYNC, which is not offered.");
  Targets targets = targets_of(session.selected(), command.set, numbering_of(command));
  if (targets.beyond) co_return bad("There is no message of that number.");
  Fetcher fetcher(session, std::move(command), std::move(targets.uids));
  Answer answer = co_await fetcher.run();
  if (targets.some_gone && answer.kind == Answer::Kind::ok)
    co_return no("EXPUNGEISSUED", "Some of the messages are gone.");
  co_return answer;
}

}  // namespace satchel::server
