#include "crypto/sealed_records.hpp"

#include <gtest/gtest.h>

#include <set>

#include "samples.hpp"

namespace satchel::crypto {
namespace {

const std::vector<std::string> appends = {"first append", "2", pattern(100)};

enum class Ending { open, closed };

std::string sealed(const std::vector<std::string>& records, Ending ending) {
  RecordSealer sealer(FileKey::create(key_of('m'), log_binding));
  std::string file = sealer.header();
  for (const std::string& record : records) EXPECT_TRUE(sealer.append(record, file));
  if (ending == Ending::closed) {
    EXPECT_TRUE(sealer.close(file));
  }
  return file;
}

ReadRecords read(std::string_view file, std::uint64_t synced = 0) {
  return read_records(key_of('m'), log_binding, file, synced);
}

// Where each record of `appends` ends, the header first.
std::vector<std::size_t> boundaries() {
  std::vector<std::size_t> ends = {file_header_size};
  for (const std::string& append : appends) ends.push_back(ends.back() + append.size() + record_overhead);
  return ends;
}

std::vector<std::string> first(std::size_t count) {
  return {appends.begin(), appends.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::string zeroed(std::string file, std::size_t tail) {
  return file.replace(file.size() - tail, tail, tail, '\0');
}

TEST(SealedRecords, AreReadAsTheyWereAppended) {
  const auto closed = read(sealed(appends, Ending::closed));
  EXPECT_EQ(closed.records, appends);
  EXPECT_EQ(closed.ending, RecordEnding::closed);
  const auto open = read(sealed(appends, Ending::open));
  EXPECT_EQ(open.records, appends);
  EXPECT_EQ(open.ending, RecordEnding::open_end);
}

TEST(SealedRecords, OfNothingAreRead) {
  EXPECT_EQ(read(sealed({}, Ending::closed)).ending, RecordEnding::closed);
  EXPECT_EQ(read(sealed({}, Ending::open)).ending, RecordEnding::open_end);
}

TEST(SealedRecords, SplitAnAppendThatIsTooLong) {
  for (const std::size_t size : {max_record_plain, max_record_plain + 1, 3 * max_record_plain + 5}) {
    const auto all = read(sealed({pattern(size)}, Ending::closed));
    EXPECT_EQ(all.records.size(), (size + max_record_plain - 1) / max_record_plain);
    std::string joined;
    for (const std::string& record : all.records) joined += record;
    EXPECT_TRUE(joined == pattern(size));
  }
}

TEST(SealedRecords, ManyAreReadThroughASmallWindow) {
  const std::vector<std::string> many(50, pattern(60000));
  const auto all = read(sealed(many, Ending::closed));
  EXPECT_EQ(all.records, many);
  EXPECT_EQ(all.ending, RecordEnding::closed);
}

TEST(SealedRecords, TakeNothingAfterTheirEnd) {
  RecordSealer sealer(FileKey::create(key_of('m'), log_binding));
  std::string file;
  ASSERT_TRUE(sealer.close(file));
  EXPECT_EQ(sealer.append("more", file).error().code, ErrorCode::broken);
  EXPECT_EQ(sealer.close(file).error().code, ErrorCode::broken);
}

TEST(SealedRecords, AnEmptyAppendIsNone) {
  EXPECT_EQ(sealed({""}, Ending::open).size(), file_header_size);
}

TEST(SealedRecords, EveryByteFlippedIsCorrupt) {
  for (const Ending ending : {Ending::open, Ending::closed}) {
    const std::string file = sealed(appends, ending);
    for (std::size_t i = 0; i < file.size(); ++i) {
      const auto all = read(flipped(file, i));
      EXPECT_EQ(all.error, ErrorCode::corrupt) << i;
      EXPECT_EQ(all.records, first(all.records.size())) << i;
    }
  }
}

TEST(SealedRecords, EveryLengthCutIsTornOrAnOpenEnd) {
  const std::string file = sealed(appends, Ending::closed);
  const auto ends = boundaries();
  for (std::size_t length = 0; length < file.size(); ++length) {
    const auto all = read(std::string_view(file).substr(0, length));
    ASSERT_FALSE(all.error) << length;
    const std::size_t whole = std::count_if(ends.begin() + 1, ends.end(), [&](auto end) { return end <= length; });
    EXPECT_EQ(all.records, first(whole)) << length;
    const bool between = std::find(ends.begin(), ends.end(), length) != ends.end();
    EXPECT_EQ(all.ending, between ? RecordEnding::open_end : RecordEnding::torn) << length;
  }
}

TEST(SealedRecords, CutBeforeTheLastSyncedOneIsCorrupt) {
  const std::string file = sealed(appends, Ending::open);
  const auto ends = boundaries();
  for (std::uint64_t synced = 1; synced <= appends.size(); ++synced) {
    for (std::size_t length = 0; length <= file.size(); ++length) {
      const auto all = read(std::string_view(file).substr(0, length), synced);
      EXPECT_EQ(all.error.has_value(), length < ends[synced]) << synced << " " << length;
    }
  }
  EXPECT_EQ(read(file, appends.size() + 1).error, ErrorCode::corrupt);
}

TEST(SealedRecords, TheEndRecordCountsAsOne) {
  const std::string file = sealed(appends, Ending::closed);
  EXPECT_FALSE(read(file, appends.size() + 1).error);
  EXPECT_EQ(read(file, appends.size() + 2).error, ErrorCode::corrupt);
}

TEST(SealedRecords, AZeroTailIsTorn) {
  const std::string file = sealed(appends, Ending::open);
  const auto more = read(file + std::string(4096, '\0'));
  EXPECT_EQ(more.ending, RecordEnding::torn);
  EXPECT_EQ(more.records, appends);
  const auto ends = boundaries();
  for (std::size_t tail = 16; tail < file.size() - file_header_size; ++tail) {
    const auto all = read(zeroed(file, tail));
    ASSERT_FALSE(all.error) << tail;
    EXPECT_EQ(all.ending, RecordEnding::torn) << tail;
    const std::size_t whole =
        std::count_if(ends.begin() + 1, ends.end(), [&](auto end) { return end <= file.size() - tail; });
    EXPECT_EQ(all.records, first(whole)) << tail;
  }
}

TEST(SealedRecords, AShortZeroTailIsNone) {
  const std::string file = sealed(appends, Ending::open);
  for (std::size_t tail = 1; tail < 16; ++tail) {
    if (file.compare(file.size() - tail, tail, std::string(tail, '\0')) == 0) continue;  // once in 256 runs
    EXPECT_EQ(read(zeroed(file, tail)).error, ErrorCode::corrupt) << tail;
  }
  EXPECT_EQ(read(file + std::string(15, '\0')).error, ErrorCode::corrupt);
}

// A tag may end in a zero byte: the tail must lie behind the whole records.
TEST(SealedRecords, AZeroTailThatBeginsInAWholeRecordIsNone) {
  std::string file = sealed(appends, Ending::open);
  while (file.back() != '\0') file = sealed(appends, Ending::open);
  EXPECT_EQ(read(file + std::string(15, '\0')).error, ErrorCode::corrupt);
  EXPECT_EQ(read(file + std::string(16, '\0')).ending, RecordEnding::torn);
}

TEST(SealedRecords, TheHeadOfAnotherRecordIsCorruptAndNotTorn) {
  const std::string file = sealed(appends, Ending::open);
  const std::size_t second = boundaries()[1];
  const std::string head = file.substr(file_header_size, record_head_size);
  EXPECT_EQ(read(file.substr(0, second) + head).error, ErrorCode::corrupt);
}

TEST(SealedRecords, AZeroTailBeforeTheLastSyncedOneIsCorrupt) {
  const std::string file = sealed(appends, Ending::open);
  EXPECT_EQ(read(zeroed(file, 40), appends.size()).error, ErrorCode::corrupt);
  EXPECT_FALSE(read(zeroed(file, 40), appends.size() - 1).error);
}

TEST(SealedRecords, AFileOfZerosIsTorn) {
  EXPECT_EQ(read(std::string(4096, '\0')).ending, RecordEnding::torn);
  EXPECT_EQ(read(std::string(4096, '\0'), 1).error, ErrorCode::corrupt);
  EXPECT_EQ(read(std::string(4096, '\0') + "x").error, ErrorCode::corrupt);
}

TEST(SealedRecords, AnythingBehindTheEndRecordIsCorrupt) {
  const std::string file = sealed(appends, Ending::closed);
  for (const std::string& more : {std::string("x"), std::string(11, 'x'), std::string(4096, '\0')}) {
    EXPECT_EQ(read(file + more).error, ErrorCode::corrupt);
  }
}

TEST(SealedRecords, SwappedDoubledOrLeftOutAreCorrupt) {
  const std::vector<std::string> alike = {"aaaa", "bbbb", "cccc"};
  const std::string file = sealed(alike, Ending::closed);
  const std::size_t size = 4 + record_overhead;
  auto place = [&](std::size_t i) { return file_header_size + i * size; };
  for (std::size_t to = 0; to < 3; ++to) {
    for (std::size_t from = 0; from < 3; ++from) {
      if (to == from) continue;
      std::string changed = file;
      changed.replace(place(to), size, file.substr(place(from), size));
      EXPECT_EQ(read(changed).error, ErrorCode::corrupt) << to << from;
      changed.replace(place(from), size, file.substr(place(to), size));
      EXPECT_EQ(read(changed).error, ErrorCode::corrupt) << to << from;
    }
    std::string shorter = file;
    EXPECT_EQ(read(shorter.erase(place(to), size)).error, ErrorCode::corrupt) << to;
  }
}

TEST(SealedRecords, AreMeasured) {
  const std::string file = sealed(appends, Ending::closed);
  const MemorySource source(file);
  const auto totals = measure_records(key_of('m'), log_binding, source).value();
  EXPECT_EQ(totals.records, appends.size() + 1);
  EXPECT_EQ(totals.logical, appends[0].size() + appends[1].size() + appends[2].size());
  EXPECT_EQ(totals.physical, file.size());
  EXPECT_EQ(totals.ending, RecordEnding::closed);
}

// Fails at the n-th read.
class FailingSource final : public ByteSource {
 public:
  FailingSource(std::string_view bytes, int good_reads) : memory_(bytes), left_(good_reads) {}
  std::uint64_t size() const override { return memory_.size(); }
  Result<> read(std::uint64_t offset, std::size_t size, char* out) const override {
    if (left_-- == 0) return fail(ErrorCode::retry, "The disk is gone.");
    return memory_.read(offset, size, out);
  }

 private:
  MemorySource memory_;
  mutable int left_;
};

TEST(SealedRecords, AReadThatFailsIsNoEndOfTheFile) {
  const std::string file = sealed(std::vector<std::string>(12, pattern(60000)), Ending::open) + std::string(4096, '\0');
  int reads = 0;
  while (true) {
    const FailingSource source(file, reads);
    auto totals = measure_records(key_of('m'), log_binding, source);
    if (totals) break;
    EXPECT_EQ(totals.error().code, ErrorCode::retry) << reads;
    ASSERT_LT(++reads, 100);
  }
  EXPECT_GE(reads, 4);
}

TEST(SealedRecords, AnErrorStays) {
  const std::string file = flipped(sealed(appends, Ending::open), file_header_size + 5);
  const MemorySource source(file);

  auto again = RecordReader::make(key_of('m'), log_binding, source);
  EXPECT_FALSE(again->next());
  EXPECT_FALSE(again->next());
  EXPECT_EQ(again->ending(), RecordEnding::none);
}

TEST(SealedRecords, NoncesNeverRepeat) {
  std::set<std::string> starts;
  for (int round = 0; round < 8; ++round) {
    const std::string file = sealed(std::vector<std::string>(8, std::string(32, '\0')), Ending::closed);
    for (std::size_t i = 0; i < 8; ++i) {
      starts.insert(file.substr(file_header_size + i * (32 + record_overhead) + record_head_size, 16));
    }
  }
  EXPECT_EQ(starts.size(), 64u);
}

}  // namespace
}  // namespace satchel::crypto
