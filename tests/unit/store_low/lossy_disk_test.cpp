// The disk that other tests lose the power of: what it may lose, and what it may not.
#include <gtest/gtest.h>

#include <set>

#include "tests/support/lossy_disk.hpp"

namespace satchel::tests {
namespace {

using rocksdb::IOStatus;

class Lossy : public testing::Test {
 protected:
  std::unique_ptr<rocksdb::FSWritableFile> make(const std::string& name) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(files_->NewWritableFile("/home/" + name, {}, &file, nullptr).ok());
    return file;
  }

  IOStatus sync_folder() {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    EXPECT_TRUE(files_->NewDirectory("/home", {}, &folder, nullptr).ok());
    return folder->Fsync({}, nullptr);
  }

  // What may be found under that name after a cut; "-": no such file.
  std::set<std::string> left(const std::string& name) const {
    std::set<std::string> all;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) all.insert(read(*disk_->after_cut(seed)->mount(), name));
    return all;
  }

  static std::string read(rocksdb::FileSystem& files, const std::string& name) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    if (!files.NewSequentialFile("/home/" + name, {}, &file, nullptr).ok()) return "-";
    std::string room(20'000, '\0');
    rocksdb::Slice bytes;
    EXPECT_TRUE(file->Read(room.size(), {}, &bytes, room.data(), nullptr).ok());
    return bytes.ToString();
  }

  std::shared_ptr<LossyDisk> disk_ = LossyDisk::make("/home");
  std::shared_ptr<rocksdb::FileSystem> files_ = disk_->mount();
};

using Texts = std::set<std::string>;

TEST_F(Lossy, WhatWasSyncedStaysAndTheRestMayGo) {
  const auto file = make("a");
  ASSERT_TRUE(file->Append("one", {}, nullptr).ok());
  EXPECT_TRUE(left("a").contains("-")) << "its name is not synced";
  ASSERT_TRUE(sync_folder().ok());
  EXPECT_EQ(left("a"), (Texts{"", "o", "on", "one", std::string(1, '\0'), std::string(2, '\0'), std::string(3, '\0')}));
  ASSERT_TRUE(file->Sync({}, nullptr).ok());
  EXPECT_EQ(left("a"), Texts{"one"});
  ASSERT_TRUE(file->Append("xy", {}, nullptr).ok());
  EXPECT_TRUE(left("a").contains("onex"));
  EXPECT_EQ(read(*files_, "a"), "onexy");
}

TEST_F(Lossy, PagesAreKeptInAnyOrder) {
  const auto file = make("a");
  ASSERT_TRUE(sync_folder().ok());
  ASSERT_TRUE(file->Append(std::string(3 * 4096, 'x'), {}, nullptr).ok());
  bool holes = false;
  for (const std::string& text : left("a")) holes |= text.size() > 2 * 4096 && text[0] == '\0' && text[4096] == 'x';
  EXPECT_TRUE(holes);
}

TEST_F(Lossy, NamesAreKeptInAnyOrderButOneAfterTheOther) {
  make("a");
  make("b");
  ASSERT_TRUE(files_->RenameFile("/home/a", "/home/c", {}, nullptr).ok());
  Texts found;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const auto cut = disk_->after_cut(seed)->mount();
    std::vector<std::string> names;
    ASSERT_TRUE(cut->GetChildren("/home", {}, &names, nullptr).ok());
    std::string text;
    for (const std::string& name : names) text += name;
    found.insert(text);
  }
  EXPECT_EQ(found, (Texts{"", "a", "b", "ab", "c", "bc"}));
  ASSERT_TRUE(sync_folder().ok());
  EXPECT_EQ(left("c"), Texts{""});
}

TEST_F(Lossy, AfterAFailedSyncNothingBecomesDurable) {
  const auto file = make("a");
  ASSERT_TRUE(sync_folder().ok());
  ASSERT_TRUE(file->Append("one", {}, nullptr).ok());
  disk_->fail_call(1, IOStatus::IOError("injected"));
  EXPECT_FALSE(file->Sync({}, nullptr).ok());
  EXPECT_TRUE(file->Sync({}, nullptr).ok());
  EXPECT_TRUE(left("a").contains(""));
}

TEST_F(Lossy, TheNthCallFailsAndAfterTheCutAll) {
  const auto file = make("a");
  disk_->fail_call(2, IOStatus::IOError("injected"));
  EXPECT_TRUE(file->Append("one", {}, nullptr).ok());
  EXPECT_FALSE(file->Append("four", {}, nullptr).ok());
  EXPECT_TRUE(file->Append("!", {}, nullptr).ok());
  EXPECT_EQ(read(*files_, "a"), "onefo!");
  EXPECT_TRUE(disk_->stop_failing());
  disk_->power_off();
  EXPECT_FALSE(file->Append("x", {}, nullptr).ok());
  EXPECT_FALSE(files_->FileExists("/home/a", {}, nullptr).ok());
}

}  // namespace
}  // namespace satchel::tests
