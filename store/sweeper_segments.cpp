// Segments of which less than half is alive: what lives is copied to the open one.
#include <algorithm>

#include "store/on_pool.hpp"
#include "store/sweeper.hpp"

namespace satchel::store {

awaitable<Result<>> Sweeper::rewrite_segments() {
  const auto work = [this] { return sparse_segments(); };
  const auto sparse = co_await on_pool(pool_, work);
  if (!sparse) co_return sparse.error();
  for (const std::uint32_t segment : *sparse) {
    const auto emptied = co_await empty_segment(segment);
    if (!emptied) co_return emptied;
  }
  co_return Result<>{};
}

Result<std::vector<std::uint32_t>> Sweeper::sparse_segments() {
  const auto lent = parts_.lend();
  if (!lent) return lent.error();
  // First the segments in which nothing is left to be mentioned, then who mentions them.
  const auto settled = appender_.settled(lent->segments());
  if (!settled) return settled.error();
  std::map<std::uint32_t, std::uint64_t> alive;
  const std::string prefix = rows::content_prefix();
  const auto cursor = lent->database().scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const auto where = rows::decode_location(cursor->value());
    if (!where) return fail(ErrorCode::corrupt, "The place of a content cannot be read.");
    for (const Extent& extent : where->extents) alive[extent.segment] += extent.sealed_size;
  }
  if (const auto error = cursor->error(); !error) return error.error();
  std::vector<std::uint32_t> sparse;
  for (const SegmentInfo& segment : *settled)
    if (alive[segment.number] * 2 < segment.bytes || segment.bytes == 0) sparse.push_back(segment.number);
  return sparse;
}

Result<Sweeper::Moved> Sweeper::copy_alive(std::uint32_t segment, std::shared_ptr<SegmentAppender::Lease> lease) {
  const auto lent = parts_.lend();
  if (!lent) return lent.error();
  Moved moved;
  const std::string prefix = rows::content_prefix();
  const auto cursor = lent->database().scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    auto where = rows::decode_location(cursor->value());
    const auto here = [segment](const Extent& extent) { return extent.segment == segment; };
    if (!where || std::none_of(where->extents.begin(), where->extents.end(), here)) continue;
    for (Extent& extent : where->extents) {
      if (!here(extent)) continue;
      const auto plain = lent->segments().read(extent);
      if (!plain) return plain.error();
      const auto fresh = appender_.append(lent->segments(), *plain, *lease);
      if (!fresh) return fresh.error();
      extent = *fresh;
    }
    moved.emplace_back(ContentNumber{rows::number_in(cursor->key(), prefix.size(), 8)}, std::move(*where));
  }
  if (const auto error = cursor->error(); !error) return error.error();
  if (const auto durable = appender_.make_durable(lent->segments(), *lease); !durable) return durable.error();
  return moved;
}

// A crash on the way leaves either place valid: the rows change in one batch, the file goes after it.
awaitable<Result<>> Sweeper::empty_segment(std::uint32_t segment) {
  const auto lease = appender_.begin();
  const auto work = [this, segment, &lease] { return copy_alive(segment, lease); };
  auto moved = co_await on_pool(pool_, work);
  if (!moved) {
    // A damaged content keeps its segment: nothing is thrown away for being unreadable.
    if (moved.error().code == ErrorCode::corrupt) co_return Result<>{};
    co_return moved.error();
  }
  Committer::Task task = [this, &moved](Batch& batch) -> Result<> {
    for (const auto& [content, where] : *moved) {
      const auto row = parts_.database()->get(rows::content(content));
      if (row) batch.rows().put(rows::content(content), rows::encode(where));
    }
    return {};
  };
  if (!moved->empty()) {
    const auto done = co_await committer_.run(std::move(task), Committer::Turn::alone);
    if (!done) co_return done;
  }
  const auto remove = [this, segment] { return parts_.remove_segment(segment); };
  co_return co_await on_pool(pool_, remove);
}

}  // namespace satchel::store
