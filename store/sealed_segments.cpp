#include "store/sealed_segments.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstdio>
#include <list>
#include <map>
#include <mutex>

#include "crypto/sealed_extent.hpp"
#include "store/extent_codec.hpp"
#include "store/rocks_status.hpp"
#include "store/sealed_context.hpp"

namespace satchel::store {

namespace {

using rocksdb::IOStatus;

constexpr std::size_t largest_sealed = Segments::max_extent_size + crypto::tag_size;

FileName segment_name(std::uint32_t number) {
  char base[32];
  std::snprintf(base, sizeof base, "%06u.seg", number);
  return {FileKind::segment, number, base};
}

Error segment_error(std::uint32_t number, std::string_view what) {
  return fail(ErrorCode::corrupt,
              std::string(damage_mark) + " " + segment_name(number).base + ": " + std::string(what));
}

// Both sizes are authenticated: another plain size does not open.
std::string associated_with(std::size_t plain_size) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(char(plain_size >> shift));
  return bytes;
}

// A segment that is read; the opener is const, so any number of threads may.
struct OpenSegment {
  OpenSegment(std::unique_ptr<rocksdb::FSRandomAccessFile> its_file, crypto::ExtentOpener its_opener)
      : file(std::move(its_file)), opener(std::move(its_opener)) {}
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  crypto::ExtentOpener opener;
};

Result<std::shared_ptr<OpenSegment>> open_segment(rocksdb::FileSystem& base, const std::string& folder,
                                                  const crypto::Key& files_key, std::uint32_t number) {
  const FileName name = segment_name(number);
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  char room[crypto::file_header_size];
  rocksdb::Slice header;
  IOStatus status = base.NewRandomAccessFile(folder + "/" + name.base, {}, &file, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return fail(ErrorCode::not_found, name.base + " is missing");
  if (status.ok()) status = file->Read(0, sizeof room, {}, &header, room, nullptr);
  if (!status.ok()) return to_error(status);
  auto key = crypto::FileKey::open(files_key, binding_of(name), {header.data(), header.size()});
  if (!key) return segment_error(number, key.error().text);
  return std::make_shared<OpenSegment>(std::move(file), crypto::ExtentOpener(std::move(*key)));
}

// The segments read last, open.
class SegmentPool {
 public:
  explicit SegmentPool(std::size_t most) : most_(most) {}

  std::shared_ptr<OpenSegment> find(std::uint32_t number) {
    std::lock_guard lock(mutex_);
    auto found = open_.find(number);
    if (found == open_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second.segment;
  }

  void keep(std::uint32_t number, std::shared_ptr<OpenSegment> segment) {
    std::lock_guard lock(mutex_);
    if (open_.contains(number)) return;
    order_.push_front(number);
    open_[number] = {std::move(segment), order_.begin()};
    if (open_.size() <= most_) return;
    open_.erase(order_.back());
    order_.pop_back();
  }

  void drop(std::uint32_t number) {
    std::lock_guard lock(mutex_);
    auto found = open_.find(number);
    if (found == open_.end()) return;
    order_.erase(found->second.place);
    open_.erase(found);
  }

 private:
  struct Entry {
    std::shared_ptr<OpenSegment> segment;
    std::list<std::uint32_t>::iterator place;
  };

  std::size_t most_;
  std::mutex mutex_;
  std::list<std::uint32_t> order_;  // last used first
  std::map<std::uint32_t, Entry> open_;
};

// The segment that is appended to.
struct Writing {
  std::uint32_t number;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  crypto::ExtentSealer sealer;
  bool synced = false;         // nothing was appended since the last sync
  bool folder_synced = false;  // its name is on disk too
};

class SealedSegments final : public Segments {
 public:
  SealedSegments(std::string folder, std::shared_ptr<rocksdb::FileSystem> base, const crypto::Key& files_key,
                 SegmentLimits limits, std::uint32_t last_number)
      : folder_(std::move(folder)),
        base_(std::move(base)),
        key_(files_key.clone()),
        limits_(limits),
        pool_(limits.open_files),
        last_number_(last_number) {}

  ~SealedSegments() override { give_up(); }

  Result<Extent> append(std::string_view plain) override {
    if (plain.size() > max_extent_size) return fail(ErrorCode::refused, "an extent is too large");
    if (auto ready = writing_ ? Result<>() : begin(); !ready) return ready.error();
    sealed_.clear();
    auto offset = writing_->sealer.append(pack(plain, room_), sealed_, associated_with(plain.size()));
    if (!offset) return offset.error();
    const Extent extent{writing_->number, *offset, std::uint32_t(sealed_.size()), std::uint32_t(plain.size())};
    if (IOStatus status = writing_->file->Append(sealed_, {}, nullptr); !status.ok()) return failed(status);
    writing_->synced = false;
    if (writing_->sealer.size() < limits_.segment_size) return extent;
    if (auto durable = make_durable(); !durable) return durable.error();
    give_up();
    return extent;
  }

  Result<> make_durable() override {
    if (!writing_ || writing_->synced) return {};
    IOStatus status = writing_->file->Sync({}, nullptr);
    if (status.ok() && !writing_->folder_synced) status = sync_folder(*base_, folder_);
    if (!status.ok()) return failed(status);
    writing_->folder_synced = true;
    writing_->synced = true;
    return {};
  }

  Result<std::string> read(const Extent& extent) const override {
    if (extent.sealed_size < crypto::tag_size || extent.sealed_size > largest_sealed ||
        extent.plain_size > max_extent_size)
      return segment_error(extent.segment, "no extent has these sizes");
    auto segment = segment_to_read(extent.segment);
    if (!segment) return segment.error();
    thread_local std::string room;
    if (room.size() < extent.sealed_size) room.resize(extent.sealed_size);
    rocksdb::Slice sealed;
    const IOStatus status =
        (*segment)->file->Read(extent.offset, extent.sealed_size, {}, &sealed, room.data(), nullptr);
    if (!status.ok()) return to_error(status);
    if (sealed.size() != extent.sealed_size) return segment_error(extent.segment, "it was cut");
    return open_extent(**segment, extent, {sealed.data(), sealed.size()}, room.data());
  }

  Result<std::vector<SegmentInfo>> list() const override {
    std::vector<std::string> names;
    const IOStatus status = base_->GetChildren(folder_, {}, &names, nullptr);
    if (!status.ok()) return to_error(status);
    std::vector<SegmentInfo> all;
    for (const std::string& base : names) {
      const FileName name = file_name(base);
      std::uint64_t bytes = 0;
      if (name.kind != FileKind::segment) continue;
      if (!base_->GetFileSize(folder_ + "/" + base, {}, &bytes, nullptr).ok()) continue;  // just removed
      all.push_back({std::uint32_t(name.number), bytes, name.number != current_number()});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    return all;
  }

  Result<> remove(std::uint32_t number) override {
    if (number == current_number())
      return fail(ErrorCode::refused, "a segment that is still written cannot be removed");
    pool_.drop(number);
    const IOStatus status = base_->DeleteFile(folder_ + "/" + segment_name(number).base, {}, nullptr);
    if (status.IsNotFound() || status.IsPathNotFound()) return fail(ErrorCode::not_found, "there is no such segment");
    if (!status.ok()) return to_error(status);
    return {};
  }

 private:
  std::uint32_t current_number() const {
    std::lock_guard lock(number_mutex_);
    return current_number_;
  }

  void set_current(std::uint32_t number) {
    std::lock_guard lock(number_mutex_);
    current_number_ = number;
  }

  Result<> begin() {
    const FileName name = segment_name(last_number_ + 1);
    std::unique_ptr<rocksdb::FSWritableFile> file;
    IOStatus status = base_->NewWritableFile(folder_ + "/" + name.base, {}, &file, nullptr);
    if (!status.ok()) return to_error(status);
    ++last_number_;
    writing_.emplace(
        Writing{last_number_, std::move(file), crypto::ExtentSealer(crypto::FileKey::create(key_, binding_of(name)))});
    set_current(last_number_);
    status = writing_->file->Append(writing_->sealer.header(), {}, nullptr);
    if (!status.ok()) return failed(status);
    return {};
  }

  // Neither append nor sync is tried again on a file that failed once.
  Error failed(const IOStatus& status) {
    give_up();
    return to_error(not_retryable(status));
  }

  void give_up() {
    if (!writing_) return;
    writing_->file->Close({}, nullptr).PermitUncheckedError();
    writing_.reset();
    set_current(0);
  }

  Result<std::shared_ptr<OpenSegment>> segment_to_read(std::uint32_t number) const {
    if (auto segment = pool_.find(number)) return segment;
    auto opened = open_segment(*base_, folder_, key_, number);
    if (opened) pool_.keep(number, *opened);
    return opened;
  }

  static Result<std::string> open_extent(const OpenSegment& segment, const Extent& extent, std::string_view sealed,
                                         char* room) {
    auto opened = segment.opener.open(extent.offset, sealed, room, associated_with(extent.plain_size));
    if (!opened)
      return segment_error(extent.segment, "the extent at " + std::to_string(extent.offset) + " does not open");
    auto plain = unpack({room, extent.sealed_size - crypto::tag_size}, extent.plain_size);
    if (!plain) return segment_error(extent.segment, plain.error().text);
    return plain;
  }

  std::string folder_;
  std::shared_ptr<rocksdb::FileSystem> base_;
  crypto::Key key_;
  SegmentLimits limits_;
  mutable SegmentPool pool_;

  std::optional<Writing> writing_;  // none: the next append begins one
  std::uint32_t last_number_;
  std::string sealed_;
  std::string room_;  // for compressing

  mutable std::mutex number_mutex_;
  std::uint32_t current_number_ = 0;  // of writing_, for other threads; 0 is none
};

}  // namespace

Result<std::unique_ptr<Segments>> open_sealed_segments(std::string folder, std::shared_ptr<rocksdb::FileSystem> base,
                                                       const crypto::Key& files_key, SegmentLimits limits) {
  std::vector<std::string> names;
  const IOStatus status = base->GetChildren(folder, {}, &names, nullptr);
  if (!status.ok()) return to_error(status);
  std::uint64_t last = 0;
  for (const std::string& base_name : names) {
    const FileName name = file_name(base_name);
    if (name.kind == FileKind::segment) last = std::max(last, name.number);
  }
  return std::make_unique<SealedSegments>(std::move(folder), std::move(base), files_key, limits, std::uint32_t(last));
}

}  // namespace satchel::store
