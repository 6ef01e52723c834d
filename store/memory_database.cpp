#include "store/memory_database.hpp"

#include <random>

namespace satchel::store {

MemoryDatabaseDisk::Rows& MemoryDatabaseDisk::rows_for_change() {
  if (rows_.use_count() > 1) rows_ = std::make_shared<Rows>(*rows_);
  return *rows_;
}

void MemoryDatabaseDisk::apply(const WriteBatch& batch) {
  Rows& rows = rows_for_change();
  std::vector<Undo> undo;
  undo.reserve(batch.changes().size());
  for (const auto& change : batch.changes()) {
    auto found = rows.find(change.key);
    undo.push_back({change.key, found == rows.end() ? std::nullopt : std::optional(found->second)});
    if (!change.erased) {
      rows.insert_or_assign(change.key, change.value);
    } else if (found != rows.end()) {
      rows.erase(found);
    }
  }
  undurable_.push_back(std::move(undo));
}

void MemoryDatabaseDisk::undo_last() {
  Rows& rows = rows_for_change();
  auto& undo = undurable_.back();
  for (auto step = undo.rbegin(); step != undo.rend(); ++step) {
    if (step->before) {
      rows.insert_or_assign(step->key, *step->before);
    } else {
      rows.erase(step->key);
    }
  }
  undurable_.pop_back();
}

void MemoryDatabaseDisk::crash(std::uint64_t seed) {
  std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  if (failed_) apply(*failed_);
  failed_.reset();
  const std::size_t kept = random() % (undurable_.size() + 1);
  while (undurable_.size() > kept) undo_last();
  undurable_.clear();
  fail_next_.reset();
  ++epoch_;
}

void MemoryDatabaseDisk::fail_next_write(ErrorCode code) {
  std::lock_guard lock(mutex_);
  fail_next_ = code;
}

std::shared_ptr<MemoryDatabaseDisk> MemoryDatabaseDisk::copy() const {
  std::lock_guard lock(mutex_);
  auto other = std::make_shared<MemoryDatabaseDisk>();
  *other->rows_ = *rows_;
  return other;
}

std::uint64_t MemoryDatabaseDisk::durable_writes() const {
  std::lock_guard lock(mutex_);
  return durable_writes_;
}

class MemoryDatabase final : public Database {
 public:
  explicit MemoryDatabase(std::shared_ptr<MemoryDatabaseDisk> disk) : disk_(std::move(disk)) {
    std::lock_guard lock(disk_->mutex_);
    epoch_ = disk_->epoch_;
    if (disk_->failed_) disk_->apply(*disk_->failed_);  // it had reached the log before it failed
    disk_->failed_.reset();
    disk_->undurable_.clear();  // as RocksDB, which writes what it finds in a log to synced tables
  }

  Result<std::string> get(std::string_view key) const override {
    std::lock_guard lock(disk_->mutex_);
    if (gone()) return gone_error();
    auto found = disk_->rows_->find(key);
    if (found == disk_->rows_->end()) return fail(ErrorCode::not_found, "no such key");
    return found->second;
  }

  std::unique_ptr<Cursor> scan(std::string_view from) const override;

  Result<> write(const WriteBatch& batch) override {
    std::lock_guard lock(disk_->mutex_);
    return write_locked(batch);
  }

  Result<> write_durable(const WriteBatch& batch) override {
    std::lock_guard lock(disk_->mutex_);
    if (auto written = write_locked(batch); !written) return written;
    return make_durable_locked();
  }

  Result<> make_durable() override {
    std::lock_guard lock(disk_->mutex_);
    if (auto ready = ready_to_write(nullptr); !ready) return ready;
    return make_durable_locked();
  }

  Result<std::uint64_t> disk_bytes() const override {
    std::lock_guard lock(disk_->mutex_);
    std::uint64_t bytes = 0;
    for (const auto& [key, value] : *disk_->rows_) bytes += key.size() + value.size();
    return bytes;
  }

 private:
  bool gone() const { return epoch_ != disk_->epoch_; }
  static Error gone_error() { return fail(ErrorCode::broken, "the database was opened before a crash"); }

  Result<> ready_to_write(const WriteBatch* batch) {
    if (gone()) return gone_error();
    if (broken_) return fail(ErrorCode::broken, "the database met a failed write");
    if (!disk_->fail_next_) return {};
    const ErrorCode code = *disk_->fail_next_;
    disk_->fail_next_.reset();
    if (code != ErrorCode::no_space) {
      broken_ = true;
      if (batch) disk_->failed_ = *batch;
    }
    return fail(code, "injected failure");
  }

  Result<> write_locked(const WriteBatch& batch) {
    if (auto ready = ready_to_write(&batch); !ready) return ready;
    disk_->apply(batch);
    return {};
  }

  Result<> make_durable_locked() {
    disk_->undurable_.clear();
    ++disk_->durable_writes_;
    return {};
  }

  std::shared_ptr<MemoryDatabaseDisk> disk_;
  std::uint64_t epoch_ = 0;
  bool broken_ = false;
};

namespace {

using Rows = std::map<std::string, std::string, std::less<>>;

class MemoryCursor final : public Cursor {
 public:
  MemoryCursor(std::shared_ptr<const Rows> rows, std::string_view from) : rows_(std::move(rows)) { seek(from); }

  void seek(std::string_view key) override { at_ = rows_->lower_bound(key); }
  bool valid() const override { return at_ != rows_->end(); }
  void next() override { ++at_; }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  Result<> error() const override { return {}; }

 private:
  std::shared_ptr<const Rows> rows_;
  Rows::const_iterator at_;
};

class BrokenCursor final : public Cursor {
 public:
  void seek(std::string_view) override {}
  bool valid() const override { return false; }
  void next() override {}
  std::string_view key() const override { return {}; }
  std::string_view value() const override { return {}; }
  Result<> error() const override { return fail(ErrorCode::broken, "the database was opened before a crash"); }
};

}  // namespace

std::unique_ptr<Cursor> MemoryDatabase::scan(std::string_view from) const {
  std::lock_guard lock(disk_->mutex_);
  if (gone()) return std::make_unique<BrokenCursor>();
  return std::make_unique<MemoryCursor>(disk_->rows_, from);
}

std::unique_ptr<Database> open_memory_database(std::shared_ptr<MemoryDatabaseDisk> disk) {
  return std::make_unique<MemoryDatabase>(std::move(disk));
}

}  // namespace satchel::store
