#include <rocksdb/file_system.h>

#include <atomic>
#include <future>

#include "hooked_file_system.hpp"
#include "store_fixture.hpp"

namespace satchel::store {
namespace {

const FileName log_name{FileKind::wal, 7, "000007.log"};
const FileName manifest_name{FileKind::manifest, 5, "MANIFEST-000005"};

TEST(AnchorFormat, ComesBackAsItWasWritten) {
  const AnchorState state{9, 5, true, {{5, 12}, {8, 3}}, {{7, 1}, {9, 1ULL << 40}}};
  EXPECT_EQ(*parse_anchor(write_anchor(state)), state);
}

TEST(AnchorFormat, EveryCutIsCorrupt) {
  const std::string bytes = write_anchor({9, 5, true, {{5, 12}, {8, 3}}, {{7, 1}}});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(parse_anchor(bytes.substr(0, size)).error().code, ErrorCode::corrupt) << size;
  EXPECT_FALSE(parse_anchor(bytes + "x"));
}

class AnchorTest : public testing::Test {
 protected:
  AnchorState on_disk() {
    auto loaded = Anchor::load(rocksdb::FileSystem::Default(), folder_.path().string(), key_);
    EXPECT_TRUE(loaded);
    return loaded ? (*loaded)->state() : AnchorState{};
  }

  Folder folder_;
  crypto::Key key_ = crypto::Key::random();
  std::shared_ptr<rocksdb::FileSystem> base_ = rocksdb::FileSystem::Default();
};

TEST_F(AnchorTest, NothingIsWrittenBeforeTheStoreIsMade) {
  auto anchor = Anchor::create(base_, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->synced(manifest_name, 3));
  EXPECT_FALSE(Anchor::exists(*base_, folder_.path().string()));
  ASSERT_TRUE(anchor->begin());
  EXPECT_EQ(on_disk().manifests.at(5), 3U);
}

TEST_F(AnchorTest, AManifestIsWrittenDownAtOnceAndALogWithinASecond) {
  auto anchor = Anchor::create(base_, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->begin());
  ASSERT_TRUE(anchor->synced(manifest_name, 4));
  EXPECT_EQ(on_disk().manifests.at(5), 4U);
  ASSERT_TRUE(anchor->synced(log_name, 10));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (on_disk().logs[7] != 10 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(on_disk().logs[7], 10U);
}

TEST_F(AnchorTest, ALogIsStruckOutBeforeItMayBeDeleted) {
  auto anchor = Anchor::create(base_, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->synced(log_name, 10));
  ASSERT_TRUE(anchor->begin());
  EXPECT_EQ(on_disk().logs.size(), 1U);
  ASSERT_TRUE(anchor->forget(log_name));
  EXPECT_TRUE(on_disk().logs.empty());
}

TEST_F(AnchorTest, ALogThatIsSyncedAfterItWasDeletedIsNotNamedAgain) {
  auto anchor = Anchor::create(base_, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->begin());
  ASSERT_TRUE(anchor->synced(log_name, 10));
  ASSERT_TRUE(anchor->forget(log_name));
  ASSERT_TRUE(anchor->synced(log_name, 11));
  ASSERT_TRUE(anchor->finish());
  EXPECT_TRUE(on_disk().logs.empty());
}

// A disk that writes no anchor before it is let go on.
class HeldDisk final : public rocksdb::FileSystemWrapper {
 public:
  explicit HeldDisk(std::shared_future<void> go)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), go_(std::move(go)) {}
  const char* Name() const override { return "HeldDisk"; }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (held) go_.wait();
    return target_->RenameFile(from, to, options, debug);
  }
  std::atomic<bool> held = false;

 private:
  std::shared_future<void> go_;
};

// RocksDB may delete a log on two threads: neither goes on before it is struck out on the disk.
TEST_F(AnchorTest, WhoForgetsALogSecondWaitsForTheFirst) {
  std::promise<void> go;
  auto disk = std::make_shared<HeldDisk>(go.get_future().share());
  auto anchor = Anchor::create(disk, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->synced(log_name, 10));
  ASSERT_TRUE(anchor->begin());
  disk->held = true;
  const auto forget = [&] { return bool(anchor->forget(log_name)); };
  auto first = std::async(std::launch::async, forget);
  auto second = std::async(std::launch::async, forget);
  EXPECT_EQ(first.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  EXPECT_EQ(on_disk().logs.size(), 1U);
  disk->held = false;
  go.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
  EXPECT_TRUE(on_disk().logs.empty());
}

TEST_F(AnchorTest, ACleanCloseIsExact) {
  auto anchor = Anchor::create(base_, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->begin());
  ASSERT_TRUE(anchor->synced(log_name, 10));
  ASSERT_TRUE(anchor->finish());
  EXPECT_EQ(on_disk().logs.at(7), 10U);
}

TEST_F(AnchorTest, AlteredMissingOrSealedUnderAnotherKeyIsCorrupt) {
  {
    auto anchor = Anchor::create(base_, folder_.path().string(), key_);
    ASSERT_TRUE(anchor->begin());
  }
  const auto load = [this](const crypto::Key& key) { return Anchor::load(base_, folder_.path().string(), key); };
  EXPECT_EQ(load(crypto::Key::random()).error().code, ErrorCode::corrupt);
  const auto file = folder_.path() / "anchor";
  for (std::size_t at = 0; at < std::filesystem::file_size(file); ++at) {
    flip(file, at);
    EXPECT_EQ(load(key_).error().code, ErrorCode::corrupt) << at;
    flip(file, at);
  }
  EXPECT_TRUE(load(key_));
  std::filesystem::remove(file);
  EXPECT_EQ(load(key_).error().code, ErrorCode::corrupt);
}

TEST_F(AnchorTest, AFailedWriteIsReportedAndTheOldOneStays) {
  bool full = false;
  auto base = std::make_shared<HookedFileSystem>([&full](Call call, const std::string&, std::string_view) {
    return full && call == Call::append ? rocksdb::IOStatus::NoSpace("injected") : rocksdb::IOStatus::OK();
  });
  auto anchor = Anchor::create(base, folder_.path().string(), key_);
  ASSERT_TRUE(anchor->synced(manifest_name, 1));
  ASSERT_TRUE(anchor->begin());
  full = true;
  EXPECT_EQ(anchor->synced(manifest_name, 2).error().code, ErrorCode::no_space);
  EXPECT_EQ(on_disk().manifests.at(5), 1U);
  full = false;
  ASSERT_TRUE(anchor->synced(manifest_name, 3));
  EXPECT_EQ(on_disk().manifests.at(5), 3U);
}

}  // namespace
}  // namespace satchel::store
