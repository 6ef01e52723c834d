// links: satchel_crypto
// The reader of sealed records (crypto/FORMAT.md section 4).
#include "crypto/sealed_records.hpp"

#include <vector>

#include "sealed_edits.hpp"

using namespace satchel::crypto;

namespace {

const FileBinding binding{FileFormat::records, FileClass::write_ahead_log, "000001.log"};

// What is given out is a prefix of what was appended.
void read(std::string_view file, const std::vector<std::string>& appended, std::uint64_t synced) {
  const MemorySource source(file);
  auto reader = RecordReader::make(fuzz_key(), binding, source, {synced});
  if (!reader) return;
  std::size_t count = 0;
  while (true) {
    auto record = reader->next();
    if (!record) return;
    if (!*record) break;
    require(count < appended.size() && **record == appended[count]);
    ++count;
  }
  require(reader->ending() != RecordEnding::none && reader->records() >= synced);
  require(reader->position() <= file.size());
  if (reader->ending() == RecordEnding::closed) require(count == appended.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read(input, {}, 0);

  Edits edits(input);
  RecordSealer sealer(fuzz_file_key(binding));
  std::string file = sealer.header();
  std::vector<std::string> appended;
  const std::size_t count = edits.number() % 6;
  for (std::size_t i = 0; i < count; ++i) {
    std::string record(1 + edits.number() % 300, static_cast<char>('a' + i));
    record += edits.take(4);
    require(sealer.append(record, file).has_value());
    appended.push_back(std::move(record));
  }
  if (edits.number() % 2 == 1) require(sealer.close(file).has_value());
  const std::uint64_t synced = edits.number() % 3;
  read(edits.applied_to(file), appended, synced);
  return 0;
}
