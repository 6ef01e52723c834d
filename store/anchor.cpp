#include "store/anchor.hpp"

#include <rocksdb/file_system.h>

#include <utility>

#include "crypto/sealed_blocks.hpp"
#include "store/rocks_status.hpp"
#include "store/sealed_context.hpp"

namespace satchel::store {

namespace {

using rocksdb::IOStatus;

const FileName anchor_name{FileKind::anchor, 0, "anchor"};

IOStatus write_whole(rocksdb::FileSystem& base, const std::string& path, const std::string& bytes) {
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = base.NewWritableFile(path, {}, &file, nullptr);
  if (status.ok()) status = file->Append(bytes, {}, nullptr);
  if (status.ok()) status = file->Fsync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  return status;
}

}  // namespace

std::shared_ptr<Anchor> Anchor::create(std::shared_ptr<rocksdb::FileSystem> base, std::string folder,
                                       const crypto::Key& files_key, Later later) {
  return std::shared_ptr<Anchor>(
      new Anchor(std::move(base), std::move(folder), files_key, std::move(later), Phase::held));
}

Result<std::shared_ptr<Anchor>> Anchor::load(std::shared_ptr<rocksdb::FileSystem> base, std::string folder,
                                             const crypto::Key& files_key, Later later) {
  auto source = open_source(*base, folder + "/anchor");
  if (!source && source.error().code == ErrorCode::not_found)
    return fail(ErrorCode::corrupt, std::string(damage_mark) + " anchor: it is missing");
  if (!source) return source.error();
  if ((*source)->size() > (1 << 20)) return fail(ErrorCode::corrupt, std::string(damage_mark) + " anchor: too long");
  std::string sealed((*source)->size(), '\0');
  if (auto read = (*source)->read(0, sealed.size(), sealed.data()); !read) return read.error();
  auto plain = crypto::open_block_file(files_key, binding_of(anchor_name), sealed);
  if (!plain) return fail(plain.error().code, std::string(damage_mark) + " anchor: " + plain.error().text);
  auto state = parse_anchor(*plain);
  if (!state) return state.error();
  std::shared_ptr<Anchor> anchor(
      new Anchor(std::move(base), std::move(folder), files_key, std::move(later), Phase::running));
  anchor->state_ = std::move(*state);
  anchor->state_.clean = false;
  return anchor;
}

bool Anchor::exists(rocksdb::FileSystem& base, const std::string& folder) {
  return base.FileExists(folder + "/anchor", {}, nullptr).ok();
}

Anchor::Anchor(std::shared_ptr<rocksdb::FileSystem> base, std::string folder, const crypto::Key& files_key, Later later,
               Phase phase)
    : base_(std::move(base)),
      folder_(std::move(folder)),
      key_(files_key.clone()),
      phase_(phase),
      later_(std::move(later)) {
  if (!later_) ticker_ = std::jthread([this](std::stop_token stop) { tick(std::move(stop)); });
}

Anchor::~Anchor() {
  if (ticker_.joinable()) {
    ticker_.request_stop();
    ticker_.join();
  }
  (void)persist();  // what is not there yet was not promised
}

AnchorState Anchor::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

std::uint64_t Anchor::least_records(const FileName& name) const {
  std::lock_guard lock(mutex_);
  const auto& files = name.kind == FileKind::manifest ? state_.manifests : state_.logs;
  auto found = files.find(name.number);
  return found == files.end() ? 0 : found->second;
}

Result<> Anchor::synced(const FileName& name, std::uint64_t records) {
  {
    std::lock_guard lock(mutex_);
    if (forgotten_.contains(name.number)) return {};
    auto& known = (name.kind == FileKind::manifest ? state_.manifests : state_.logs)[name.number];
    if (records <= known) return {};
    known = records;
    changed();
  }
  return name.kind == FileKind::manifest ? persist() : Result<>();
}

// With the mutex held.
void Anchor::changed() {
  ++change_;
  if (later_)
    persist_later();
  else
    woken_.notify_one();
}

void Anchor::persist_later() {
  if (std::exchange(awaited_, true)) return;
  later_(interval, [weak = weak_from_this()] {
    const auto anchor = weak.lock();
    if (!anchor) return;
    {
      std::lock_guard lock(anchor->mutex_);
      anchor->awaited_ = false;
    }
    if (anchor->persist()) return;
    std::lock_guard lock(anchor->mutex_);
    anchor->persist_later();  // tried again after the next pause
  });
}

void Anchor::current_is(std::uint64_t manifest) {
  std::lock_guard lock(mutex_);
  state_.current = manifest;
  changed();
}

Result<> Anchor::forget(const FileName& name) {
  {
    std::lock_guard lock(mutex_);
    forgotten_.insert(name.number);
    auto& files = name.kind == FileKind::manifest ? state_.manifests : state_.logs;
    if (files.erase(name.number) != 0) {
      changed();
    }
  }
  // Also where another thread struck it out just now: it waits for what that one is writing.
  return name.kind == FileKind::wal ? persist() : Result<>();
}

Result<> Anchor::begin() {
  {
    std::lock_guard lock(mutex_);
    phase_ = Phase::running;
    ++change_;
  }
  return persist();
}

Result<> Anchor::finish() {
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::running) return {};
    state_.clean = true;
    ++change_;
  }
  auto written = persist();
  std::lock_guard lock(mutex_);
  phase_ = Phase::finished;
  return written;
}

Result<> Anchor::persist() {
  std::lock_guard one_at_a_time(write_mutex_);
  AnchorState state;
  std::uint64_t change = 0;
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::running || change_ == written_) return {};
    ++state_.sequence;
    state = state_;
    change = change_;
  }
  if (auto written = write_file(state); !written) return written;
  std::lock_guard lock(mutex_);
  written_ = change;
  return {};
}

// The folder is synced first, so that the anchor never speaks of a file or a renaming that a
// power cut could still take back; and last, so that what the caller does next comes after it.
Result<> Anchor::write_file(const AnchorState& state) {
  const std::string sealed =
      crypto::seal_block_file(crypto::FileKey::create(key_, binding_of(anchor_name)), write_anchor(state));
  const std::string fresh = folder_ + "/anchor.new";
  IOStatus status = sync_folder(*base_, folder_);
  if (status.ok()) status = write_whole(*base_, fresh, sealed);
  if (status.ok()) status = base_->RenameFile(fresh, folder_ + "/anchor", {}, nullptr);
  if (status.ok()) status = sync_folder(*base_, folder_);
  if (!status.ok()) return to_error(status);
  return {};
}

void Anchor::tick(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, stop, [this] { return phase_ == Phase::running && change_ != written_; });
      // Never true: only the end of the program ends the pause early.
      woken_.wait_for(lock, stop, interval, [] { return false; });
    }
    if (!stop.stop_requested()) (void)persist();  // tried again after the next pause
  }
}

}  // namespace satchel::store
