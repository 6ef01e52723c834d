// The ten facts about RocksDB on sealed files that decide the design, a test each.
#include <rocksdb/table.h>
#include <zstd.h>

#include "crypto/sealed_records.hpp"
#include "hooked_file_system.hpp"
#include "store/rocks_options.hpp"
#include "store/rocks_status.hpp"
#include "store_fixture.hpp"

namespace satchel::store {
namespace {

using rocksdb::IOStatus;

// A closed store whose log holds `rows` records.
class Facts : public testing::Test {
 protected:
  void make(int rows) {
    auto store = open_store(home_, key_, Setup::create);
    ASSERT_TRUE(store) << store.error().text;
    write_rows(*store->database, 0, rows);
  }
  std::filesystem::path log() const { return newest(home_ / "store", FileKind::wal); }
  Result<int> rows() {
    auto store = open_store(home_, key_);
    if (!store) return store.error();
    return count_rows(*store->database);
  }
  ErrorCode failure() {
    auto counted = rows();
    if (counted) ADD_FAILURE() << "opened with " << *counted << " rows";
    return counted ? ErrorCode::refused : counted.error().code;
  }
  // Where record `number` begins, all of them of the size that row 0 to 9 give.
  std::size_t record_start(std::size_t number) const {
    const std::string bytes = read_bytes(log());
    std::size_t at = crypto::file_header_size;
    for (std::size_t i = 0; i < number; ++i) {
      std::uint32_t field = 0;
      std::memcpy(&field, bytes.data() + at, 4);
      at += crypto::record_overhead + (field & 0x7fffffff);
    }
    return at;
  }

  Folder home_;
  crypto::Key key_ = crypto::Key::random();
};

TEST_F(Facts, Fact01ATagFailureIsAnIOErrorAndNeverEmptiesTheStore) {
  make(100);
  const std::size_t at = record_start(50) + crypto::record_head_size + 3;
  flip(log(), at);
  EXPECT_EQ(failure(), ErrorCode::corrupt);
  flip(log(), at);
  EXPECT_EQ(*rows(), 100);
}

TEST_F(Facts, Fact02TheErrorComesFromTheVeryReadThatMeetsIt) {
  make(100);
  flip(log(), record_start(50) + crypto::record_head_size + 3);
  auto bare = bare_files(home_ / "store" / "database", key_);
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  ASSERT_TRUE(bare.files->NewSequentialFile(log().string(), {}, &file, nullptr).ok());
  std::string scratch(32768, '\0');
  rocksdb::Slice bytes;
  const IOStatus status = file->Read(scratch.size(), {}, &bytes, scratch.data(), nullptr);
  EXPECT_TRUE(status.IsIOError());
  EXPECT_FALSE(status.GetRetryable());
  EXPECT_TRUE(bytes.empty());
  EXPECT_FALSE(file->Read(scratch.size(), {}, &bytes, scratch.data(), nullptr).ok());
}

TEST_F(Facts, Fact03OnlyCodesThatRocksDBExpectsComeOut) {
  make(20);
  EXPECT_EQ(*rows(), 20);  // the second opening made a table
  const auto allowed = [](const IOStatus& status) {
    return status.ok() || status.IsNotFound() || status.IsIOError() || status.IsNotSupported();
  };
  for (const auto& path : files_under(home_ / "store" / "database")) {
    const std::string bytes = read_bytes(path);
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
      flip(path, at);
      auto bare = bare_files(home_ / "store" / "database", key_);
      std::unique_ptr<rocksdb::FSSequentialFile> sequence;
      std::unique_ptr<rocksdb::FSRandomAccessFile> random;
      std::uint64_t size = 0;
      std::string scratch(bytes.size() + 1, '\0');
      rocksdb::Slice read;
      EXPECT_TRUE(allowed(bare.files->NewRandomAccessFile(path.string(), {}, &random, nullptr)));
      if (random) {
        EXPECT_TRUE(allowed(random->Read(0, scratch.size(), {}, &read, scratch.data(), nullptr)));
      }
      EXPECT_TRUE(allowed(bare.files->NewSequentialFile(path.string(), {}, &sequence, nullptr)));
      if (sequence) {
        EXPECT_TRUE(allowed(sequence->Read(scratch.size(), {}, &read, scratch.data(), nullptr)));
      }
      EXPECT_TRUE(allowed(bare.files->GetFileSize(path.string(), {}, &size, nullptr)));
      flip(path, at);
    }
  }
  flip(home_ / "store" / "database" / "IDENTITY", 70);
  EXPECT_EQ(failure(), ErrorCode::corrupt);  // and not an abort
}

TEST_F(Facts, Fact04TheLastBlockIsWrittenBySyncAndNothingAfterIt) {
  auto bare = bare_files(home_.path().string(), key_);
  const std::string path = home_ / "000007.sst";
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(bare.files->NewWritableFile(path, {}, &file, nullptr).ok());
  ASSERT_TRUE(file->Append("some rows", {}, nullptr).ok());
  ASSERT_TRUE(file->Sync({}, nullptr).ok());
  EXPECT_TRUE(file->Append("more", {}, nullptr).IsIOError());
  file.reset();  // never closed, as CURRENT and IDENTITY
  std::unique_ptr<rocksdb::FSRandomAccessFile> reader;
  ASSERT_TRUE(bare.files->NewRandomAccessFile(path, {}, &reader, nullptr).ok());
  char scratch[64];
  rocksdb::Slice bytes;
  ASSERT_TRUE(reader->Read(0, sizeof scratch, {}, &bytes, scratch, nullptr).ok());
  EXPECT_EQ(bytes.ToString(), "some rows");
}

TEST_F(Facts, Fact05ThereIsNoLogFile) {
  make(50);
  EXPECT_EQ(*rows(), 50);
  EXPECT_EQ(*rows(), 50);
  for (const auto& path : files_under(home_ / "store"))
    EXPECT_NE(file_name(path.string()).kind, FileKind::unsealed) << path;
  auto bare = bare_files(home_ / "store" / "database", key_);
  std::shared_ptr<rocksdb::Logger> logger;
  EXPECT_TRUE(bare.files->NewLogger(home_ / "LOG", {}, &logger, nullptr).IsNotSupported());
}

TEST_F(Facts, Fact06ACutManifestOrLogIsAnErrorAndNotAnOlderStore) {
  make(100);
  copy_folder(home_ / "store", home_ / "kept");
  for (const FileKind kind : {FileKind::wal, FileKind::manifest}) {
    const auto size = std::filesystem::file_size(newest(home_ / "store", kind));
    for (const std::uintmax_t less : {std::uintmax_t(1), std::uintmax_t(28), std::uintmax_t(100), size - 64, size}) {
      cut(newest(home_ / "store", kind), size - less);
      EXPECT_EQ(failure(), ErrorCode::corrupt) << to_string(kind) << " cut by " << less;
      copy_folder(home_ / "kept", home_ / "store");
    }
    std::filesystem::remove(newest(home_ / "store", kind));
    EXPECT_EQ(failure(), ErrorCode::corrupt) << to_string(kind) << " deleted";
    copy_folder(home_ / "kept", home_ / "store");
  }
  const std::size_t between_records = record_start(50);
  cut(log(), between_records);
  EXPECT_EQ(failure(), ErrorCode::corrupt);
}

TEST_F(Facts, Fact07TheLengthOfARecordIsAuthenticated) {
  make(100);
  const std::size_t start = record_start(50);
  for (std::size_t i = 0; i < crypto::record_head_size; ++i) {
    for (const unsigned char bits : {1, 128}) {
      flip(log(), start + i, bits);
      EXPECT_EQ(failure(), ErrorCode::corrupt) << "byte " << i;
      flip(log(), start + i, bits);
    }
  }
  EXPECT_EQ(*rows(), 100);
}

TEST_F(Facts, Fact08ARandomGetReadsAFewSmallBlocks) {
  constexpr int count = 200'000;
  std::atomic<std::uint64_t> reads = 0;
  auto base = std::make_shared<HookedFileSystem>([&reads](Call call, const std::string&, std::string_view) {
    if (call == Call::read) ++reads;
    return IOStatus::OK();
  });
  for (const store::Setup setup : {Setup::create, Setup::existing}) {
    auto store = open_sealed_store_on(base, home_ / "store", key_, setup);
    ASSERT_TRUE(store);
    if (setup == Setup::create) {
      WriteBatch batch;
      for (int i = 0; i < count; ++i) {
        batch.put(row_key(i), row_value(i) + content(i, 100));
        if (i % 1000 == 999) {
          ASSERT_TRUE(store->database->write(batch));
          batch.clear();
        }
      }
      continue;
    }
    reads = 0;
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(store->database->get(row_key(int(random() % count))));
    EXPECT_LT(reads, 2000 * 4);  // a big filter read anew for each would be dozens of blocks in each of them
  }
}

TEST_F(Facts, Fact09BodiesGoToSegmentsAndNotThroughTheDatabase) {
  std::atomic<std::uint64_t> database_bytes = 0;
  auto base = std::make_shared<HookedFileSystem>([&](Call call, const std::string& path, std::string_view data) {
    if (call == Call::append && file_name(path).kind != FileKind::segment) database_bytes += data.size();
    return IOStatus::OK();
  });
  auto store = open_sealed_store_on(base, home_ / "store", key_, Setup::create);
  ASSERT_TRUE(store);
  database_bytes = 0;
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(store->segments->append(content(i, 24'000)));
  ASSERT_TRUE(store->segments->make_durable());
  EXPECT_LT(database_bytes, 1000U);
  EXPECT_FALSE(rocks_options(rocksdb::Env::Default()).enable_blob_files);
}

TEST_F(Facts, Fact10TablesAndExtentsDoWithoutTheSlowChecksum) {
  const auto options = rocks_options(rocksdb::Env::Default());
  EXPECT_EQ(options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>()->checksum, rocksdb::kXXH3);
  // An extent adds its tag and nothing else: no checksum of its own, zstd's neither.
  auto store = open_store(home_, key_, Setup::create);
  ASSERT_TRUE(store);
  const std::string noise = content(1, 40);
  EXPECT_EQ(store->segments->append(noise)->sealed_size, noise.size() + crypto::tag_size);
  auto packed = store->segments->append(std::string(10'000, 'x'));
  EXPECT_LT(packed->sealed_size, 60U);
}

}  // namespace
}  // namespace satchel::store
