// Sealed records: append only, each append complete as it is written (FORMAT.md section 4). Functions over bytes; the
// caller reads and writes the file. Sealer and reader have one owner each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/sealed_header.hpp"

namespace satchel::crypto {

inline constexpr std::size_t max_record_plain = 64 * 1024;
inline constexpr std::size_t record_head_size = 12;
inline constexpr std::size_t record_overhead = record_head_size + tag_size;

class RecordSealer {
 public:
  // The caller has written, or will first write, key.header().
  explicit RecordSealer(FileKey key);

  // Adds one record for `plain` to `out`, several when it is longer than max_record_plain, none when it is
  // empty. Nothing stays behind. Errors: broken (after close()).
  Result<> append(std::string_view plain, std::string& out);
  // Adds the end record. Errors: broken (a second time).
  Result<> close(std::string& out);

  std::uint64_t records() const { return counter_; }  // sealed so far, the end record included
  std::uint64_t logical_size() const { return logical_; }
  const std::string& header() const { return key_.header(); }

 private:
  void seal_record(std::uint32_t field, std::string_view plain, std::string& out);

  FileKey key_;
  SecretBytes head_key_;
  std::uint64_t counter_ = 0;
  std::uint64_t logical_ = 0;
  bool closed_ = false;
};

// Where the bytes of a file come from: a real file, or memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // All `size` bytes, or an error; never asked for bytes behind size().
  virtual Result<> read(std::uint64_t offset, std::size_t size, char* out) const = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<> read(std::uint64_t offset, std::size_t size, char* out) const override;

 private:
  std::string_view bytes_;
};

enum class RecordEnding : std::uint8_t {
  none,      // not there yet
  closed,    // the end record: a clean close
  open_end,  // the file ends after a whole record: not closed, or cut exactly there
  torn       // the last append of a crash; it counts as never written
};

struct SyncedRecords {
  std::uint64_t count = 0;  // records known to be durable: fewer of them is corrupt, not torn
};

class RecordReader {
 public:
  // `source` must outlive the reader; its size is asked once. Reads the header.
  // Errors: corrupt; those of the source.
  static Result<RecordReader> make(const Key& master, const FileBinding& binding, const ByteSource& source,
                                   SyncedRecords synced = {});

  // The plain bytes of the next record, valid until the next call; nothing at the end (then ending() says which).
  // After an error every call returns it again. Errors: corrupt; those of the source.
  Result<std::optional<std::string_view>> next();

  RecordEnding ending() const { return ending_; }
  std::uint64_t records() const { return counter_; }       // opened so far, the end record included
  std::uint64_t position() const { return position_; }     // in the file, behind the last record opened
  std::uint64_t logical_size() const { return logical_; }  // plain bytes given out so far

 private:
  using Next = Result<std::optional<std::string_view>>;

  RecordReader(const ByteSource& source, SyncedRecords synced)
      : source_(&source), size_(source.size()), synced_(synced) {}

  Result<> read_header(const Key& master, const FileBinding& binding);
  Next advance();
  Next open_body(std::uint32_t field);
  Next end_as(RecordEnding ending);
  Next bad_record();
  Error corrupt(std::string_view what) const;
  Result<> hold(std::size_t wanted);  // makes `wanted` bytes from position_ on readable at window()
  char* window() { return buffer_.data() + (position_ - buffer_start_); }

  const ByteSource* source_;
  std::uint64_t size_;
  SyncedRecords synced_;
  std::optional<FileKey> key_;  // none when the header itself is torn
  SecretBytes head_key_;
  std::string buffer_;  // of the file, from buffer_start_ on; records are opened in place
  std::uint64_t buffer_start_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t counter_ = 0;
  std::uint64_t logical_ = 0;
  RecordEnding ending_ = RecordEnding::none;
  std::optional<Error> failure_;
};

struct RecordTotals {
  std::uint64_t records = 0;
  std::uint64_t logical = 0;
  std::uint64_t physical = 0;  // header and whole records
  RecordEnding ending = RecordEnding::none;
};

// Opens every record once and says what is there.
Result<RecordTotals> measure_records(const Key& master, const FileBinding& binding, const ByteSource& source,
                                     SyncedRecords synced = {});

}  // namespace satchel::crypto
