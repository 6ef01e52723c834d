// Makes the vectors of tests/vectors/crypto anew, from fixed salts and a fixed source of random bytes:
//   ninja -C build/release make_vectors && build/release/tests/unit/make_vectors
// Only when a format changes, which is a new version of it.
#include <sodium.h>

#include <cstring>

#include "crypto/file_slot.hpp"
#include "crypto/hex.hpp"
#include "crypto/kdf.hpp"
#include "crypto/key_slots.hpp"
#include "crypto/recovery_key.hpp"
#include "crypto/sealed_blocks.hpp"
#include "crypto/sealed_extent.hpp"
#include "crypto/sealed_value.hpp"
#include "tests/unit/crypto/samples.hpp"
#include "tests/unit/crypto/vectors.hpp"

namespace satchel::crypto {
namespace {

namespace json = boost::json;

// --- random bytes that are the same in each run, for this program alone

std::uint32_t drawn = 0;

std::uint32_t draw() {
  return drawn = drawn * 1664525 + 1013904223;
}
void draw_all(void* to, const std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) static_cast<unsigned char*>(to)[i] = static_cast<unsigned char>(draw() >> 24);
}
const char* name_of_source() {
  return "fixed";
}
randombytes_implementation fixed_source = {name_of_source, draw, nullptr, nullptr, draw_all, nullptr};

FileSalt salt_of(unsigned char first) {
  FileSalt salt;
  for (std::size_t i = 0; i < salt.size(); ++i) salt[i] = static_cast<unsigned char>(first + i);
  return salt;
}

Key sample_key(unsigned char first) {
  return Key::filled([&](std::span<unsigned char> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(first + 5 * i);
  });
}

// --- one family of vectors: whole ones, and the same damaged

class Family {
 public:
  void whole(std::string_view about, json::object vector) {
    vector["damage"] = json::array();
    add(about, std::move(vector));
  }
  // As the last whole one, but for `changes` (among them "fails" or another outcome).
  void but(std::string_view about, json::object changes) {
    changes["as_before"] = true;
    add(about, std::move(changes));
  }
  const json::array& vectors() const { return vectors_; }

 private:
  void add(std::string_view about, json::object vector) {
    json::object named = {{"about", json::string_view(about.data(), about.size())}};
    for (auto& [name, value] : vector) named[name] = value;
    vectors_.push_back(std::move(named));
  }

  json::array vectors_;
};

json::array edits(std::initializer_list<json::value_ref> list) {
  return json::array(list);
}
json::object flip(std::size_t bit) {
  return {{"flip", bit}};
}
json::object cut(std::size_t size) {
  return {{"cut", size}};
}
json::object append(std::string_view bytes) {
  return {{"append", to_hex(bytes)}};
}
json::object put(std::string_view bytes, std::size_t at) {
  return {{"put", to_hex(bytes)}, {"at", at}};
}
json::object copy(std::size_t size, std::size_t from, std::size_t at) {
  return {{"copy", size}, {"from", from}, {"at", at}};
}
json::object replace(const char* from, const char* with) {
  return {{"replace", from}, {"with", with}};
}
json::object corrupt(json::array damage) {
  return {{"damage", std::move(damage)}, {"fails", "corrupt"}};
}

json::object file_vector(const FileBinding& binding, std::string_view file) {
  return {{"master", to_hex(sample_key(1).view())},
          {"class", static_cast<std::uint16_t>(binding.file_class)},
          {"name", json::string_view(binding.name.data(), binding.name.size())},
          {"epoch", binding.epoch},
          {"file", to_hex(file)}};
}

// What holds for a header of every format.
void damage_header(Family& family, std::string_view wrong_name, FileClass wrong_class) {
  family.but("magic altered", corrupt(edits({flip(3)})));
  family.but("of a later version", corrupt(edits({flip(8 * 8 + 1)})));
  family.but("another format", corrupt(edits({put("\x07", 10)})));
  family.but("another cipher", corrupt(edits({flip(8 * 11)})));
  family.but("another class in the header", corrupt(edits({flip(8 * 12 + 3)})));
  family.but("reserved bytes not zero", corrupt(edits({flip(8 * 25)})));
  family.but("another unit", corrupt(edits({flip(8 * 18 + 3)})));
  family.but("another epoch", corrupt(edits({flip(8 * 20 + 1)})));
  family.but("salt altered", corrupt(edits({flip(8 * 40)})));
  family.but("under another name",
             {{"name", json::string_view(wrong_name.data(), wrong_name.size())}, {"fails", "corrupt"}});
  family.but("read as another class", {{"class", static_cast<std::uint16_t>(wrong_class)}, {"fails", "corrupt"}});
  family.but("read as of another epoch", {{"epoch", 2}, {"fails", "corrupt"}});
  family.but("another master key", {{"master", to_hex(sample_key(2).view())}, {"fails", "corrupt"}});
}

json::array block_vectors() {
  Family family;
  const auto whole = [&](std::string_view about, const FileBinding& binding, std::size_t size) {
    const std::string plain = pattern(size);
    const auto salt = salt_of(static_cast<unsigned char>(size));
    json::object vector =
        file_vector(binding, seal_block_file(FileKey::create_with_salt(sample_key(1), binding, salt), plain));
    vector["plain"] = to_hex(plain);
    family.whole(about, std::move(vector));
  };
  whole("empty", {FileFormat::blocks, FileClass::current, {}}, 0);
  family.but("cut inside the tag", corrupt(edits({cut(79)})));
  family.but("cut behind the header", corrupt(edits({cut(64)})));
  family.but("cut inside the header", corrupt(edits({cut(63)})));
  family.but("nothing", corrupt(edits({cut(0)})));
  family.but("one byte more", corrupt(edits({append("x")})));
  whole("a second epoch", {FileFormat::blocks, FileClass::identity, {}, 2}, 36);
  whole("one short block", table_binding, 100);
  damage_header(family, "000070.sst", FileClass::current);
  family.but("ciphertext altered", corrupt(edits({flip(8 * 70)})));
  family.but("tag altered", corrupt(edits({flip(8 * 179)})));
  family.but("cut by a byte", corrupt(edits({cut(179)})));
  whole("one full block", table_binding, plain_block_size);
  family.but("an empty last block behind", corrupt(edits({append(std::string(16, 'x'))})));
  whole("two blocks", table_binding, plain_block_size + 1);
  const std::size_t second = file_header_size + sealed_block_size;
  family.but("cut at the end of the first block", corrupt(edits({cut(second)})));
  family.but("first block altered", corrupt(edits({flip(8 * 5000)})));
  family.but("last block altered", corrupt(edits({flip(8 * second)})));
  family.but(
      "first block doubled in place of the last",
      corrupt(edits({cut(second), append(std::string(sealed_block_size, 'x')), copy(sealed_block_size, 64, second)})));
  return family.vectors();
}

json::array record_vectors() {
  Family family;
  const auto start = [&](const FileBinding& binding, const std::vector<std::string>& records, RecordEnding ending) {
    RecordSealer sealer(FileKey::create_with_salt(sample_key(1), binding, salt_of(99)));
    std::string file = sealer.header();
    json::array list;
    for (const std::string& record : records) {
      sealer.append(record, file).value();
      list.emplace_back(to_hex(record));
    }
    if (ending == RecordEnding::closed) sealer.close(file).value();
    json::object vector = file_vector(binding, file);
    vector["records"] = list;
    vector["ending"] = ending == RecordEnding::closed ? "closed" : "open_end";
    vector["synced"] = 0;
    return vector;
  };
  const auto ends = [](json::array damage, json::array records, const char* ending) {
    return json::object{{"damage", std::move(damage)}, {"records", std::move(records)}, {"ending", ending}};
  };
  const FileBinding manifest{FileFormat::records, FileClass::manifest, "MANIFEST-000004"};
  family.whole("nothing, closed", start(manifest, {}, RecordEnding::closed));
  family.but("not closed", ends(edits({cut(64)}), {}, "open_end"));
  family.but("cut inside the header", ends(edits({cut(63)}), {}, "torn"));
  family.but("nothing at all", ends(edits({cut(0)}), {}, "torn"));
  family.but("nothing but zeros", ends(edits({cut(0), append(std::string(200, '\0'))}), {}, "torn"));

  // 64 | 41 "first record." | 33 "short" | 28 end
  const json::array both = {to_hex("first record."), to_hex("short")};
  const json::array one = {to_hex("first record.")};
  family.whole("two records, closed", start(log_binding, {"first record.", "short"}, RecordEnding::closed));
  damage_header(family, "000080.log", FileClass::manifest);
  family.but("length altered", corrupt(edits({flip(8 * 64)})));
  family.but("length of the end record altered", corrupt(edits({flip(8 * 138)})));
  family.but("authentication of the length altered", corrupt(edits({flip(8 * 70)})));
  family.but("ciphertext altered", corrupt(edits({flip(8 * 80)})));
  family.but("tag of the end record altered", corrupt(edits({flip(8 * 165)})));
  family.but("bytes behind the end record", corrupt(edits({append("x")})));
  family.but("zeros behind the end record", corrupt(edits({append(std::string(64, '\0'))})));
  family.but("first record doubled", corrupt(edits({cut(105), append(std::string(41, 'x')), copy(41, 64, 105)})));
  family.but("first record left out", corrupt(edits({copy(61, 105, 64), cut(125)})));
  family.but("end record torn", ends(edits({cut(165)}), both, "torn"));
  family.but("end record hidden", ends(edits({cut(138)}), both, "open_end"));
  family.but("second record torn in its tag", ends(edits({cut(137)}), one, "torn"));
  family.but("second record torn in its length", ends(edits({cut(116)}), one, "torn"));
  family.but("head of the first record again",
             corrupt(edits({cut(105), append(std::string(12, 'x')), copy(12, 64, 105)})));
  family.but("cut between two records", ends(edits({cut(105)}), one, "open_end"));
  family.but("last 16 bytes zero", ends(edits({put(std::string(16, '\0'), 150)}), both, "torn"));
  family.but("last 15 bytes zero", corrupt(edits({put(std::string(15, '\0'), 151)})));
  family.but("page of zeros in place of the second record",
             ends(edits({cut(105), append(std::string(4096, '\0'))}), one, "torn"));
  family.but("zeros from inside the second record",
             ends(edits({cut(125), append(std::string(4096, '\0'))}), one, "torn"));
  family.but("fifteen zeros behind a whole record", corrupt(edits({cut(105), append(std::string(15, '\0'))})));
  json::object synced = ends(edits({cut(105)}), one, "open_end");
  synced["synced"] = 1;
  family.but("cut behind what was synced", synced);
  json::object hidden = corrupt(edits({cut(105)}));
  hidden["synced"] = 2;
  family.but("cut before what was synced", hidden);
  json::object zeros = corrupt(edits({cut(125), append(std::string(64, '\0'))}));
  zeros["synced"] = 2;
  family.but("zeros before what was synced", zeros);
  json::object gone = corrupt(edits({cut(0)}));
  gone["synced"] = 1;
  family.but("all gone that was synced", gone);
  return family.vectors();
}

json::array extent_vectors() {
  Family family;
  ExtentSealer sealer(FileKey::create_with_salt(sample_key(1), segment_binding, salt_of(200)));
  std::string file = sealer.header();
  const std::string plains[] = {"", "a content", pattern(300)};
  std::vector<std::uint64_t> offsets;
  for (const std::string& plain : plains) offsets.push_back(sealer.append(plain, file, "codec").value());
  const auto extent = [&](std::size_t number) {
    json::object vector = file_vector(segment_binding, file);
    vector["offset"] = offsets[number];
    vector["sealed_size"] = plains[number].size() + tag_size;
    vector["associated"] = to_hex("codec");
    vector["plain"] = to_hex(plains[number]);
    return vector;
  };
  family.whole("empty", extent(0));
  family.whole("the last", extent(2));
  family.but("cut", corrupt(edits({cut(file.size() - 1)})));
  family.whole("in the middle", extent(1));
  damage_header(family, "000090.seg", FileClass::backup);
  family.but("altered", corrupt(edits({flip(8 * 82)})));
  family.but("altered elsewhere", {{"damage", edits({flip(8 * 150)})}});
  family.but("other associated data", {{"associated", to_hex("other")}, {"fails", "corrupt"}});
  family.but("one byte further", {{"offset", 81}, {"fails", "corrupt"}});
  family.but("one byte longer", {{"sealed_size", 26}, {"fails", "corrupt"}});
  family.but("shorter than a tag", {{"sealed_size", 15}, {"fails", "corrupt"}});
  return family.vectors();
}

json::array value_vectors() {
  Family family;
  const auto value = [](std::string_view plain, std::string_view associated) {
    return json::object{{"key", to_hex(sample_key(3).view())},
                        {"associated", to_hex(associated)},
                        {"sealed", to_hex(seal(sample_key(3), plain, associated))},
                        {"plain", to_hex(plain)}};
  };
  family.whole("empty", value("", ""));
  family.but("cut", corrupt(edits({cut(39)})));
  family.whole("a value", value("a small value", "what for"));
  family.but("nonce altered", corrupt(edits({flip(9)})));
  family.but("ciphertext altered", corrupt(edits({flip(8 * 24)})));
  family.but("tag altered", corrupt(edits({flip(8 * 50)})));
  family.but("for something else", {{"associated", to_hex("what else")}, {"fails", "corrupt"}});
  family.but("another key", {{"key", to_hex(sample_key(4).view())}, {"fails", "corrupt"}});
  return family.vectors();
}

json::array key_vectors() {
  json::array vectors;
  for (const auto& [label, context] :
       {std::pair<std::string, std::string>{"files", ""}, {"a", "b"}, {std::string(255, 'l'), pattern(300)}}) {
    vectors.push_back(json::object{{"about", "derive"},
                                   {"key", to_hex(sample_key(5).view())},
                                   {"label", label},
                                   {"context", to_hex(context)},
                                   {"derived", to_hex(derive(sample_key(5), label, context).view())}});
  }
  for (const std::size_t size : {0u, 10u, 1000u}) {
    vectors.push_back(json::object{{"about", "keyed hash"},
                                   {"key", to_hex(sample_key(6).view())},
                                   {"bytes", to_hex(pattern(size))},
                                   {"hash", to_hex(keyed_hash(sample_key(6), pattern(size)))}});
  }
  return vectors;
}

json::array slot_vectors() {
  Family family;
  auto slots = UnlockedSlots::create(sample_key(7));
  slots.add_passphrase(SecretBytes::copy("correct horse"), "laptop \xc3\xbc", {1, PassphraseCost::min_memory}).value();
  slots.add_passphrase(SecretBytes::copy("battery staple"), "", {2, PassphraseCost::min_memory + 1024}).value();
  slots.add_file(sample_key(8), "/media/stick/key", "stick").value();
  const std::string text = slots.serialize().value();
  const auto opened_with = [&](const char* kind, std::string_view secret) {
    return json::object{{"text", text},
                        {"secret_kind", kind},
                        {"secret", to_hex(secret)},
                        {"store_key", to_hex(slots.store_key().view())}};
  };
  const auto fails = [](const char* code, json::array damage) {
    return json::object{{"fails", code}, {"damage", std::move(damage)}};
  };
  family.whole("second passphrase", opened_with("passphrase", "battery staple"));
  family.whole("key file", opened_with("file", sample_key(8).view()));
  family.but("another key file", {{"secret", to_hex(sample_key(9).view())}, {"fails", "locked"}});
  family.whole("recovery key", opened_with("recovery", sample_key(7).view()));
  family.but("another recovery key", {{"secret", to_hex(sample_key(9).view())}, {"fails", "locked"}});
  family.but("label altered", fails("corrupt", edits({replace("stick\"", "stuck\"")})));
  family.but("white space altered", fails("corrupt", edits({replace("{\n  ", "{\n\t ")})));
  family.but("tag altered", fails("corrupt", edits({flip(8 * (text.size() - 20))})));
  family.but("cut", fails("corrupt", edits({cut(text.size() - 1)})));
  family.but("line end appended", fails("corrupt", edits({append("\n")})));
  family.but("nothing", fails("corrupt", edits({cut(0)})));
  const std::string store_id = to_hex(slots.place().store_id);
  const std::string other_id = to_hex(std::string(store_id_size, 's'));
  family.but("another store id", fails("locked", edits({replace(store_id.c_str(), other_id.c_str())})));
  family.but("a kind that is not known takes a slot's place",
             fails("corrupt", edits({replace("\"kind\":\"file\"", "\"kind\":\"fill\"")})));
  family.but("a kind exchanged", fails("corrupt", edits({replace("\"kind\":\"recovery\"", "\"kind\":\"file\"")})));
  family.whole("first passphrase", opened_with("passphrase", "correct horse"));
  family.but("another passphrase", {{"secret", to_hex("incorrect horse")}, {"fails", "locked"}});
  family.but("operations raised", fails("locked", edits({replace("\"ops\":1", "\"ops\":2")})));
  family.but("operations out of bounds", fails("corrupt", edits({replace("\"ops\":1", "\"ops\":11")})));
  family.but("memory lowered", fails("corrupt", edits({replace("\"memory\":8388608", "\"memory\":8387584")})));
  family.but("memory raised", fails("corrupt", edits({replace("\"memory\":8388608", "\"memory\":67109888")})));
  return family.vectors();
}

json::array recovery_vectors() {
  Family family;
  const std::string text(print_recovery_key(sample_key(10)).view());
  const json::object whole = {{"text", text}, {"key", to_hex(sample_key(10).view())}, {"printed", text}};
  const auto wrong = [](json::array damage) {
    return json::object{{"damage", std::move(damage)}, {"fails", "malformed"}};
  };
  family.whole("as printed", whole);
  family.but("spaces and lines", {{"damage", edits({append(" \r\n\t- "), put(" ", 7), put("\n", 15)})}});
  family.but("a letter altered", wrong(edits({flip(8 * 20)})));
  family.but("a letter missing", wrong(edits({cut(62)})));
  family.but("a letter more", wrong(edits({append("0")})));
  family.but("a letter that is none", wrong(edits({put("U", 0)})));
  family.but("nothing", wrong(edits({cut(0)})));
  const std::string zeros(print_recovery_key(Key::from(std::string(32, '\0')).value()).view());
  std::string alike = zeros;
  for (char& letter : alike) letter = letter == '0' ? 'o' : static_cast<char>(std::tolower(letter));
  family.whole("letters that look alike", {{"text", alike}, {"key", std::string(64, '0')}, {"printed", zeros}});
  return family.vectors();
}

void make_all() {
  ensure_sodium();
  randombytes_set_implementation(&fixed_source);
  write_vectors("keys.json", key_vectors());
  write_vectors("blocks.json", block_vectors());
  write_vectors("records.json", record_vectors());
  write_vectors("extents.json", extent_vectors());
  write_vectors("values.json", value_vectors());
  write_vectors("slots.json", slot_vectors());
  write_vectors("recovery.json", recovery_vectors());
  randombytes_set_implementation(&randombytes_sysrandom_implementation);
}

}  // namespace
}  // namespace satchel::crypto

int main() {
  satchel::crypto::make_all();
}
