#include "disks.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"
#include "store/sealed_store.hpp"
#include "tests/support/lossy_disk.hpp"

namespace satchel::sim {

namespace {

class MemoryDisks final : public Disks {
 public:
  MemoryDisks() = default;
  MemoryDisks(std::shared_ptr<store::MemoryDatabaseDisk> database, std::shared_ptr<store::MemorySegmentsDisk> segments)
      : database_(std::move(database)), segments_(std::move(segments)) {}

  Result<store::StoreParts> open() override {
    store::StoreParts parts;
    parts.database = store::open_memory_database(database_);
    parts.segments = store::open_memory_segments(segments_, 1 << 20);
    return parts;
  }

  void cut(Random& random) override {
    database_->crash(random());
    segments_->crash(random());
  }

  void fail_soon(Random& random) override {
    const ErrorCode code =
        std::vector<ErrorCode>{ErrorCode::broken, ErrorCode::no_space, ErrorCode::read_only}[random() % 3];
    if (random() % 4 == 0)
      segments_->fail_next_write(code);
    else
      database_->fail_next_write(code);
  }

  std::unique_ptr<Disks> copy(Random&) const override {
    return std::make_unique<MemoryDisks>(database_->copy(), segments_->copy());
  }

 private:
  std::shared_ptr<store::MemoryDatabaseDisk> database_ = std::make_shared<store::MemoryDatabaseDisk>();
  std::shared_ptr<store::MemorySegmentsDisk> segments_ = std::make_shared<store::MemorySegmentsDisk>();
};

class LossyDisks final : public Disks {
 public:
  LossyDisks(boost::asio::io_context& loop, Time& time) : loop_(loop), time_(time) {}

  Result<store::StoreParts> open() override {
    const store::Later later = [&loop = loop_, &time = time_](std::chrono::milliseconds span,
                                                              std::function<void()> job) {
      time.after(span, [&loop, job = std::move(job)] { boost::asio::post(loop, job); });
    };
    const auto setup = std::exchange(made_, true) ? store::Setup::existing : store::Setup::create;
    auto opened = store::open_sealed_store_on(disk_->mount(), "/home/store", key_, setup, later);
    if (!opened) return opened.error();
    store::StoreParts parts;
    parts.database = std::move(opened->database);
    parts.segments = std::move(opened->segments);
    return parts;
  }

  void cut(Random& random) override {
    const auto left = disk_->after_cut(random());
    disk_->power_off();
    disk_ = left;
  }

  void fail_soon(Random& random) override {
    disk_->fail_call(1 + random() % 40, rocksdb::IOStatus::IOError("the disk does not answer"));
  }

  std::unique_ptr<Disks> copy(Random& random) const override {
    auto other = std::make_unique<LossyDisks>(loop_, time_);
    other->disk_ = disk_->after_cut(random());
    other->key_ = key_.clone();
    other->made_ = made_;
    return other;
  }

 private:
  boost::asio::io_context& loop_;
  Time& time_;
  std::shared_ptr<tests::LossyDisk> disk_ = tests::LossyDisk::make("/home");
  crypto::Key key_ = crypto::Key::random();
  bool made_ = false;
};

}  // namespace

std::unique_ptr<Disks> memory_disks() {
  return std::make_unique<MemoryDisks>();
}

std::unique_ptr<Disks> lossy_disks(boost::asio::io_context& loop, Time& time) {
  return std::make_unique<LossyDisks>(loop, time);
}

}  // namespace satchel::sim
