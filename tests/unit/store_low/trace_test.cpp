// RocksDB does nothing with our files but what was looked at. A pair that is new here (another
// release of RocksDB, another option) must be thought through before it is added: is it sealed,
// can it repeat a key and counter, is its error told at once?
#include "store_fixture.hpp"
#include "traced_file_system.hpp"

namespace satchel::store {
namespace {

const std::set<std::string> expected{
    "table: NewWritableFile",
    "table: W.Append",
    "table: W.Flush",
    "table: W.Sync",
    "table: W.Close",
    "table: W.GetFileSize",
    "table: NewRandomAccessFile",
    "table: R.Read",
    "table: R.Prefetch",
    "table: GetFileSize",
    "table: DeleteFile",
    "write-ahead log: NewWritableFile",
    "write-ahead log: W.Append",
    "write-ahead log: W.Flush",
    "write-ahead log: W.Sync",
    "write-ahead log: W.Close",
    "write-ahead log: W.GetFileSize",
    "write-ahead log: NewSequentialFile",
    "write-ahead log: S.Read",
    "write-ahead log: GetFileSize",
    "write-ahead log: ReopenWritableFile",
    "write-ahead log: DeleteFile",
    "manifest: NewWritableFile",
    "manifest: W.Append",
    "manifest: W.Flush",
    "manifest: W.Sync",
    "manifest: W.Close",
    "manifest: W.GetFileSize",
    "manifest: NewSequentialFile",
    "manifest: S.Read",
    "manifest: GetFileSize",
    "manifest: DeleteFile",
    "current: NewWritableFile",
    "current: W.Append",
    "current: W.Flush",
    "current: W.Sync",
    "current: W.Close",
    "current: NewSequentialFile",
    "current: NewRandomAccessFile",
    "current: S.Read",
    "current: RenameFile",
    "identity: NewWritableFile",
    "identity: W.Append",
    "identity: W.Flush",
    "identity: W.Sync",
    "identity: W.Close",
    "identity: NewSequentialFile",
    "identity: S.Read",
    "identity: RenameFile",
    "current: GetFileSize",
    "identity: GetFileSize",
    "lock: GetFileSize",
    "unsealed: NewWritableFile",  // OPTIONS: tried, refused, not missed
};

TEST(CallTrace, EveryPairOfMethodAndKindIsKnown) {
  Folder home;
  const std::string folder = home / "database";
  std::filesystem::create_directory(folder);
  const crypto::Key key = crypto::Key::random();
  CallTrace trace;
  for (int i = 0; i < 6; ++i) {
    auto bare = bare_files(folder, key);
    auto database = open_rocks_database(folder, std::make_shared<TracedFileSystem>(bare.files, trace),
                                        i == 0 ? Setup::create : Setup::existing, nullptr);
    ASSERT_TRUE(database) << database.error().text;
    ASSERT_TRUE(bare.anchor->begin());
    write_rows(**database, i * 10, i * 10 + 10);
    for (int j = 0; j < 30; ++j) {  // enough for flushes and a compaction
      WriteBatch batch;
      for (int k = 0; k < 200; ++k) batch.put("x" + row_key((j * 200 + k) % 7001), content(k, 1500));
      ASSERT_TRUE((*database)->write(batch));
    }
    ASSERT_TRUE((*database)->make_durable());
    ASSERT_TRUE((*database)->get(row_key(i * 10)));
    ASSERT_TRUE((*database)->disk_bytes());
  }
  for (const std::string& pair : trace.seen()) EXPECT_TRUE(expected.contains(pair)) << "new: " << pair;
}

}  // namespace
}  // namespace satchel::store
