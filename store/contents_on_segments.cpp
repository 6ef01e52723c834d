#include "store/contents_on_segments.hpp"

#include <algorithm>

#include "store/content_reading.hpp"
#include "store/encoding.hpp"
#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

std::vector<std::size_t> ascending(const std::vector<ContentNumber>& contents) {
  std::vector<std::size_t> order(contents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (!std::is_sorted(contents.begin(), contents.end()))
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return contents[a] < contents[b]; });
  return order;
}

using Answers = std::vector<Result<std::string>>;

Answers read_all(const OpenParts::Lent& lent, const std::vector<ContentNumber>& contents, std::size_t limit) {
  Answers all;
  RowReader reader(lent.database());
  std::uint64_t total = 0;
  for (const ContentNumber content : contents) {
    const auto row = reader.get(rows::content(content));
    const auto where = row ? decode_location(*row) : Result<rows::Location>(row.error());
    if (!where) {
      all.push_back(where.error());
      continue;
    }
    total += where->size;
    if (total > limit && !all.empty()) break;
    all.push_back(read_bytes(lent.segments(), *where, 0, where->size));
  }
  return all;
}

std::string key_of(ContentNumber content, Contents::Part part) {
  switch (part) {
    case Contents::Part::envelope:
      return rows::envelope(content);
    case Contents::Part::structure:
      return rows::structure(content);
    case Contents::Part::header:
      break;
  }
  return rows::header(content);
}

Answers read_summaries(const Database& database, const std::vector<ContentNumber>& contents, Contents::Part part) {
  Answers all(contents.size(), Result<std::string>(std::string()));
  RowReader reader(database);
  for (const std::size_t i : ascending(contents)) {
    const auto row = reader.get(key_of(contents[i], part));
    if (row)
      all[i]->assign(*row);
    else
      all[i] = row.error();
  }
  return all;
}

}  // namespace

std::string ContentsOnSegments::hash(std::string_view bytes) const {
  crypto::KeyedHash under_way = hash_.clone();
  under_way.update(bytes);
  return under_way.finish();
}

// Never 0 or 1: these say that there is nothing to hash.
std::uint64_t ContentsOnSegments::hash64(std::string_view bytes) const {
  return std::max<std::uint64_t>(rows::number_in(hash(bytes), 0, 8), 2);
}

void ContentsOnSegments::name(StoredContent& stored, Summary summary) const {
  stored.message_id_hash = summary.message_id.empty() ? 1 : hash64(summary.message_id);
  stored.header_hash = hash64(summary.header);
  stored.summary = std::move(summary);
}

Result<std::vector<StoredContent>> ContentsOnSegments::store_all(const std::vector<std::string>& contents) {
  std::vector<StoredContent> all(contents.size());
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    all[i].hash = hash(contents[i]);
    all[i].size = contents[i].size();
    const auto summariser = make_summariser_();
    summariser->feed(contents[i]);
    name(all[i], summariser->finish());
  }
  const auto lent = parts_.lend();
  if (!lent) return lent.error();
  const auto lease = appender_.begin();
  for (std::size_t i = 0; i < contents.size(); ++i) {
    StoredContent& stored = all[i];
    stored.lease = lease;
    const auto [twin, fresh] = first.emplace(stored.hash, i);
    if (!fresh) {
      stored.extents = all[twin->second].extents;
      continue;
    }
    for (std::size_t at = 0; at < contents[i].size(); at += Segments::max_extent_size) {
      const auto piece = std::string_view(contents[i]).substr(at, Segments::max_extent_size);
      const auto extent = appender_.append(lent->segments(), piece, *lease);
      if (!extent) return extent.error();
      stored.extents.push_back(*extent);
    }
  }
  if (const auto durable = appender_.make_durable(lent->segments(), *lease); !durable) return durable.error();
  return all;
}

awaitable<Result<std::vector<StoredContent>>> ContentsOnSegments::put(std::vector<std::string> contents) {
  const auto work = [this, &contents] { return store_all(contents); };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<std::string>> ContentsOnSegments::read(ContentNumber content, std::uint64_t offset,
                                                        std::uint64_t length) {
  const ContentNumber resolved = places_.resolve(content);
  const auto work = [this, resolved, offset, length]() -> Result<std::string> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    const auto where = read_location(lent->database(), resolved);
    if (!where) return where.error();
    return read_bytes(lent->segments(), *where, offset, length);
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Result<std::uint64_t>> ContentsOnSegments::size(ContentNumber content) {
  const ContentNumber resolved = places_.resolve(content);
  const auto work = [this, resolved]() -> Result<std::uint64_t> {
    const auto lent = parts_.lend();
    if (!lent) return lent.error();
    const auto where = read_location(lent->database(), resolved);
    if (!where) return where.error();
    return where->size;
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Answers> ContentsOnSegments::read_many(std::vector<ContentNumber> contents, std::size_t limit) {
  for (ContentNumber& content : contents) content = places_.resolve(content);
  const auto work = [this, &contents, limit] {
    const auto lent = parts_.lend();
    if (!lent) return Answers(std::min<std::size_t>(contents.size(), 1), lent.error());
    return read_all(*lent, contents, limit);
  };
  co_return co_await on_pool(pool_, work);
}

awaitable<Answers> ContentsOnSegments::summaries(std::vector<ContentNumber> contents, Part part) {
  for (ContentNumber& content : contents) content = places_.resolve(content);
  const auto work = [this, &contents, part] {
    const auto lent = parts_.lend();
    if (!lent) return Answers(contents.size(), lent.error());
    return read_summaries(lent->database(), contents, part);
  };
  co_return co_await on_pool(pool_, work);
}

}  // namespace satchel::store
