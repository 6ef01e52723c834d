#include "store/memory_segments.hpp"

#include <random>

namespace satchel::store {

namespace {
constexpr std::uint32_t tag_size = 16;  // as if sealed, so that sizes look real
}

void MemorySegmentsDisk::crash(std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    auto& pieces = segment->second.pieces;
    auto first = pieces.begin();
    while (first != pieces.end() && first->second.durable) ++first;
    std::size_t kept = random() % (std::size_t(std::distance(first, pieces.end())) + 1);
    for (; kept > 0; --kept, ++first) {
      if (kept == 1 && random() % 2 == 0) first->second.damaged = true;
      first->second.durable = true;
    }
    pieces.erase(first, pieces.end());
    segment = pieces.empty() ? segments_.erase(segment) : std::next(segment);
  }
  fail_next_.reset();
  ++epoch_;
}

void MemorySegmentsDisk::fail_next_write(ErrorCode code) {
  std::lock_guard lock(mutex_);
  fail_next_ = code;
}

std::shared_ptr<MemorySegmentsDisk> MemorySegmentsDisk::copy() const {
  std::lock_guard lock(mutex_);
  auto other = std::make_shared<MemorySegmentsDisk>();
  other->segments_ = segments_;
  other->last_number_ = last_number_;
  for (auto& [number, segment] : other->segments_)
    for (auto& [offset, piece] : segment.pieces) piece.durable = true;
  return other;
}

bool MemorySegmentsDisk::damage(const Extent& extent) {
  std::lock_guard lock(mutex_);
  auto segment = segments_.find(extent.segment);
  if (segment == segments_.end()) return false;
  auto piece = segment->second.pieces.find(extent.offset);
  if (piece == segment->second.pieces.end()) return false;
  piece->second.damaged = true;
  return true;
}

class MemorySegments final : public Segments {
 public:
  MemorySegments(std::shared_ptr<MemorySegmentsDisk> disk, std::uint64_t segment_size)
      : disk_(std::move(disk)), segment_size_(segment_size) {
    std::lock_guard lock(disk_->mutex_);
    epoch_ = disk_->epoch_;
  }

  Result<Extent> append(std::string_view plain) override {
    std::lock_guard lock(disk_->mutex_);
    if (plain.size() > max_extent_size) return fail(ErrorCode::refused, "an extent is too large");
    if (auto ready = ready_to_write(); !ready) return ready.error();
    if (current_ == 0) {
      current_ = ++disk_->last_number_;
      disk_->segments_[current_];
    }
    auto& segment = disk_->segments_[current_];
    Extent extent{current_, segment.bytes, std::uint32_t(plain.size()) + tag_size, std::uint32_t(plain.size())};
    segment.pieces[extent.offset].plain = plain;
    segment.bytes += extent.sealed_size;
    if (segment.bytes >= segment_size_) current_ = 0;
    return extent;
  }

  Result<> make_durable() override {
    std::lock_guard lock(disk_->mutex_);
    if (auto ready = ready_to_write(); !ready) return ready;
    for (auto& [number, segment] : disk_->segments_) {
      for (auto piece = segment.pieces.rbegin(); piece != segment.pieces.rend() && !piece->second.durable; ++piece)
        piece->second.durable = true;
    }
    return {};
  }

  Result<std::string> read(const Extent& extent) const override {
    std::lock_guard lock(disk_->mutex_);
    if (epoch_ != disk_->epoch_) return gone_error();
    auto segment = disk_->segments_.find(extent.segment);
    if (segment == disk_->segments_.end()) return fail(ErrorCode::not_found, "a segment is missing");
    auto piece = segment->second.pieces.find(extent.offset);
    if (piece == segment->second.pieces.end() || piece->second.damaged ||
        piece->second.plain.size() != extent.plain_size)
      return fail(ErrorCode::corrupt, "a piece of a segment does not open");
    return piece->second.plain;
  }

  Result<std::vector<SegmentInfo>> list() const override {
    std::lock_guard lock(disk_->mutex_);
    if (epoch_ != disk_->epoch_) return gone_error();
    std::vector<SegmentInfo> all;
    for (const auto& [number, segment] : disk_->segments_) all.push_back({number, segment.bytes, number != current_});
    return all;
  }

  Result<> remove(std::uint32_t number) override {
    std::lock_guard lock(disk_->mutex_);
    if (auto ready = ready_to_write(); !ready) return ready;
    if (number == current_) return fail(ErrorCode::refused, "a segment that is still written cannot be removed");
    if (disk_->segments_.erase(number) == 0) return fail(ErrorCode::not_found, "there is no such segment");
    return {};
  }

 private:
  static Error gone_error() { return fail(ErrorCode::broken, "the segments were opened before a crash"); }

  Result<> ready_to_write() {
    if (epoch_ != disk_->epoch_) return gone_error();
    if (!disk_->fail_next_) return {};
    const ErrorCode code = *disk_->fail_next_;
    disk_->fail_next_.reset();
    current_ = 0;  // the segment is given up
    return fail(code, "injected failure");
  }

  std::shared_ptr<MemorySegmentsDisk> disk_;
  std::uint64_t segment_size_;
  std::uint64_t epoch_ = 0;
  std::uint32_t current_ = 0;  // 0: the next append starts one
};

std::unique_ptr<Segments> open_memory_segments(std::shared_ptr<MemorySegmentsDisk> disk, std::uint64_t segment_size) {
  return std::make_unique<MemorySegments>(std::move(disk), segment_size);
}

}  // namespace satchel::store
