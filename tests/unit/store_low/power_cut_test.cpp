// The power is cut between any two calls: the store opens, with every acknowledged row and content
// and no half of a batch. SATCHEL_CUTS=n sets how many.
#include <atomic>
#include <mutex>

#include "store_fixture.hpp"
#include "tests/support/lossy_disk.hpp"

namespace satchel::store {
namespace {

using tests::LossyDisk;

class PowerCut : public testing::Test {
 protected:
  struct Acknowledged {
    int rows = 0;
    std::vector<Extent> extents;
  };

  // What is there after a cut: the acknowledged rows, perhaps one or more after them, in order.
  void check(LossyDisk& image, const Acknowledged& known) {
    SCOPED_TRACE(std::to_string(known.rows) + " rows acknowledged");
    auto store = open_sealed_store_on(image.mount(), folder_, key_, Setup::existing);
    ASSERT_TRUE(store) << store.error().text;
    auto rows = count_rows(*store->database);
    ASSERT_TRUE(rows) << rows.error().text;
    EXPECT_GE(*rows, known.rows);
    for (std::size_t i = 0; i < known.extents.size(); ++i) {
      auto read = store->segments->read(known.extents[i]);
      ASSERT_TRUE(read) << read.error().text;
      EXPECT_EQ(*read, content(int(i), 2000));
    }
  }

  // Unsynced rows between the synced ones, and enough bytes that tables are made now and then.
  void work(SealedStore& store, int batches) {
    for (int i = 0; i < batches; ++i) {
      auto extent = store.segments->append(content(int(known_.extents.size()), 2000));
      ASSERT_TRUE(extent);
      ASSERT_TRUE(store.segments->make_durable());
      auto extents = known_.extents;
      extents.push_back(*extent);
      const int first = known_.rows + loose_;
      const bool durable = i % 3 == 0;
      WriteBatch batch;
      batch.put(row_key(first), row_value(first));
      batch.put("a" + row_key(i % 50), content(i, 150'000));
      auto written = durable ? store.database->write_durable(batch) : store.database->write(batch);
      ASSERT_TRUE(written) << written.error().text;
      ++loose_;
      const std::lock_guard lock(mutex_);
      known_.extents = std::move(extents);
      if (!durable) continue;
      known_.rows += loose_;
      loose_ = 0;
    }
  }

  const std::filesystem::path folder_ = "/home/store";
  crypto::Key key_ = crypto::Key::random();
  std::mutex mutex_;
  Acknowledged known_;
  int loose_ = 0;
};

TEST_F(PowerCut, AStoreThatWasMadeIsThere) {
  const auto disk = LossyDisk::make("/home");
  const auto store = open_sealed_store_on(disk->mount(), folder_, key_, Setup::create);
  ASSERT_TRUE(store) << store.error().text;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) check(*disk->after_cut(seed), {});
}

TEST_F(PowerCut, WhatWasAcknowledgedIsThereWheneverItHappens) {
  const char* wanted = std::getenv("SATCHEL_CUTS");
  const int cuts = wanted ? std::atoi(wanted) : 40;
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uint64_t until = 50;
  std::vector<std::pair<std::shared_ptr<LossyDisk>, Acknowledged>> images;
  std::atomic<bool> made = false;  // from then on the power may be cut
  const auto disk = LossyDisk::make("/home");
  disk->before = [&, &on = *disk] {
    if (!made || images.size() >= 20 || --until > 0) return;
    until = 1 + random() % 40;
    const std::lock_guard lock(mutex_);
    images.emplace_back(on.after_cut(random()), known_);
  };
  for (int checked = 0; checked < cuts;) {
    auto store = open_sealed_store_on(disk->mount(), folder_, key_, made ? Setup::existing : Setup::create);
    ASSERT_TRUE(store) << store.error().text;
    made = true;
    work(*store, 90);
    store = fail(ErrorCode::cancelled, "closed");
    known_.rows += loose_;  // a clean close makes all of it durable
    loose_ = 0;
    for (const auto& [image, known] : images) {
      check(*image, known);
      ++checked;
    }
    images.clear();
  }
}

}  // namespace
}  // namespace satchel::store
