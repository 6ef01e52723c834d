// The disk fails: what is answered, and what is there afterwards.
#include <thread>

#include "hooked_file_system.hpp"
#include "store/home_lock.hpp"
#include "store_fixture.hpp"

namespace satchel::store {
namespace {

using rocksdb::IOStatus;

class Failure : public testing::Test {
 protected:
  // Set while the disk is to fail; sees every call.
  std::function<IOStatus(Call, const FileName&)> fail_;
  std::shared_ptr<HookedFileSystem> base_ =
      std::make_shared<HookedFileSystem>([this](Call call, const std::string& path, std::string_view) {
        return fail_ ? fail_(call, file_name(path)) : IOStatus::OK();
      });
  Folder home_;
  crypto::Key key_ = crypto::Key::random();

  Result<SealedStore> open(store::Setup setup) { return open_sealed_store_on(base_, home_ / "store", key_, setup); }
};

TEST_F(Failure, AfterAFailedSyncNothingIsWrittenUntilReopened) {
  auto store = open(Setup::create);
  ASSERT_TRUE(store);
  write_rows(*store->database, 0, 10);
  int syncs = 0;
  fail_ = [&syncs](Call call, const FileName& name) {
    if (call != Call::sync || name.kind != FileKind::wal) return IOStatus::OK();
    IOStatus status = IOStatus::IOError("injected");
    status.SetRetryable(true);
    return ++syncs == 1 ? status : IOStatus::OK();
  };
  EXPECT_EQ(store->database->write_durable(one(row_key(10), row_value(10))).error().code, ErrorCode::broken);
  EXPECT_EQ(store->database->write_durable(one(row_key(10), row_value(10))).error().code, ErrorCode::broken);
  EXPECT_EQ(store->database->make_durable().error().code, ErrorCode::broken);
  EXPECT_EQ(*count_rows(*store->database), 10);
  fail_ = nullptr;
  EXPECT_EQ(store->database->write(one(row_key(10), row_value(10))).error().code, ErrorCode::broken);
  EXPECT_EQ(syncs, 1);  // never tried again
  store = fail(ErrorCode::cancelled, "closed");
  store = open(Setup::existing);
  ASSERT_TRUE(store) << store.error().text;
  EXPECT_GE(*count_rows(*store->database), 10);
}

// The kernel still shows the record whose sync failed; the client was told that it is not there.
TEST_F(Failure, WhatFailedToSyncIsNotThereWhenReopened) {
  const SealedStoreOpener opener(home_ / "store", key_.clone(), base_);
  auto store = opener.open(Setup::create);
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(store) << store.error().text;
    write_rows(*store->database, round * 10, round * 10 + 10);
    fail_ = [](Call call, const FileName&) {
      return call == Call::sync ? IOStatus::IOError("injected") : IOStatus::OK();
    };
    EXPECT_FALSE(store->database->write_durable(one(row_key(1000), row_value(1000))));
    for (int i = 0; i < 2; ++i) {  // the disk is no better yet
      store = fail(ErrorCode::cancelled, "closed");
      store = opener.open(Setup::existing);
      EXPECT_FALSE(store);
    }
    fail_ = nullptr;
    store = opener.open(Setup::existing);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(*count_rows(*store->database), round * 10 + 10);
  }
}

TEST_F(Failure, AFullDiskIsSaidAndGoneOverOnceThereIsSpace) {
  auto store = open(Setup::create);
  ASSERT_TRUE(store);
  write_rows(*store->database, 0, 10);
  fail_ = [](Call call, const FileName&) {
    const bool writes = call == Call::append || call == Call::create || call == Call::free_space;
    return writes ? IOStatus::NoSpace("injected") : IOStatus::OK();
  };
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(store->database->write_durable(one(row_key(10), row_value(10))).error().code, ErrorCode::no_space);
  EXPECT_EQ(store->segments->append("content").error().code, ErrorCode::no_space);
  EXPECT_EQ(*count_rows(*store->database), 10);
  EXPECT_EQ(store->database->make_durable().error().code, ErrorCode::no_space);
  fail_ = nullptr;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!store->database->make_durable() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  write_rows(*store->database, 10, 20);
  EXPECT_TRUE(store->segments->append("content"));
  EXPECT_TRUE(store->segments->make_durable());
  store = fail(ErrorCode::cancelled, "closed");
  store = open(Setup::existing);
  ASSERT_TRUE(store) << store.error().text;
  EXPECT_EQ(*count_rows(*store->database), 20);
}

IOStatus only_reads(Call call, const FileName&) {
  const bool writes = call == Call::create || call == Call::append || call == Call::sync || call == Call::rename ||
                      call == Call::remove;
  return writes ? IOStatus::IOError("While open a file", "Read-only file system") : IOStatus::OK();
}

TEST_F(Failure, AReadOnlyHomeIsSaid) {
  ASSERT_TRUE(open(Setup::create));
  fail_ = only_reads;
  auto store = open(Setup::existing);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::read_only) << store.error().text;
}

TEST_F(Failure, AHomeThatBecameReadOnlyIsRead) {
  auto store = open(Setup::create);
  ASSERT_TRUE(store);
  write_rows(*store->database, 0, 10);
  const auto kept = store->segments->append("content");
  ASSERT_TRUE(kept && store->segments->make_durable());
  fail_ = only_reads;
  EXPECT_EQ(store->database->write_durable(one(row_key(10), row_value(10))).error().code, ErrorCode::read_only);
  for (int i = 0; i < 2; ++i) {
    store = fail(ErrorCode::cancelled, "closed");
    store = open(Setup::reading);
    ASSERT_TRUE(store) << store.error().text;
    EXPECT_EQ(*count_rows(*store->database), 10);
    EXPECT_EQ(*store->segments->read(*kept), "content");
    EXPECT_EQ(store->database->write_durable(one(row_key(10), row_value(10))).error().code, ErrorCode::broken);
    EXPECT_EQ(store->segments->append("content").error().code, ErrorCode::read_only);
  }
  fail_ = nullptr;
  store = fail(ErrorCode::cancelled, "closed");
  store = open(Setup::existing);
  ASSERT_TRUE(store) << store.error().text;
  write_rows(*store->database, 10, 20);
  EXPECT_EQ(*count_rows(*store->database), 20);
}

// Each kind of call fails once, at each place: what was acknowledged is there after reopening.
TEST_F(Failure, NothingAcknowledgedIsLostWhereverACallFails) {
  for (int at = 0; at < 25; ++at) {
    for (const Call failing : {Call::create, Call::append, Call::sync, Call::rename, Call::folder_sync}) {
      std::filesystem::remove_all(home_ / "store");
      int acknowledged = 0;
      {
        auto made = open(Setup::create);
        ASSERT_TRUE(made);
        write_rows(*made->database, 0, 5);
        acknowledged = 5;
      }
      int calls = 0;
      fail_ = [&calls, at, failing](Call call, const FileName&) {
        return call == failing && calls++ == at ? IOStatus::IOError("injected") : IOStatus::OK();
      };
      if (auto store = open(Setup::existing)) {
        while (acknowledged < 25 && store->database->write_durable(one(row_key(acknowledged), row_value(acknowledged))))
          ++acknowledged;
      }
      fail_ = nullptr;
      auto store = open(Setup::existing);
      ASSERT_TRUE(store) << int(failing) << " at " << at << ": " << store.error().text;
      auto counted = count_rows(*store->database);
      ASSERT_TRUE(counted) << counted.error().text;
      EXPECT_GE(*counted, acknowledged) << int(failing) << " at " << at;
      EXPECT_LE(*counted, acknowledged + 1);
    }
  }
}

TEST_F(Failure, ASegmentWhoseSyncFailedIsGivenUp) {
  auto store = open(Setup::create);
  ASSERT_TRUE(store);
  auto first = store->segments->append("first");
  ASSERT_TRUE(store->segments->make_durable());
  ASSERT_TRUE(store->segments->append("second"));
  fail_ = [](Call call, const FileName&) {
    return call == Call::sync ? IOStatus::IOError("injected") : IOStatus::OK();
  };
  EXPECT_FALSE(store->segments->make_durable());
  fail_ = nullptr;
  auto third = store->segments->append("third");
  ASSERT_TRUE(third);
  EXPECT_NE(third->segment, first->segment);
  EXPECT_TRUE(store->segments->make_durable());
  EXPECT_EQ(*store->segments->read(*first), "first");
}

// Below RocksDB: the kernel may have marked any page clean, so no file is written or synced.
TEST_F(Failure, AFailedSyncStopsEveryFileAndIsNeverRetryable) {
  auto bare = bare_files(home_.path().string(), key_, base_);
  std::unique_ptr<rocksdb::FSWritableFile> log;
  std::unique_ptr<rocksdb::FSWritableFile> table;
  std::unique_ptr<rocksdb::FSWritableFile> late;
  std::unique_ptr<rocksdb::FSDirectory> folder;
  ASSERT_TRUE(bare.files->NewWritableFile(home_ / "000004.log", {}, &log, nullptr).ok());
  ASSERT_TRUE(bare.files->NewWritableFile(home_ / "000005.sst", {}, &table, nullptr).ok());
  ASSERT_TRUE(bare.files->NewDirectory(home_.path().string(), {}, &folder, nullptr).ok());
  ASSERT_TRUE(log->Append("one", {}, nullptr).ok());
  fail_ = [](Call call, const FileName&) {
    IOStatus status = IOStatus::IOError("injected");
    status.SetRetryable(true);
    return call == Call::sync ? status : IOStatus::OK();
  };
  const IOStatus failed = log->Sync({}, nullptr);
  EXPECT_TRUE(failed.IsIOError());
  EXPECT_FALSE(failed.GetRetryable());
  fail_ = nullptr;
  const std::string large(100'000, 'x');
  EXPECT_FALSE(log->Sync({}, nullptr).ok());
  EXPECT_FALSE(log->Append("two", {}, nullptr).ok());
  EXPECT_FALSE(table->Append(large, {}, nullptr).ok());
  EXPECT_FALSE(table->Sync({}, nullptr).ok());
  EXPECT_FALSE(folder->Fsync({}, nullptr).ok());
  EXPECT_FALSE(bare.files->NewWritableFile(home_ / "000006.sst", {}, &late, nullptr).ok());
}

TEST(HomeLock, ASecondInstanceIsRefusedWithASentence) {
  Folder home;
  auto first = HomeLock::take(home.path());
  ASSERT_TRUE(first);
  auto second = HomeLock::take(home.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::locked);
  EXPECT_NE(second.error().text.find("another"), std::string::npos);
  first = fail(ErrorCode::cancelled, "given back");
  EXPECT_TRUE(HomeLock::take(home.path()));
}

}  // namespace
}  // namespace satchel::store
