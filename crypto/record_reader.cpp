#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/counter_cipher.hpp"
#include "crypto/record_head.hpp"
#include "crypto/sealed_records.hpp"

namespace satchel::crypto {

namespace {

constexpr std::size_t read_ahead = 256 * 1024;
constexpr std::size_t zero_tail = 16;  // shorter ones may be chance

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// Space that the file system had given to the file, and that the crash left unwritten.
Result<bool> ends_in_zeros(const ByteSource& source, std::uint64_t size, std::uint64_t from) {
  if (size < zero_tail || size - zero_tail < from) return false;
  std::array<char, zero_tail> tail;
  if (auto read = source.read(size - tail.size(), tail.size(), tail.data()); !read) return read.error();
  return all_zero({tail.data(), tail.size()});
}

}  // namespace

Result<> MemorySource::read(std::uint64_t offset, std::size_t size, char* out) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset)
    return fail(ErrorCode::corrupt, "A sealed file is shorter than it was.");
  std::memcpy(out, bytes_.data() + offset, size);
  return {};
}

Result<RecordReader> RecordReader::make(const Key& master, const FileBinding& binding, const ByteSource& source,
                                        SyncedRecords synced) {
  RecordReader reader(source, synced);
  if (auto read = reader.read_header(master, binding); !read) return read.error();
  return reader;
}

Result<> RecordReader::read_header(const Key& master, const FileBinding& binding) {
  std::array<char, file_header_size> bytes;
  const std::string_view header(bytes.data(), bytes.size());
  if (size_ < file_header_size) {
    if (auto ended = end_as(RecordEnding::torn); !ended) return ended.error();
    return {};
  }
  if (auto read = source_->read(0, bytes.size(), bytes.data()); !read) return read.error();
  if (all_zero(header)) {
    auto zeros = ends_in_zeros(*source_, size_, 0);
    if (!zeros) return zeros.error();
    if (*zeros) {
      if (auto ended = end_as(RecordEnding::torn); !ended) return ended.error();
      return {};
    }
  }
  auto key = FileKey::open(master, binding, header);
  if (!key) return key.error();
  head_key_ = record_head_key(*key);
  key_ = std::move(*key);
  position_ = buffer_start_ = file_header_size;
  return {};
}

Result<std::optional<std::string_view>> RecordReader::next() {
  if (failure_) return *failure_;
  if (ending_ != RecordEnding::none) return std::nullopt;
  Next record = advance();
  if (!record) failure_ = record.error();
  return record;
}

RecordReader::Next RecordReader::advance() {
  const std::uint64_t left = size_ - position_;
  if (left == 0) return end_as(RecordEnding::open_end);
  if (left < record_head_size) return end_as(RecordEnding::torn);
  if (auto held = hold(record_head_size); !held) return held.error();
  const auto field = read_record_head(head_key_, counter_, window());
  if (!field) return bad_record();
  if (*field != end_of_records && (*field == 0 || *field > max_record_plain))
    return corrupt("has a length that none has");
  return open_body(*field);
}

RecordReader::Next RecordReader::open_body(std::uint32_t field) {
  const std::size_t plain_size = field & ~end_of_records;
  const std::size_t whole = plain_size + record_overhead;
  if (size_ - position_ < whole) return end_as(RecordEnding::torn);
  if (auto held = hold(whole); !held) return held.error();
  char* body = window() + record_head_size;
  const std::uint32_t end = field == end_of_records ? 1 : 0;
  // Opened in place: nothing is read there again.
  if (open_at(key_->key(), {counter_, end}, {body, plain_size + tag_size}, body) == Opened::bad) return bad_record();
  position_ += whole;
  ++counter_;
  logical_ += plain_size;
  if (end == 0) return std::string_view(body, plain_size);
  if (position_ != size_) return corrupt("follows the end");
  return end_as(RecordEnding::closed);
}

RecordReader::Next RecordReader::end_as(RecordEnding ending) {
  if (counter_ < synced_.count) return corrupt("is missing, although it was written for good");
  ending_ = ending;
  return std::nullopt;
}

RecordReader::Next RecordReader::bad_record() {
  auto zeros = ends_in_zeros(*source_, size_, position_);
  if (!zeros) return zeros.error();
  if (*zeros) return end_as(RecordEnding::torn);
  return corrupt("was altered");
}

Error RecordReader::corrupt(std::string_view what) const {
  return fail(ErrorCode::corrupt,
              "Record " + std::to_string(counter_) + " of a sealed file " + std::string(what) + ".");
}

Result<> RecordReader::hold(std::size_t wanted) {
  const std::uint64_t end = buffer_start_ + buffer_.size();
  if (position_ + wanted <= end) return {};
  buffer_.erase(0, position_ - buffer_start_);
  buffer_start_ = position_;
  const std::size_t held = buffer_.size();
  const std::size_t more =
      static_cast<std::size_t>(std::min<std::uint64_t>(size_ - position_, std::max(wanted, read_ahead))) - held;
  buffer_.resize(held + more);
  return source_->read(buffer_start_ + held, more, buffer_.data() + held);
}

Result<RecordTotals> measure_records(const Key& master, const FileBinding& binding, const ByteSource& source,
                                     SyncedRecords synced) {
  auto reader = RecordReader::make(master, binding, source, synced);
  if (!reader) return reader.error();
  while (reader->ending() == RecordEnding::none) {
    if (auto record = reader->next(); !record) return record.error();
  }
  return RecordTotals{reader->records(), reader->logical_size(), reader->position(), reader->ending()};
}

}  // namespace satchel::crypto
