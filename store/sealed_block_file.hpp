// Files written once and read anywhere (tables, CURRENT, IDENTITY) as RocksDB sees them: sealed
// blocks underneath (crypto/FORMAT.md section 3). Made by the sealed file system alone.
// A writer has one owner; random readers may be used from any thread.
#pragma once

#include <memory>

#include "crypto/sealed_blocks.hpp"
#include "store/sealed_context.hpp"

namespace satchel::store {

// Nothing may be appended after the first sync: only then are nonces never repeated.
class SealedBlockWriter final : public rocksdb::FSWritableFile {
 public:
  SealedBlockWriter(std::shared_ptr<SealedContext> context, FileName name,
                    std::unique_ptr<rocksdb::FSWritableFile> target);

  using rocksdb::FSWritableFile::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;
  std::uint64_t GetFileSize(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;

  // First, before anything else.
  rocksdb::IOStatus write_header();

 private:
  rocksdb::IOStatus put(const rocksdb::IOOptions& options);
  rocksdb::IOStatus write_last_block(const rocksdb::IOOptions& options);

  std::shared_ptr<SealedContext> context_;
  FileName name_;
  std::unique_ptr<rocksdb::FSWritableFile> target_;
  crypto::BlockSealer sealer_;
  std::string out_;  // sealed, on its way
  bool failed_ = false;
};

class SealedBlockReader final : public rocksdb::FSRandomAccessFile {
 public:
  // Opens the last block at once: a cut file shows here.
  static rocksdb::IOStatus open(const SealedContext& context, FileName name,
                                std::unique_ptr<rocksdb::FSRandomAccessFile> target, std::uint64_t physical,
                                std::unique_ptr<SealedBlockReader>* result);

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* debug) const override;
  std::size_t GetRequiredBufferAlignment() const override { return crypto::plain_block_size; }
  std::uint64_t logical_size() const { return opener_.logical_size(); }

 private:
  SealedBlockReader(FileName name, std::unique_ptr<rocksdb::FSRandomAccessFile> target, crypto::BlockOpener opener);

  rocksdb::IOStatus open_into(std::uint64_t block, std::string_view sealed, char* plain) const;
  rocksdb::IOStatus fetch(std::uint64_t first, std::uint64_t last, const rocksdb::IOOptions& options,
                          std::string_view* sealed) const;

  FileName name_;
  std::unique_ptr<rocksdb::FSRandomAccessFile> target_;
  crypto::BlockOpener opener_;
  std::uint64_t id_;  // of this opening, never used again: for the last block that a thread keeps
};

class SealedBlockSequence final : public rocksdb::FSSequentialFile {
 public:
  explicit SealedBlockSequence(std::unique_ptr<SealedBlockReader> reader) : reader_(std::move(reader)) {}

  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Skip(std::uint64_t size) override;

 private:
  std::unique_ptr<SealedBlockReader> reader_;
  std::uint64_t position_ = 0;
};

}  // namespace satchel::store
