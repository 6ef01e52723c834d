#include "crypto/key_slot_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "crypto/recovery_key.hpp"
#include "samples.hpp"

namespace satchel::crypto {
namespace {

namespace fs = std::filesystem;

class KeySlotFile : public testing::Test {
 protected:
  KeySlotFile() {
    std::string pattern = (fs::path(testing::TempDir()) / "satchel-keys-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    home_ = root_ / "home";
    fs::create_directory(home_);
  }
  ~KeySlotFile() override { fs::remove_all(root_); }

  static std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static void put(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  static mode_t mode(const fs::path& path) {
    struct stat status {};
    ::stat(path.c_str(), &status);
    return status.st_mode & 0777;
  }
  std::size_t files_in_home() const { return std::distance(fs::directory_iterator(home_), fs::directory_iterator()); }

  fs::path root_;
  fs::path home_;
  UnlockedSlots slots_ = UnlockedSlots::create(key_of('r'));
};

TEST_F(KeySlotFile, IsReadAsItWasWritten) {
  ASSERT_TRUE(create_key_slots(home_, slots_));
  const auto opened = load_key_slots(home_).value().open(SlotSecret::recovery(key_of('r')));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(equal(opened->store_key(), slots_.store_key()));
  EXPECT_EQ(mode(home_ / slot_file_name), 0600u);
  EXPECT_EQ(files_in_home(), 1u);
}

TEST_F(KeySlotFile, AHomeWithoutAKeySaysWhatToDo) {
  const auto loaded = load_key_slots(home_);
  EXPECT_EQ(loaded.error().code, ErrorCode::not_found);
  EXPECT_NE(loaded.error().text.find("satchel key init"), std::string::npos);
}

TEST_F(KeySlotFile, AKeyIsNeverReplacedByAnother) {
  ASSERT_TRUE(create_key_slots(home_, slots_));
  const std::string before = contents(home_ / slot_file_name);
  EXPECT_EQ(create_key_slots(home_, UnlockedSlots::create(key_of('s'))).error().code, ErrorCode::refused);
  EXPECT_EQ(contents(home_ / slot_file_name), before);
}

TEST_F(KeySlotFile, ADamagedFileIsNeverReplacedByANewKey) {
  put(home_ / slot_file_name, "");
  EXPECT_EQ(load_key_slots(home_).error().code, ErrorCode::corrupt);
  EXPECT_EQ(create_key_slots(home_, slots_).error().code, ErrorCode::refused);
  fs::remove(home_ / slot_file_name);
  fs::create_symlink("nowhere", home_ / slot_file_name);
  EXPECT_EQ(create_key_slots(home_, slots_).error().code, ErrorCode::refused);
}

TEST_F(KeySlotFile, IsReplacedOverTheLeftoverOfACrash) {
  ASSERT_TRUE(create_key_slots(home_, slots_));
  put(home_ / "keyslots.json.new", "half a fi");
  ASSERT_TRUE(slots_.add_file(key_of('f'), "/media/key", "stick"));
  ASSERT_TRUE(replace_key_slots(home_, slots_));
  EXPECT_EQ(load_key_slots(home_).value().slots().size(), 2u);
  EXPECT_EQ(files_in_home(), 1u);
}

TEST_F(KeySlotFile, IsNotWrittenThroughALink) {
  put(root_ / "victim", "untouched");
  fs::create_symlink(root_ / "victim", home_ / "keyslots.json.new");
  ASSERT_TRUE(create_key_slots(home_, slots_));
  EXPECT_EQ(contents(root_ / "victim"), "untouched");
}

TEST_F(KeySlotFile, TheOldOneStaysWhenTheNewOneCannotBeWritten) {
  ASSERT_TRUE(create_key_slots(home_, slots_));
  const std::string before = contents(home_ / slot_file_name);
  fs::create_directories(home_ / "keyslots.json.new" / "in the way");
  EXPECT_FALSE(replace_key_slots(home_, slots_));
  EXPECT_EQ(contents(home_ / slot_file_name), before);
}

TEST_F(KeySlotFile, ATooBigOneIsCorrupt) {
  put(home_ / slot_file_name, std::string(max_slot_file + 1, ' '));
  EXPECT_EQ(load_key_slots(home_).error().code, ErrorCode::corrupt);
}

TEST_F(KeySlotFile, IsDestroyed) {
  EXPECT_EQ(destroy_key_slots(home_).error().code, ErrorCode::not_found);
  ASSERT_TRUE(create_key_slots(home_, slots_));
  fs::create_hard_link(home_ / slot_file_name, root_ / "copy");
  const std::size_t size = fs::file_size(root_ / "copy");
  ASSERT_TRUE(destroy_key_slots(home_));
  EXPECT_EQ(load_key_slots(home_).error().code, ErrorCode::not_found);
  EXPECT_EQ(contents(root_ / "copy"), std::string(size, '\0'));
}

TEST_F(KeySlotFile, AKeyFileIsReadAsItWasWritten) {
  ASSERT_TRUE(write_key_file(root_ / "key", home_, key_of('f')));
  EXPECT_EQ(mode(root_ / "key"), 0600u);
  EXPECT_TRUE(equal(read_key_file(root_ / "key", home_).value(), key_of('f')));
}

TEST_F(KeySlotFile, AKeyFileInsideTheHomeIsRefused) {
  fs::create_directory(home_ / "store");
  fs::create_directory_symlink(home_ / "store", root_ / "link");
  for (const fs::path& place : {home_ / "key", home_ / "store" / "key", root_ / "link" / "key",
                                root_ / "other" / ".." / "home" / "key", home_ / "not" / "there" / "key"}) {
    EXPECT_EQ(write_key_file(place, home_, key_of('f')).error().code, ErrorCode::refused) << place;
    EXPECT_EQ(read_key_file(place, home_).error().code, ErrorCode::refused) << place;
  }
  put(home_ / "key", "x");
  fs::create_symlink(home_ / "key", root_ / "linked-key");
  EXPECT_EQ(read_key_file(root_ / "linked-key", home_).error().code, ErrorCode::refused);
  EXPECT_EQ(write_key_file(home_ / "key", home_ / "", key_of('f')).error().code, ErrorCode::refused);
}

TEST_F(KeySlotFile, AKeyFileBesideTheHomeIsNotInside) {
  EXPECT_TRUE(write_key_file(root_ / "home2", home_, key_of('f')));
}

TEST_F(KeySlotFile, ASecretNeverReplacesAFile) {
  put(root_ / "there", "precious");
  EXPECT_EQ(write_key_file(root_ / "there", home_, key_of('f')).error().code, ErrorCode::refused);
  EXPECT_EQ(write_recovery_file(root_ / "there", home_, key_of('r')).error().code, ErrorCode::refused);
  EXPECT_EQ(contents(root_ / "there"), "precious");
}

TEST_F(KeySlotFile, ARecoveryFileIsReadAsItWasWritten) {
  ASSERT_TRUE(write_recovery_file(root_ / "recovery", home_, key_of('r')));
  EXPECT_EQ(contents(root_ / "recovery"), std::string(print_recovery_key(key_of('r')).view()) + "\n");
  EXPECT_TRUE(equal(read_recovery_file(root_ / "recovery").value(), key_of('r')));
  EXPECT_EQ(write_recovery_file(home_ / "recovery", home_, key_of('r')).error().code, ErrorCode::refused);
}

TEST_F(KeySlotFile, APassphraseFileIsReadWithoutItsLineEnd) {
  struct {
    const char* text;
    const char* passphrase;
  } const files[] = {{"open sesame", "open sesame"},
                     {"open sesame\n", "open sesame"},
                     {"open sesame\r\n", "open sesame"},
                     {" two\nlines \n", " two\nlines "},
                     {"\n", nullptr},
                     {"", nullptr}};
  for (const auto& file : files) {
    put(root_ / "passphrase", file.text);
    const auto read = read_passphrase_file(root_ / "passphrase");
    ASSERT_EQ(read.has_value(), file.passphrase != nullptr) << file.text;
    if (read) {
      EXPECT_EQ(read->view(), file.passphrase);
    }
  }
  EXPECT_EQ(read_passphrase_file(root_ / "none").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace satchel::crypto
