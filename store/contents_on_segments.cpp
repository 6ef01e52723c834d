#include "store/contents_on_segments.hpp"

#include <algorithm>

#include "store/encoding.hpp"
#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

constexpr int steps_before_a_seek = 8;

Error not_here() {
  return fail(ErrorCode::unavailable, "The content is not on this computer yet.");
}
Error damaged() {
  return fail(ErrorCode::corrupt, "The place of a content cannot be read.");
}

// Reads rows of ascending keys with one cursor: next() where they are close, else seek().
class RowReader {
 public:
  explicit RowReader(const Database& database) : database_(database) {}

  Result<std::string> get(const std::string& key) {
    if (!cursor_) cursor_ = database_.scan(key);
    for (int step = 0; step < steps_before_a_seek && cursor_->valid() && cursor_->key() < key; ++step) cursor_->next();
    if (!cursor_->valid() || cursor_->key() != key) cursor_->seek(key);
    if (!cursor_->valid() || cursor_->key() != key) {
      const auto error = cursor_->error();
      if (!error) {
        const Error what = error.error();
        cursor_.reset();
        return what;
      }
      return not_here();
    }
    return std::string(cursor_->value());
  }

 private:
  const Database& database_;
  std::unique_ptr<Cursor> cursor_;
};

std::vector<std::size_t> ascending(const std::vector<ContentNumber>& contents) {
  std::vector<std::size_t> order(contents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (!std::is_sorted(contents.begin(), contents.end()))
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return contents[a] < contents[b]; });
  return order;
}

}  // namespace

std::uint64_t ContentsOnSegments::hash64(std::string_view bytes) const {
  return rows::number_in(crypto::keyed_hash(hash_key_, bytes), 0, 8);
}

void ContentsOnSegments::name(StoredContent& stored, Summary summary) const {
  stored.message_id_hash = summary.message_id.empty() ? 1 : hash64(summary.message_id);
  stored.header_hash = hash64(summary.header);
  stored.summary = std::move(summary);
}

Result<Extent> ContentsOnSegments::append_extent(std::string_view plain) {
  const std::lock_guard lock(appending_);
  return segments_->append(plain);
}

std::uint64_t ContentsOnSegments::failures() {
  const std::lock_guard lock(appending_);
  return failures_;
}

Result<> ContentsOnSegments::make_durable(std::uint64_t failures_before) {
  const std::lock_guard lock(appending_);
  if (failures_ != failures_before) return fail(ErrorCode::broken, "The disk did not take the message.");
  const auto durable = segments_->make_durable();
  if (!durable) ++failures_;
  return durable;
}

Result<std::vector<StoredContent>> ContentsOnSegments::store_all(const std::vector<std::string>& contents) {
  std::vector<StoredContent> all(contents.size());
  std::unordered_map<std::string, std::size_t> first;
  std::vector<bool> again(contents.size(), false);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    StoredContent& stored = all[i];
    stored.hash = crypto::keyed_hash(hash_key_, contents[i]);
    stored.size = contents[i].size();
    again[i] = !first.emplace(stored.hash, i).second;
    const auto summariser = make_summariser_();
    summariser->feed(contents[i]);
    name(stored, summariser->finish());
  }
  const std::lock_guard lock(appending_);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    for (std::size_t at = 0; !again[i] && at < contents[i].size(); at += Segments::max_extent_size) {
      const auto extent = segments_->append(std::string_view(contents[i]).substr(at, Segments::max_extent_size));
      if (!extent) return extent.error();
      all[i].extents.push_back(*extent);
    }
  }
  if (const auto durable = segments_->make_durable(); !durable) {
    ++failures_;
    return durable.error();
  }
  for (std::size_t i = 0; i < contents.size(); ++i)
    if (again[i]) all[i].extents = all[first[all[i].hash]].extents;
  return all;
}

awaitable<Result<std::vector<StoredContent>>> ContentsOnSegments::put(std::vector<std::string> contents) {
  const auto work = [this, &contents] { return store_all(contents); };
  co_return co_await on_pool(pool_, work);
}

Result<rows::Location> ContentsOnSegments::location(ContentNumber resolved) const {
  const auto row = database_->get(rows::content(resolved));
  if (!row) return row.error().code == ErrorCode::not_found ? not_here() : row.error();
  auto found = rows::decode_location(*row);
  if (!found) return damaged();
  return std::move(*found);
}

Result<std::string> ContentsOnSegments::read_extents(const rows::Location& where, std::uint64_t offset,
                                                     std::uint64_t length) const {
  std::string bytes;
  if (offset >= where.size) return bytes;
  const std::uint64_t end = offset + std::min(length, where.size - offset);
  if (offset == 0 && end == where.size && where.extents.size() == 1) return segments_->read(where.extents.front());
  bytes.reserve(std::size_t(end - offset));
  std::uint64_t begin = 0;
  for (const Extent& extent : where.extents) {
    const std::uint64_t extent_end = begin + extent.plain_size;
    if (extent_end > offset && begin < end) {
      const auto plain = segments_->read(extent);
      if (!plain) return plain.error();
      const std::uint64_t from = std::max(offset, begin) - begin;
      const std::uint64_t to = std::min(end, extent_end) - begin;
      if (plain->size() < to) return damaged();
      bytes.append(*plain, std::size_t(from), std::size_t(to - from));
    }
    begin = extent_end;
  }
  return bytes;
}

awaitable<Result<std::string>> ContentsOnSegments::read(ContentNumber content, std::uint64_t offset,
                                                        std::uint64_t length) {
  const ContentNumber resolved = places_->resolve(content);
  const auto work = [this, resolved, offset, length]() -> Result<std::string> {
    const auto where = location(resolved);
    if (!where) return where.error();
    return read_extents(*where, offset, length);
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<std::uint64_t>> ContentsOnSegments::size(ContentNumber content) {
  const ContentNumber resolved = places_->resolve(content);
  const auto work = [this, resolved]() -> Result<std::uint64_t> {
    const auto where = location(resolved);
    if (!where) return where.error();
    return where->size;
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<std::vector<Result<std::string>>> ContentsOnSegments::read_many(std::vector<ContentNumber> contents,
                                                                          std::size_t limit) {
  for (ContentNumber& content : contents) content = places_->resolve(content);
  const auto work = [this, &contents, limit] {
    std::vector<Result<std::string>> all;
    RowReader reader(*database_);
    std::uint64_t total = 0;
    for (const ContentNumber content : contents) {
      const auto row = reader.get(rows::content(content));
      const auto where = row ? rows::decode_location(*row) : std::nullopt;
      if (where) {
        total += where->size;
        if (total > limit && !all.empty()) break;
        all.push_back(read_extents(*where, 0, where->size));
      } else {
        all.push_back(row ? damaged() : row.error());
      }
    }
    return all;
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<std::vector<Result<std::string>>> ContentsOnSegments::summaries(std::vector<ContentNumber> contents,
                                                                          Part part) {
  for (ContentNumber& content : contents) content = places_->resolve(content);
  const auto work = [this, &contents, part] {
    std::vector<Result<std::string>> all(contents.size(), Result<std::string>(not_here()));
    RowReader reader(*database_);
    for (const std::size_t i : ascending(contents))
      all[i] = reader.get(part == Part::index ? rows::index(contents[i]) : rows::header(contents[i]));
    return all;
  };
  co_return co_await on_pool(pool_, work);
}

}  // namespace satchel::store
