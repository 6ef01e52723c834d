// What goes to the disk: nothing readable, no key and counter twice, no file that is not known.
#include <map>
#include <mutex>
#include <set>

#include "crypto/sealed_header.hpp"
#include "hooked_file_system.hpp"
#include "store_fixture.hpp"

namespace satchel::store {
namespace {

using rocksdb::IOStatus;

const std::string canary = "the-brown-canary-sings";

void expect_no_canary(const Folder& home, const std::string& when) {
  for (const auto& file : files_under(home.path())) {
    EXPECT_EQ(read_bytes(file).find(canary), std::string::npos) << file << " " << when;
    EXPECT_NE(file_name(file.string()).kind, FileKind::unknown) << file << " " << when;
    EXPECT_NE(file_name(file.string()).kind, FileKind::unsealed) << file << " " << when;
  }
}

void fill(SealedStore& store, int from, int to) {
  for (int i = from; i < to; ++i) {
    WriteBatch batch;
    for (int j = 0; j < 200; ++j) batch.put(canary + row_key(i * 200 + j), canary + content(j, 400));
    ASSERT_TRUE(store.database->write(batch));
  }
  ASSERT_TRUE(store.database->make_durable());
}

TEST(Sealing, NoCanaryIsReadableAfterAnyOperation) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  {
    auto store = open_store(home, key, Setup::create);
    ASSERT_TRUE(store);
    expect_no_canary(home, "after setup");
    ASSERT_TRUE(store->database->write_durable(one(canary, canary)));
    expect_no_canary(home, "after a write");
    ASSERT_TRUE(store->segments->append(canary));
    ASSERT_TRUE(store->segments->append(canary + std::string(5000, 'x') + canary));
    ASSERT_TRUE(store->segments->make_durable());
    expect_no_canary(home, "after contents");
    fill(*store, 0, 110);  // tables are made
    expect_no_canary(home, "after flushes");
    EXPECT_FALSE(newest(home / "store", FileKind::table).empty());
  }
  expect_no_canary(home, "after closing");
  for (int i = 0; i < 5; ++i) {  // tables of level 0 pile up and are compacted
    auto store = open_store(home, key);
    ASSERT_TRUE(store);
    fill(*store, i * 10, i * 10 + 15);
    WriteBatch erase;
    erase.erase(canary);
    ASSERT_TRUE(store->database->write_durable(erase));
    expect_no_canary(home, "while running");
  }
  expect_no_canary(home, "after compactions");
}

// Each file begins with a salt of its own and is only ever appended to, by the one who made it: so
// no key, and under a key no counter, is used twice.
TEST(Sealing, NoSaltIsUsedTwiceAndNoFileIsWrittenAgain) {
  std::mutex mutex;
  std::set<std::string> salts;
  std::map<std::string, bool> fresh;  // path -> nothing appended yet
  int reopened = 0;
  auto base = std::make_shared<HookedFileSystem>([&](Call call, const std::string& path, std::string_view data) {
    std::lock_guard lock(mutex);
    if (call == Call::reopen) ++reopened;
    if (call == Call::create) fresh[path] = true;
    if (call != Call::append || !fresh[path]) return IOStatus::OK();
    fresh[path] = false;
    EXPECT_GE(data.size(), crypto::file_header_size) << path;
    EXPECT_TRUE(data.starts_with("SATCHEL\x1a")) << path;
    EXPECT_TRUE(salts.insert(std::string(data.substr(32, 32))).second) << path;
    return IOStatus::OK();
  });
  Folder home;
  const crypto::Key key = crypto::Key::random();
  for (int i = 0; i < 6; ++i) {
    auto store = open_sealed_store_on(base, home / "store", key, i == 0 ? Setup::create : Setup::existing);
    ASSERT_TRUE(store);
    fill(*store, i * 20, i * 20 + 20);
    ASSERT_TRUE(store->segments->append("content"));
    ASSERT_TRUE(store->segments->make_durable());
  }
  EXPECT_EQ(reopened, 0);
  EXPECT_GT(salts.size(), 40U);
}

TEST(Sealing, AFileOfAnUnknownNameIsRefused) {
  Folder home;
  auto bare = bare_files(home.path().string(), crypto::Key::random());
  for (const std::string name :
       {"000004.blob", "notes.txt", "LOG", "LOG.old.1", "OPTIONS-000005", "OPTIONS-000005.dbtmp", "MANIFEST-x",
        "MANIFEST-", ".sst", "000001.sst.trash", "x.log", ""}) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(bare.files->NewWritableFile(home / name, {}, &file, nullptr).IsNotSupported()) << name;
  }
  EXPECT_TRUE(files_under(home.path()).empty());
}

TEST(Sealing, EveryWayOfWritingInPlaceIsRefused) {
  Folder home;
  auto bare = bare_files(home.path().string(), crypto::Key::random());
  const std::string path = home / "000004.log";
  std::unique_ptr<rocksdb::FSWritableFile> file;
  std::unique_ptr<rocksdb::FSRandomRWFile> random;
  std::unique_ptr<rocksdb::MemoryMappedFileBuffer> mapped;
  EXPECT_TRUE(bare.files->ReopenWritableFile(path, {}, &file, nullptr).IsNotSupported());
  EXPECT_TRUE(bare.files->ReuseWritableFile(path, path, {}, &file, nullptr).IsNotSupported());
  EXPECT_TRUE(bare.files->NewRandomRWFile(path, {}, &random, nullptr).IsNotSupported());
  EXPECT_TRUE(bare.files->NewMemoryMappedFileBuffer(path, &mapped).IsNotSupported());
  EXPECT_TRUE(bare.files->Truncate(path, 0, {}, nullptr).IsNotSupported());
}

TEST(Sealing, SizesAreThoseOfThePlainBytes) {
  Folder home;
  auto bare = bare_files(home.path().string(), crypto::Key::random());
  for (const std::size_t size : {0, 1, 16383, 16384, 16385, 100'000}) {
    for (const std::string name : {"000004.sst", "000005.log"}) {
      const std::string path = home / name;
      std::unique_ptr<rocksdb::FSWritableFile> file;
      ASSERT_TRUE(bare.files->NewWritableFile(path, {}, &file, nullptr).ok());
      const std::string bytes = content(1, size);
      for (std::size_t at = 0; at < size; at += 7000) {
        ASSERT_TRUE(file->Append(bytes.substr(at, 7000), {}, nullptr).ok());
      }
      ASSERT_TRUE(file->Sync({}, nullptr).ok());
      EXPECT_EQ(file->GetFileSize({}, nullptr), size);
      ASSERT_TRUE(file->Close({}, nullptr).ok());
      std::uint64_t found = 1;
      ASSERT_TRUE(bare.files->GetFileSize(path, {}, &found, nullptr).ok());
      EXPECT_EQ(found, size) << name;
      std::unique_ptr<rocksdb::FSSequentialFile> reader;
      ASSERT_TRUE(bare.files->NewSequentialFile(path, {}, &reader, nullptr).ok());
      std::string scratch(size + 10, '\0');
      rocksdb::Slice read;
      ASSERT_TRUE(reader->Read(scratch.size(), {}, &read, scratch.data(), nullptr).ok());
      EXPECT_EQ(read.ToString(), bytes);
    }
  }
}

TEST(Sealing, AnyPartOfATableReadsAsItWasWritten) {
  Folder home;
  auto bare = bare_files(home.path().string(), crypto::Key::random());
  const std::string path = home / "000004.sst";
  const std::string bytes = content(2, 100'000);
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(bare.files->NewWritableFile(path, {}, &file, nullptr).ok());
  ASSERT_TRUE(file->Append(bytes, {}, nullptr).ok());
  ASSERT_TRUE(file->Sync({}, nullptr).ok());
  std::unique_ptr<rocksdb::FSRandomAccessFile> reader;
  ASSERT_TRUE(bare.files->NewRandomAccessFile(path, {}, &reader, nullptr).ok());
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    const std::size_t offset = random() % (bytes.size() + 100);
    const std::size_t size = random() % (i % 2 ? 500 : 60'000);
    std::string scratch(size + 1, '\0');
    rocksdb::Slice read;
    ASSERT_TRUE(reader->Read(offset, size, {}, &read, scratch.data(), nullptr).ok());
    ASSERT_EQ(read.ToString(), offset < bytes.size() ? bytes.substr(offset, size) : "");
  }
}

}  // namespace
}  // namespace satchel::store
