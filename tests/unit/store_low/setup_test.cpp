#include "store_fixture.hpp"

namespace satchel::store {
namespace {

TEST(Setup, AStoreIsMadeOnceAndNeverOverAnother) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  EXPECT_EQ(open_store(home, key).error().code, ErrorCode::not_found);
  EXPECT_FALSE(store_exists(home / "store"));
  {
    auto store = open_store(home, key, Setup::create);
    ASSERT_TRUE(store);
    write_rows(*store->database, 0, 3);
  }
  EXPECT_TRUE(store_exists(home / "store"));
  EXPECT_EQ(open_store(home, key, Setup::create).error().code, ErrorCode::refused);
  EXPECT_EQ(*count_rows(*open_store(home, key)->database), 3);
}

TEST(Setup, AnInterruptedSetupIsBegunAnew) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  ASSERT_TRUE(open_store(home, key, Setup::create));
  std::filesystem::remove(home.path() / "store" / "database" / "anchor");  // written last
  EXPECT_FALSE(open_store(home, key));
  EXPECT_TRUE(open_store(home, crypto::Key::random(), Setup::create));
}

TEST(Setup, WhatHoldsContentsIsNotMadeAnew) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  ASSERT_TRUE(open_store(home, key, Setup::create)->segments->append("content"));
  std::filesystem::remove(home.path() / "store" / "database" / "anchor");
  EXPECT_EQ(open_store(home, key, Setup::create).error().code, ErrorCode::refused);
}

TEST(Setup, ALostCurrentNeverEmptiesTheStore) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  {
    auto store = open_store(home, key, Setup::create);
    write_rows(*store->database, 0, 50);
  }
  const auto current = home.path() / "store" / "database" / "CURRENT";
  const std::string bytes = read_bytes(current);
  std::filesystem::remove(current);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(open_store(home, key).error().code, ErrorCode::corrupt);
  write_bytes(current, bytes);
  EXPECT_EQ(*count_rows(*open_store(home, key)->database), 50);
}

TEST(Setup, ASecondOpeningIsRefused) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  auto store = open_store(home, key, Setup::create);
  ASSERT_TRUE(store);
  EXPECT_FALSE(open_store(home, key));
  write_rows(*store->database, 0, 5);
  EXPECT_EQ(*count_rows(*store->database), 5);
}

TEST(Setup, DiskBytesCountTheWholeDatabase) {
  Folder home;
  const crypto::Key key = crypto::Key::random();
  auto store = open_store(home, key, Setup::create);
  const auto before = store->database->disk_bytes();
  write_rows(*store->database, 0, 100);
  EXPECT_GT(*store->database->disk_bytes(), *before + 5000);
}

}  // namespace
}  // namespace satchel::store
