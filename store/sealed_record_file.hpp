// Files that are appended to for long (write-ahead logs, manifests) as RocksDB sees them: a sealed
// record for each append (crypto/FORMAT.md section 4). Made by the sealed file system alone.
// Nothing is kept back in memory, so Sync may run beside Append. Readers have one owner.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "crypto/sealed_records.hpp"
#include "store/sealed_context.hpp"

namespace satchel::store {

class SealedRecordWriter final : public rocksdb::FSWritableFile, private OpenLog {
 public:
  SealedRecordWriter(std::shared_ptr<SealedContext> context, FileName name,
                     std::unique_ptr<rocksdb::FSWritableFile> target);
  ~SealedRecordWriter() override;

  using rocksdb::FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  bool IsSyncThreadSafe() const override { return true; }
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  std::uint64_t GetFileSize(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;

  // First, before anything else.
  rocksdb::IOStatus write_header();

 private:
  rocksdb::IOStatus sync_appended() override;
  rocksdb::IOStatus put(const rocksdb::IOOptions& options);
  void cut_back(const rocksdb::IOOptions& options);

  std::shared_ptr<SealedContext> context_;
  FileName name_;
  std::unique_ptr<rocksdb::FSWritableFile> target_;
  crypto::RecordSealer sealer_;
  std::string out_;                      // sealed, on its way
  std::uint64_t written_ = 0;            // bytes of whole records in the file
  std::atomic<std::uint64_t> appended_;  // records in the file
  std::atomic<std::uint64_t> synced_;    // of them on disk
  std::atomic<bool> failed_ = false;     // nothing more is appended or synced
};

class SealedRecordSequence final : public rocksdb::FSSequentialFile {
 public:
  static rocksdb::IOStatus open(const SealedContext& context, FileName name, std::unique_ptr<FileSource> source,
                                std::unique_ptr<SealedRecordSequence>* result);

  // The error comes from the very Read that meets the bad record: after a short one RocksDB takes
  // the file for ended and never asks again.
  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Skip(std::uint64_t size) override;

 private:
  SealedRecordSequence(FileName name, std::unique_ptr<FileSource> source, std::uint64_t least, std::uint64_t most)
      : name_(std::move(name)), source_(std::move(source)), least_(least), most_(most) {}

  rocksdb::IOStatus next_record();

  FileName name_;
  std::unique_ptr<FileSource> source_;
  std::uint64_t least_;                         // records that must be there
  std::uint64_t most_;                          // records that count
  std::optional<crypto::RecordReader> reader_;  // none: the file ends within its header
  std::string_view rest_;                       // of the record under way
  bool ended_ = false;
};

// Plain bytes in a file of records, by the rules by which it would be read.
rocksdb::IOStatus record_file_size(const SealedContext& context, FileName name, std::unique_ptr<FileSource> source,
                                   std::uint64_t* size);

}  // namespace satchel::store
