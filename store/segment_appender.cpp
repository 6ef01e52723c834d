#include "store/segment_appender.hpp"

namespace satchel::store {
namespace {

Error lost() {
  return fail(ErrorCode::broken, "The disk did not take the message.");
}

}  // namespace

SegmentAppender::Lease::~Lease() {
  const std::lock_guard lock(leased_->mutex);
  for (const std::uint32_t segment : segments_) {
    const auto found = leased_->segments.find(segment);
    if (--found->second == 0) leased_->segments.erase(found);
  }
}

std::shared_ptr<SegmentAppender::Lease> SegmentAppender::begin() {
  const std::lock_guard lock(mutex_);
  return std::shared_ptr<Lease>(new Lease(leased_, failures_));
}

Result<Extent> SegmentAppender::append(Segments& segments, std::string_view plain, Lease& lease) {
  const std::lock_guard lock(mutex_);
  if (lease.last_ == 0) lease.failures_ = failures_;
  if (lease.failures_ != failures_) return lost();
  const auto extent = segments.append(plain);
  if (!extent) {
    ++failures_;
    return extent;
  }
  lease.last_ = ++appended_;
  if (lease.segments_.insert(extent->segment).second) {
    const std::lock_guard leased(leased_->mutex);
    ++leased_->segments[extent->segment];
  }
  return extent;
}

Result<> SegmentAppender::make_durable(Segments& segments, Lease& lease) {
  const std::lock_guard lock(mutex_);
  if (lease.last_ == 0) return {};
  if (lease.failures_ != failures_) return lost();
  if (lease.last_ <= durable_) return {};
  const auto durable = segments.make_durable();
  if (durable)
    durable_ = appended_;
  else
    ++failures_;
  return durable;
}

void SegmentAppender::reopened() {
  const std::lock_guard lock(mutex_);
  ++failures_;
  durable_ = appended_;
}

Result<std::vector<SegmentInfo>> SegmentAppender::settled(const Segments& segments) {
  const std::lock_guard lock(mutex_);
  auto all = segments.list();
  if (!all) return all;
  const std::lock_guard leased(leased_->mutex);
  std::erase_if(*all, [&](const SegmentInfo& one) { return !one.closed || leased_->segments.contains(one.number); });
  return all;
}

}  // namespace satchel::store
