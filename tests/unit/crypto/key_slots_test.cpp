#include "crypto/key_slots.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>

#include "crypto/hex.hpp"
#include "crypto/kdf.hpp"
#include "samples.hpp"

namespace satchel::crypto {
namespace {

constexpr PassphraseCost cheap{1, PassphraseCost::min_memory};

SlotSecret passphrase(std::string_view text) {
  return SlotSecret::passphrase(SecretBytes::copy(text));
}
SlotSecret recovery() {
  return SlotSecret::recovery(key_of('r'));
}
SlotSecret key_file() {
  return SlotSecret::file(key_of('f'));
}

struct Sample {
  UnlockedSlots slots = UnlockedSlots::create(key_of('r'));
  std::string passphrase_id = slots.add_passphrase(SecretBytes::copy("open sesame"), "laptop", cheap).value();
  std::string file_id = slots.add_file(key_of('f'), "/media/stick/key", "stick").value();
  std::string text = slots.serialize().value();
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

// The code with which opening ends, with this secret; nothing when it opens.
std::optional<ErrorCode> refusal(std::string_view text, const SlotSecret& secret) {
  auto slots = KeySlots::parse(text);
  if (!slots) return slots.error().code;
  auto opened = slots->open(secret);
  if (!opened) return opened.error().code;
  return std::nullopt;
}

TEST(KeySlots, EachSecretOpensTheSameKey) {
  const Sample sample;
  const KeySlots read = KeySlots::parse(sample.text).value();
  for (const SlotSecret& secret : {passphrase("open sesame"), key_file(), recovery()}) {
    const auto opened = read.open(secret);
    ASSERT_TRUE(opened) << to_string(secret.kind);
    EXPECT_TRUE(equal(opened->store_key(), sample.slots.store_key()));
    EXPECT_EQ(opened->serialize().value(), sample.text);
  }
}

TEST(KeySlots, AreListedWithoutASecret) {
  const Sample sample;
  const KeySlots read = KeySlots::parse(sample.text).value();
  ASSERT_EQ(read.slots().size(), 3u);
  EXPECT_EQ(read.slots()[0].kind, SlotKind::recovery);
  EXPECT_EQ(read.slots()[1].label, "laptop");
  EXPECT_EQ(read.slots()[2].path, "/media/stick/key");
}

TEST(KeySlots, AWrongSecretIsLocked) {
  const Sample sample;
  EXPECT_EQ(refusal(sample.text, passphrase("open sesam")), ErrorCode::locked);
  EXPECT_EQ(refusal(sample.text, SlotSecret::file(key_of('g'))), ErrorCode::locked);
  EXPECT_EQ(refusal(sample.text, SlotSecret::recovery(key_of('f'))), ErrorCode::locked);
  EXPECT_EQ(refusal(UnlockedSlots::create(key_of('r')).serialize().value(), key_file()), ErrorCode::locked);
}

TEST(KeySlots, StoresDiffer) {
  const auto first = UnlockedSlots::create(key_of('r'));
  const auto second = UnlockedSlots::create(key_of('r'));
  EXPECT_NE(first.place().store_id, second.place().store_id);
  EXPECT_FALSE(equal(first.store_key(), second.store_key()));
}

TEST(KeySlots, EveryByteFlippedIsNoticed) {
  const Sample sample;
  for (std::size_t i = 0; i < sample.text.size(); ++i) {
    const auto error = refusal(flipped(sample.text, i), recovery());
    ASSERT_TRUE(error) << i;
    EXPECT_TRUE(*error == ErrorCode::corrupt || *error == ErrorCode::locked) << i;
  }
}

TEST(KeySlots, EveryLengthCutIsCorrupt) {
  const Sample sample;
  for (std::size_t length = 0; length < sample.text.size(); ++length) {
    ASSERT_EQ(refusal(sample.text.substr(0, length), recovery()), ErrorCode::corrupt) << length;
  }
}

TEST(KeySlots, ParametersOutOfBoundsAreRefusedBeforeAnyWork) {
  const Sample sample;
  struct {
    const char* from;
    const char* to;
  } const changes[] = {
      {"\"ops\":1", "\"ops\":0"},
      {"\"ops\":1", "\"ops\":11"},
      {"\"ops\":1", "\"ops\":4294967297"},
      {"\"ops\":1", "\"ops\":-1"},
      {"\"ops\":1", "\"ops\":1.5"},
      {"\"ops\":1", "\"ops\":\"1\""},
      {"\"memory\":8388608", "\"memory\":8387584"},
      {"\"memory\":8388608", "\"memory\":8388609"},
      {"\"memory\":8388608", "\"memory\":67109888"},
      {"\"memory\":8388608", "\"memory\":18446744073709551615"},
      {"\"epoch\": 1", "\"epoch\": 0"},
      {"\"version\": 1", "\"version\": 2"},
      {"\"kind\":\"file\"", "\"kind\":7"},
      {"\"label\":\"stick\"", "\"colour\":\"red\""},
      {"\"epoch\": 1", "\"epoch\": 1, \"more\": 1"},
  };
  for (const auto& change : changes) {
    const auto read = KeySlots::parse(replaced(sample.text, change.from, change.to));
    ASSERT_FALSE(read) << change.to;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt) << change.to;
  }
}

TEST(KeySlots, ParametersChangedWithinBoundsDoNotOpen) {
  const Sample sample;
  const std::string lowered = replaced(sample.text, "\"ops\":1", "\"ops\":2");
  EXPECT_EQ(refusal(lowered, passphrase("open sesame")), ErrorCode::locked);
  EXPECT_EQ(refusal(lowered, recovery()), ErrorCode::corrupt);
}

TEST(KeySlots, ALabelOrPathChangedIsNoticed) {
  const Sample sample;
  EXPECT_EQ(refusal(replaced(sample.text, "laptop", "server"), passphrase("open sesame")), ErrorCode::corrupt);
  EXPECT_EQ(refusal(replaced(sample.text, "/media/stick", "/media/other"), key_file()), ErrorCode::corrupt);
}

TEST(KeySlots, ASlotAddedOrTakenAwayByAnotherHandIsNoticed) {
  Sample sample;
  const std::string before = sample.text;
  // The same store's own slot, from a later file, put into the earlier one.
  ASSERT_TRUE(sample.slots.add_passphrase(SecretBytes::copy("another"), "guest", cheap));
  const std::string after = sample.slots.serialize().value();
  const std::size_t start = after.rfind("    {");
  const std::string guest = after.substr(start, after.find('\n', start) - start);
  EXPECT_EQ(refusal(replaced(before, "\n  ],", ",\n" + guest + "\n  ],"), passphrase("another")), ErrorCode::corrupt);
  EXPECT_EQ(refusal(replaced(before, "\n  ],", ",\n" + guest + "\n  ],"), recovery()), ErrorCode::corrupt);

  const std::size_t file_slot = before.rfind(",\n    {");
  std::string taken = before;
  taken.erase(file_slot, before.find("\n  ],") - file_slot);
  EXPECT_EQ(KeySlots::parse(taken)->slots().size(), 2u);
  EXPECT_EQ(refusal(taken, recovery()), ErrorCode::corrupt);
}

TEST(KeySlots, ASlotOfAnotherStoreDoesNotOpen) {
  const Sample sample;
  const Sample other;
  const auto slot_of = [](const Sample& whose, const std::string& kind) {
    const std::size_t end = whose.text.find('}', whose.text.find("\"kind\":\"" + kind)) + 1;
    const std::size_t start = whose.text.rfind('{', end);
    return whose.text.substr(start, end - start);
  };
  struct {
    const char* kind;
    SlotSecret secret;
  } const slots[] = {{"passphrase", passphrase("open sesame")}, {"file", key_file()}, {"recovery", recovery()}};
  for (const auto& slot : slots) {
    const std::string mixed = replaced(sample.text, slot_of(sample, slot.kind), slot_of(other, slot.kind));
    EXPECT_EQ(refusal(mixed, slot.secret), ErrorCode::locked) << slot.kind;
  }
}

TEST(KeySlots, AreSalvagedWithTheSlotThatOpensAlone) {
  const Sample sample;
  const std::string altered = replaced(sample.text, "laptop", "server");
  const auto slots = KeySlots::parse(altered).value().salvage(recovery());
  ASSERT_TRUE(slots);
  EXPECT_TRUE(equal(slots->store_key(), sample.slots.store_key()));
  EXPECT_EQ(slots->slots().size(), 1u);
  EXPECT_FALSE(refusal(slots->serialize().value(), recovery()));
  EXPECT_EQ(KeySlots::parse(altered).value().salvage(SlotSecret::recovery(key_of('x'))).error().code,
            ErrorCode::locked);
}

// What a newer program with the key would write.
std::string retagged(std::string text, const UnlockedSlots& slots) {
  constexpr std::size_t tag_line = 78;
  constexpr std::size_t tag_start = 10;
  const Key key = derive(slots.store_key(), "slot file", slots.place().store_id);
  const std::string covered = text.substr(0, text.size() - tag_line);
  std::string tag(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(tag.data()), tag.size(),
                     reinterpret_cast<const unsigned char*>(covered.data()), covered.size(), key.data(), Key::size);
  return text.replace(covered.size() + tag_start, 64, to_hex(tag));
}

TEST(KeySlots, KindsThatAreNotKnownAreKept) {
  const Sample sample;
  const std::string unknown = R"({"id":"00112233445566ff","kind":"dpapi","label":"login","blob":[1,{"deep":null}]})";
  const std::string newer = R"({"id":"00112233445566fe","kind":"telepathy","ops":12345678901})";
  const std::string more = replaced(sample.text, "\n  ],", ",\n    " + unknown + ",\n    " + newer + "\n  ],");
  const std::string text = retagged(more, sample.slots);
  auto opened = KeySlots::parse(text).value().open(recovery());
  ASSERT_TRUE(opened);
  ASSERT_EQ(opened->slots().size(), 5u);
  EXPECT_EQ(opened->slots()[3].kind, SlotKind::dpapi);
  EXPECT_EQ(opened->slots()[3].label, "login");
  EXPECT_EQ(opened->slots()[4].kind, SlotKind::unknown);
  EXPECT_EQ(opened->serialize().value(), text);
  ASSERT_TRUE(opened->remove(sample.file_id, recovery()));
  const std::string later = opened->serialize().value();
  EXPECT_NE(later.find(unknown), std::string::npos);
  EXPECT_NE(later.find(newer), std::string::npos);
}

TEST(KeySlots, AreRemovedWhenAnotherOneOpens) {
  Sample sample;
  EXPECT_EQ(sample.slots.remove(sample.passphrase_id, passphrase("open sesame")).error().code, ErrorCode::locked);
  EXPECT_EQ(sample.slots.remove(sample.passphrase_id, SlotSecret::file(key_of('g'))).error().code, ErrorCode::locked);
  EXPECT_EQ(sample.slots.slots().size(), 3u);
  ASSERT_TRUE(sample.slots.remove(sample.passphrase_id, key_file()));
  const std::string text = sample.slots.serialize().value();
  EXPECT_EQ(refusal(text, passphrase("open sesame")), ErrorCode::locked);
  EXPECT_FALSE(refusal(text, key_file()));
}

TEST(KeySlots, TheOnlyRecoveryKeyIsNeverRemoved) {
  Sample sample;
  const std::string id = sample.slots.slots()[0].id;
  EXPECT_EQ(sample.slots.remove(id, key_file()).error().code, ErrorCode::refused);
  ASSERT_TRUE(sample.slots.add_recovery(key_of('s')));
  EXPECT_TRUE(sample.slots.remove(id, key_file()));
  const std::string text = sample.slots.serialize().value();
  EXPECT_EQ(refusal(text, recovery()), ErrorCode::locked);
  EXPECT_FALSE(refusal(text, SlotSecret::recovery(key_of('s'))));
}

TEST(KeySlots, TheLastIsNeverRemoved) {
  auto slots = UnlockedSlots::create(key_of('r'));
  const std::string id = slots.slots()[0].id;
  EXPECT_EQ(slots.remove(id, recovery()).error().code, ErrorCode::refused);
  EXPECT_EQ(slots.remove("0000000000000000", recovery()).error().code, ErrorCode::not_found);
}

TEST(KeySlots, HaveBounds) {
  auto slots = UnlockedSlots::create(key_of('r'));
  const SecretBytes good = SecretBytes::copy("p");
  const PassphraseCost costs[] = {
      {0, cheap.memory}, {11, cheap.memory}, {1, cheap.memory - 1024}, {1, 64 * 1024 * 1024 + 1024}};
  for (const PassphraseCost& cost : costs) {
    EXPECT_EQ(slots.add_passphrase(good, "", cost).error().code, ErrorCode::refused);
  }
  EXPECT_EQ(slots.add_passphrase(SecretBytes(), "", cheap).error().code, ErrorCode::refused);
  EXPECT_EQ(slots.add_passphrase(SecretBytes::copy(std::string(1025, 'p')), "", cheap).error().code,
            ErrorCode::refused);
  EXPECT_EQ(slots.add_passphrase(good, std::string(201, 'l'), cheap).error().code, ErrorCode::refused);
  EXPECT_EQ(slots.add_file(key_of('f'), std::string(4097, 'p'), "").error().code, ErrorCode::refused);
  while (slots.slots().size() < max_slots) ASSERT_TRUE(slots.add_file(key_of('f'), "/k", ""));
  EXPECT_EQ(slots.add_file(key_of('f'), "/k", "").error().code, ErrorCode::refused);
}

TEST(KeySlots, AnyLabelIsReadAsItWasWritten) {
  for (const std::string& label :
       {std::string("quote \" back \\ line \n"), std::string("Schlüssel 鍵"), std::string("a\0b", 3)}) {
    auto slots = UnlockedSlots::create(key_of('r'));
    ASSERT_TRUE(slots.add_file(key_of('f'), "/k", label));
    EXPECT_EQ(KeySlots::parse(slots.serialize().value()).value().slots()[1].label, label);
  }
}

TEST(KeySlots, ALabelThatIsNotUtf8IsRefused) {
  auto slots = UnlockedSlots::create(key_of('r'));
  ASSERT_TRUE(slots.add_file(key_of('f'), "/k", "\xff\xfe"));
  EXPECT_EQ(slots.serialize().error().code, ErrorCode::refused);
}

TEST(KeySlots, DeepNestingIsRefused) {
  const Sample sample;
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_FALSE(KeySlots::parse(replaced(sample.text, "\"epoch\": 1", "\"epoch\": 1, \"more\": " + deep)));
}

TEST(KeySlots, ATooBigFileIsRefused) {
  const Sample sample;
  EXPECT_FALSE(KeySlots::parse(replaced(sample.text, "{\n", "{\n" + std::string(max_slot_file, ' '))));
}

}  // namespace
}  // namespace satchel::crypto
