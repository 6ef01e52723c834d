// Each vector of tests/vectors/crypto opens to what it says, or fails as it says; each whole one is sealed to the
// same bytes again.
#include <gtest/gtest.h>

#include "crypto/kdf.hpp"
#include "crypto/key_slots.hpp"
#include "crypto/recovery_key.hpp"
#include "crypto/sealed_blocks.hpp"
#include "crypto/sealed_extent.hpp"
#include "crypto/sealed_value.hpp"
#include "samples.hpp"
#include "vectors.hpp"

namespace satchel::crypto {
namespace {

namespace json = boost::json;

template <class Check>
void each(std::string_view file, Check check) {
  const json::array vectors = read_vectors(file);
  ASSERT_GT(vectors.size(), 3u) << file;
  for (const json::value& vector : vectors) {
    SCOPED_TRACE(std::string(file) + ": " + text_of(vector.at("about")));
    check(vector.as_object());
  }
}

bool is_whole(const json::object& vector) {
  return vector.at("damage").as_array().empty() && !vector.contains("fails");
}

// Compares the outcome with "fails"; true when there is a value to compare further.
template <class T>
bool ends_as_told(const Result<T>& result, const json::object& vector) {
  const std::string expected = vector.contains("fails") ? text_of(vector.at("fails")) : "";
  EXPECT_EQ(result ? "" : to_string(result.error().code), expected);
  return result.has_value() && expected.empty();
}

FileSalt salt_of(const VectorFile& file) {
  FileSalt salt;
  std::copy_n(file.bytes.begin() + 32, salt.size(), salt.begin());
  return salt;
}

FileKey writer_key(const VectorFile& file) {
  return FileKey::create_with_salt(file.master, file.binding(), salt_of(file));
}

TEST(Vectors, OfKeys) {
  each("keys.json", [](const json::object& vector) {
    const Key key = Key::from(unhex(vector.at("key"))).value();
    if (vector.contains("derived")) {
      EXPECT_EQ(derive(key, text_of(vector.at("label")), unhex(vector.at("context"))).view(),
                unhex(vector.at("derived")));
    } else {
      EXPECT_EQ(keyed_hash(key, unhex(vector.at("bytes"))), unhex(vector.at("hash")));
    }
  });
}

TEST(Vectors, OfBlocks) {
  each("blocks.json", [](const json::object& vector) {
    const VectorFile file = file_of(vector, FileFormat::blocks);
    const auto plain = open_block_file(file.master, file.binding(), file.bytes);
    if (!ends_as_told(plain, vector)) return;
    EXPECT_TRUE(*plain == unhex(vector.at("plain")));
    if (is_whole(vector)) {
      EXPECT_TRUE(seal_block_file(writer_key(file), *plain) == file.bytes);
    }
  });
}

TEST(Vectors, OfRecords) {
  each("records.json", [](const json::object& vector) {
    const VectorFile file = file_of(vector, FileFormat::records);
    const auto read =
        read_records(file.master, file.binding(), file.bytes, vector.at("synced").to_number<std::uint64_t>());
    const auto outcome = read.error ? Result<RecordEnding>(fail(*read.error, "")) : Result<RecordEnding>(read.ending);
    if (!ends_as_told(outcome, vector)) return;
    std::vector<std::string> expected;
    for (const json::value& record : vector.at("records").as_array()) expected.push_back(unhex(record));
    EXPECT_EQ(read.records, expected);
    const std::string ending = text_of(vector.at("ending"));
    EXPECT_EQ(read.ending == RecordEnding::closed, ending == "closed");
    EXPECT_EQ(read.ending == RecordEnding::open_end, ending == "open_end");
    EXPECT_EQ(read.ending == RecordEnding::torn, ending == "torn");
    if (!is_whole(vector)) return;
    RecordSealer sealer(writer_key(file));
    std::string again = sealer.header();
    for (const std::string& record : expected) EXPECT_TRUE(sealer.append(record, again));
    EXPECT_TRUE(sealer.close(again));
    EXPECT_EQ(again, file.bytes);
  });
}

TEST(Vectors, OfExtents) {
  each("extents.json", [](const json::object& vector) {
    const VectorFile file = file_of(vector, FileFormat::segment);
    const auto offset = vector.at("offset").to_number<std::size_t>();
    const auto size = vector.at("sealed_size").to_number<std::size_t>();
    auto plain = [&]() -> Result<std::string> {
      auto key = FileKey::open(file.master, file.binding(), file.bytes.substr(0, file_header_size));
      if (!key) return key.error();
      const std::string_view sealed = std::string_view(file.bytes).substr(offset, size);
      return ExtentOpener(std::move(*key)).open_copy(offset, sealed, unhex(vector.at("associated")));
    }();
    if (ends_as_told(plain, vector)) {
      EXPECT_EQ(*plain, unhex(vector.at("plain")));
    }
  });
}

TEST(Vectors, OfValues) {
  each("values.json", [](const json::object& vector) {
    const Key key = Key::from(unhex(vector.at("key"))).value();
    const std::string sealed = damaged(unhex(vector.at("sealed")), vector.at("damage").as_array());
    const auto plain = open(key, sealed, unhex(vector.at("associated")));
    if (ends_as_told(plain, vector)) {
      EXPECT_EQ(*plain, unhex(vector.at("plain")));
    }
  });
}

TEST(Vectors, OfSlots) {
  each("slots.json", [](const json::object& vector) {
    const std::string text = damaged(text_of(vector.at("text")), vector.at("damage").as_array());
    const SlotSecret secret{slot_kind_of(text_of(vector.at("secret_kind"))),
                            SecretBytes::copy(unhex(vector.at("secret")))};
    auto opened = [&]() -> Result<UnlockedSlots> {
      auto slots = KeySlots::parse(text);
      if (!slots) return slots.error();
      return slots->open(secret);
    }();
    if (!ends_as_told(opened, vector)) return;
    EXPECT_EQ(opened->store_key().view(), unhex(vector.at("store_key")));
    EXPECT_EQ(opened->serialize().value(), text);
  });
}

TEST(Vectors, OfRecoveryKeys) {
  each("recovery.json", [](const json::object& vector) {
    const auto key = parse_recovery_key(damaged(text_of(vector.at("text")), vector.at("damage").as_array()));
    if (!ends_as_told(key, vector)) return;
    EXPECT_EQ(key->view(), unhex(vector.at("key")));
    EXPECT_EQ(print_recovery_key(*key).view(), text_of(vector.at("printed")));
  });
}

}  // namespace
}  // namespace satchel::crypto
