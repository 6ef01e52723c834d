// A content that arrives in pieces: extent by extent into the segments, hashed on the way.
#include <algorithm>

#include "store/contents_on_segments.hpp"
#include "store/on_pool.hpp"

namespace satchel::store {
namespace {

class SegmentWriter final : public ContentWriter {
 public:
  explicit SegmentWriter(ContentsOnSegments& contents)
      : contents_(contents),
        lease_(contents.appender().begin()),
        hash_(contents.begin_hash()),
        summariser_(contents.make_summariser()) {}

  awaitable<Result<>> append(std::string_view bytes) override {
    const auto work = [this, bytes] { return take(bytes); };
    co_return co_await on_pool(contents_.pool(), work);
  }

  awaitable<Result<StoredContent>> finish() override {
    const auto work = [this] { return end(); };
    co_return co_await on_pool(contents_.pool(), work);
  }

 private:
  Result<> take(std::string_view bytes) {
    hash_.update(bytes);
    summariser_->feed(bytes);
    stored_.size += bytes.size();
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), Segments::max_extent_size - pending_.size());
      pending_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      if (pending_.size() < Segments::max_extent_size) continue;
      if (const auto flushed = flush(); !flushed) return flushed;
    }
    return {};
  }

  Result<> flush() {
    if (pending_.empty()) return {};
    const auto lent = contents_.parts().lend();
    if (!lent) return lent.error();
    const auto extent = contents_.appender().append(lent->segments(), pending_, *lease_);
    if (!extent) return extent.error();
    stored_.extents.push_back(*extent);
    pending_.clear();
    return {};
  }

  Result<StoredContent> end() {
    if (const auto flushed = flush(); !flushed) return flushed.error();
    const auto lent = contents_.parts().lend();
    if (!lent) return lent.error();
    if (const auto durable = contents_.appender().make_durable(lent->segments(), *lease_); !durable)
      return durable.error();
    stored_.hash = hash_.finish();
    contents_.name(stored_, summariser_->finish());
    stored_.lease = lease_;
    return std::move(stored_);
  }

  ContentsOnSegments& contents_;
  std::shared_ptr<SegmentAppender::Lease> lease_;
  crypto::KeyedHash hash_;
  std::unique_ptr<Summariser> summariser_;
  StoredContent stored_;
  std::string pending_;
};

}  // namespace

std::unique_ptr<ContentWriter> ContentsOnSegments::begin() {
  return std::make_unique<SegmentWriter>(*this);
}

}  // namespace satchel::store
