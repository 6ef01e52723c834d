// What nothing mentions is dropped; closed segments that are less than half alive are rewritten.
// Marking happens on the working state in the committer's turn, so nothing is mentioned meanwhile;
// contents younger than the mark are left alone.
#include <algorithm>

#include "store/on_pool.hpp"
#include "store/store_on_database.hpp"

namespace satchel::store {
namespace {

constexpr std::size_t most_in_a_batch = 500;

struct Marked {
  ContentSet mentioned;  // aliases resolved
  ContentSet aliases;    // aliases that are mentioned
  std::uint64_t last_content = 0;
};

void mark(const WorkingState& state, Marked& marked) {
  marked.last_content = state.counters.last_content;
  const auto mention = [&](ContentNumber content) {
    const ContentNumber resolved = state.places.resolve(content);
    marked.mentioned.insert(resolved);
    if (resolved != content) marked.aliases.insert(content);
  };
  for (const auto& [id, account] : state.accounts) {
    for (const auto& [mailbox_id, mailbox] : account->state.mailboxes)
      mailbox->messages.for_each([&](const Message& message) { mention(message.content); });
    for (const auto& [content, rescued] : account->rescued) mention(content);
  }
}

}  // namespace

awaitable<Result<>> StoreOnDatabase::sweep(std::int64_t keep_seconds) {
  const auto forgotten = co_await forget_old_rescued(keep_seconds);
  if (!forgotten) co_return forgotten;
  const auto dropped = co_await drop_unmentioned();
  if (!dropped) co_return dropped;
  co_return co_await rewrite_segments();
}

awaitable<Result<>> StoreOnDatabase::forget_old_rescued(std::int64_t keep_seconds) {
  const Task task = [this, keep_seconds](Batch& batch) -> Result<> {
    for (auto& [id, account] : state_->accounts) {
      for (auto at = account->rescued.begin(); at != account->rescued.end();) {
        const bool old = at->second.rescued_at + keep_seconds < now_();
        if (old) batch.rows().erase(rows::rescued(id, at->first));
        at = old ? account->rescued.erase(at) : std::next(at);
      }
    }
    return {};
  };
  co_return co_await enqueue(task);
}

// Rows of contents (and aliases) that nothing mentions, some hundred in each turn.
awaitable<Result<>> StoreOnDatabase::drop_unmentioned() {
  std::string from = rows::content_prefix();
  bool more = true;
  while (more) {
    const Task task = [this, &from, &more](Batch& batch) -> Result<> {
      Marked marked;
      mark(*state_, marked);
      std::size_t dropped = 0;
      const auto cursor = parts_.database->scan(from);
      for (; cursor->valid() && cursor->key().starts_with(rows::content_prefix()) && dropped < most_in_a_batch;
           cursor->next()) {
        from = cursor->key();
        const ContentNumber content{rows::number_in(from, 1, 8)};
        if (content.value > marked.last_content || marked.mentioned.contains(content)) continue;
        const auto where = rows::decode_location(cursor->value());
        ++dropped;
        batch.rows().erase(from);
        batch.rows().erase(rows::index(content));
        batch.rows().erase(rows::header(content));
        if (!where) continue;
        const auto row = parts_.database->get(rows::content_hash(where->hash));
        if (row && rows::number_in(*row, 0, 8) == content.value) batch.rows().erase(rows::content_hash(where->hash));
        state_->places.recent.erase(where->hash);
      }
      more = dropped == most_in_a_batch;
      if (!more) {
        for (auto at = state_->places.aliases.begin(); at != state_->places.aliases.end();) {
          const bool kept = marked.aliases.contains(at->first);
          if (!kept) batch.rows().erase(rows::alias(at->first));
          at = kept ? std::next(at) : state_->places.aliases.erase(at);
        }
      }
      return cursor->error();
    };
    const auto done = co_await enqueue(task);
    if (!done) co_return done;
  }
  co_return Result<>{};
}

awaitable<Result<>> StoreOnDatabase::rewrite_segments() {
  const auto measure = [this]() -> Result<std::map<std::uint32_t, std::uint64_t>> {
    std::map<std::uint32_t, std::uint64_t> alive;
    const auto cursor = parts_.database->scan(rows::content_prefix());
    for (; cursor->valid() && cursor->key().starts_with(rows::content_prefix()); cursor->next())
      if (const auto where = rows::decode_location(cursor->value()))
        for (const Extent& extent : where->extents) alive[extent.segment] += extent.sealed_size;
    if (const auto error = cursor->error(); !error) return error.error();
    return alive;
  };
  const auto alive = co_await on_pool(pool_, measure);
  if (!alive) co_return alive.error();
  const auto segments = parts_.segments->list();
  if (!segments) co_return segments.error();
  for (const SegmentInfo& segment : *segments) {
    const auto found = alive->find(segment.number);
    const std::uint64_t bytes = found == alive->end() ? 0 : found->second;
    if (!segment.closed || bytes * 2 >= segment.bytes) continue;
    const auto moved = co_await empty_segment(segment.number);
    if (!moved) co_return moved;
  }
  co_return Result<>{};
}

// Copies what is alive into the open segment, changes the rows, then removes the file. A crash on the
// way leaves either place valid.
awaitable<Result<>> StoreOnDatabase::empty_segment(std::uint32_t segment) {
  const auto work = [this, segment]() -> Result<std::vector<std::pair<ContentNumber, rows::Location>>> {
    std::vector<std::pair<ContentNumber, rows::Location>> moved;
    const std::uint64_t failures = contents_->failures();
    const auto cursor = parts_.database->scan(rows::content_prefix());
    for (; cursor->valid() && cursor->key().starts_with(rows::content_prefix()); cursor->next()) {
      auto where = rows::decode_location(cursor->value());
      const auto here = [segment](const Extent& extent) { return extent.segment == segment; };
      if (!where || std::none_of(where->extents.begin(), where->extents.end(), here)) continue;
      for (Extent& extent : where->extents) {
        if (!here(extent)) continue;
        const auto plain = parts_.segments->read(extent);
        if (!plain) return plain.error();
        const auto fresh = contents_->append_extent(*plain);
        if (!fresh) return fresh.error();
        extent = *fresh;
      }
      moved.emplace_back(ContentNumber{rows::number_in(cursor->key(), 1, 8)}, std::move(*where));
    }
    if (const auto error = cursor->error(); !error) return error.error();
    if (const auto durable = contents_->make_durable(failures); !durable) return durable.error();
    return moved;
  };
  auto moved = co_await on_pool(pool_, work);
  if (!moved) {
    // A damaged content keeps its segment: nothing is thrown away for being unreadable.
    if (moved.error().code == ErrorCode::corrupt) co_return Result<>{};
    co_return moved.error();
  }
  const Task task = [this, &moved](Batch& batch) -> Result<> {
    for (const auto& [content, where] : *moved)
      if (parts_.database->get(rows::content(content))) batch.rows().put(rows::content(content), rows::encode(where));
    return {};
  };
  const auto done = co_await enqueue(task);
  if (!done) co_return done;
  // A read that looked the place up just before finds the file gone; it is asked again by its caller.
  co_return parts_.segments->remove(segment);
}

}  // namespace satchel::store
