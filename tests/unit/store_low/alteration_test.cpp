// Somebody writes to the store: the answer is right or a clear error, never other mail, never a
// crash. SATCHEL_FLIPS=n sets how many bytes are flipped.
#include "store_fixture.hpp"

namespace satchel::store {
namespace {

constexpr int rows = 60;
constexpr int contents = 6;

class Alteration : public testing::Test {
 protected:
  // Tables, two logs' worth of rows, contents in two segments; closed.
  void SetUp() override {
    for (int part = 0; part < 3; ++part) {
      auto store = open_store(home_, key_, part == 0 ? Setup::create : Setup::existing);
      ASSERT_TRUE(store) << store.error().text;
      if (part == 1) copy_folder(home_ / "store", home_ / "older");
      write_rows(*store->database, part * rows / 3, (part + 1) * rows / 3);
      for (int i = 0; i < contents / 3; ++i) {
        auto extent = store->segments->append(content(int(extents_.size()), 3000));
        ASSERT_TRUE(extent);
        extents_.push_back(*extent);
      }
      ASSERT_TRUE(store->segments->make_durable());
    }
    copy_folder(home_ / "store", home_ / "kept");
  }

  void restore() { copy_folder(home_ / "kept", home_ / "store"); }

  // True: all is there and right. False: an error somewhere. Anything else fails the test.
  bool right_or_error(const std::string& what) {
    auto store = open_store(home_, key_);
    if (!store) {
      EXPECT_EQ(store.error().code, ErrorCode::corrupt) << what << ": " << store.error().text;
      return false;
    }
    bool right = true;
    auto counted = count_rows(*store->database);
    if (counted) {
      EXPECT_EQ(*counted, rows) << what;
    } else {
      EXPECT_EQ(counted.error().code, ErrorCode::corrupt) << what << ": " << counted.error().text;
      right = false;
    }
    for (std::size_t i = 0; i < extents_.size(); ++i) {
      auto read = store->segments->read(extents_[i]);
      if (read) {
        EXPECT_EQ(*read, content(int(i), 3000)) << what;
      } else {
        EXPECT_TRUE(read.error().code == ErrorCode::corrupt || read.error().code == ErrorCode::not_found)
            << what << ": " << read.error().text;
        right = false;
      }
    }
    return right;
  }

  std::vector<std::filesystem::path> sealed_files() const {
    auto files = files_under(home_ / "store");
    std::erase_if(files, [](const auto& file) { return file_name(file.string()).kind == FileKind::lock; });
    return files;
  }

  Folder home_;
  crypto::Key key_ = crypto::Key::random();
  std::vector<Extent> extents_;
};

TEST_F(Alteration, AFlippedByteIsRightOrAnError) {
  const char* wanted = std::getenv("SATCHEL_FLIPS");
  const int flips = wanted ? std::atoi(wanted) : 400;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto files = sealed_files();
  int found = 0;
  for (int i = 0; i < flips; ++i) {
    const auto& file = files[std::size_t(i) % files.size()];
    const auto size = std::filesystem::file_size(file);
    // Every field of the header is hit; else anywhere.
    const std::size_t at = i % 2 == 0 ? std::size_t(i) / 2 % 64 : random() % size;
    flip(file, at, static_cast<unsigned char>(1U << (random() % 8)));
    if (!right_or_error(file.filename().string() + " byte " + std::to_string(at))) ++found;
    restore();
  }
  EXPECT_GT(found, flips / 2);
}

TEST_F(Alteration, ACutFileIsRightOrAnError) {
  for (const auto& file : sealed_files()) {
    const auto size = std::filesystem::file_size(file);
    for (std::uintmax_t to : {std::uintmax_t(0), std::uintmax_t(1), std::uintmax_t(63), std::uintmax_t(64),
                              std::uintmax_t(65), size / 2, size - 29, size - 28, size - 16, size - 1}) {
      if (to >= size) continue;
      cut(file, to);
      EXPECT_FALSE(right_or_error(file.filename().string() + " cut to " + std::to_string(to)));
      restore();
    }
  }
}

TEST_F(Alteration, AppendedBytesAreRightOrAnError) {
  for (const auto& file : sealed_files()) {
    for (const std::string& more : {std::string(1, '\0'), std::string(4096, '\0'), std::string(100, 'x')}) {
      write_bytes(file, read_bytes(file) + more);
      right_or_error(file.filename().string() + " with " + std::to_string(more.size()) + " more bytes");
      restore();
    }
  }
}

TEST_F(Alteration, ADeletedFileIsRightOrAnError) {
  for (const auto& file : sealed_files()) {
    std::filesystem::remove(file);
    right_or_error(file.filename().string() + " deleted");
    restore();
  }
}

TEST_F(Alteration, ExchangedFilesAreRightOrAnError) {
  for (const auto& from : sealed_files()) {
    for (const auto& to : sealed_files()) {
      if (from == to) continue;
      std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
      EXPECT_FALSE(right_or_error(from.filename().string() + " as " + to.filename().string()));
      restore();
    }
  }
}

TEST_F(Alteration, AnOlderVersionOfAFileIsRightOrAnError) {
  for (const auto& file : files_under(home_ / "older")) {
    const auto place = home_.path() / "store" / std::filesystem::relative(file, home_ / "older");
    std::filesystem::copy_file(file, place, std::filesystem::copy_options::overwrite_existing);
    right_or_error(file.filename().string() + " from before");
    restore();
  }
}

TEST_F(Alteration, AnotherKeyIsAnErrorAndTheStoreIsUnharmed) {
  crypto::Key other = crypto::Key::random();
  std::swap(other, key_);
  EXPECT_FALSE(right_or_error("another key"));
  std::swap(other, key_);
  EXPECT_TRUE(right_or_error("the right key"));
}

TEST_F(Alteration, OneDamagedExtentLeavesTheOthersReadable) {
  const auto file = home_.path() / "store" / "segments" / "000001.seg";
  flip(file, extents_[0].offset + 100);
  auto store = open_store(home_, key_);
  ASSERT_TRUE(store);
  EXPECT_EQ(store->segments->read(extents_[0]).error().code, ErrorCode::corrupt);
  for (std::size_t i = 1; i < extents_.size(); ++i) EXPECT_TRUE(store->segments->read(extents_[i]));
  EXPECT_EQ(*count_rows(*store->database), rows);
}

// Beyond the last known sync point a bad record is the end of a crash.
TEST_F(Alteration, ATornTailBehindTheAnchorIsAccepted) {
  auto store = open_store(home_, key_);
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->database->write(one("unsynced", std::string(300, 'u'))));
  copy_folder(home_ / "store", home_ / "crashed");
  store = fail(ErrorCode::cancelled, "closed");
  for (const bool cut_it : {true, false}) {
    copy_folder(home_ / "crashed", home_ / "store");
    const auto log = newest(home_ / "store", FileKind::wal);
    const auto size = std::filesystem::file_size(log);
    if (cut_it) {
      cut(log, size - 20);
    } else {
      flip(log, size - 20);
    }
    auto again = open_store(home_, key_);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again->database->get("unsynced").error().code, ErrorCode::not_found);
    EXPECT_EQ(*count_rows(*again->database), rows);
  }
}

}  // namespace
}  // namespace satchel::store
