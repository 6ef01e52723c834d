#include "store/sealed_block_file.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "store/rocks_status.hpp"

namespace satchel::store {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

SealedBlockWriter::SealedBlockWriter(std::shared_ptr<SealedContext> context, FileName name,
                                     std::unique_ptr<rocksdb::FSWritableFile> target)
    : context_(std::move(context)),
      name_(std::move(name)),
      target_(std::move(target)),
      sealer_(crypto::FileKey::create(context_->key, binding_of(name_))) {}

IOStatus SealedBlockWriter::write_header() {
  out_ = sealer_.header();
  return put({});
}

// After a failed append the file is given up: what it holds is no whole number of blocks.
IOStatus SealedBlockWriter::put(const IOOptions& options) {
  if (failed_ || !context_->health.good()) return stopped();
  if (out_.empty()) return IOStatus::OK();
  const IOStatus status = context_->health.after_append(target_->Append(out_, options, nullptr));
  out_.clear();
  failed_ = !status.ok();
  return status;
}

IOStatus SealedBlockWriter::Append(const Slice& data, const IOOptions& options, IODebugContext*) {
  if (sealer_.finished()) return IOStatus::IOError("append after sync: " + name_.base);
  if (auto sealed = sealer_.append({data.data(), data.size()}, out_); !sealed) return to_io_status(sealed.error());
  return put(options);
}

IOStatus SealedBlockWriter::write_last_block(const IOOptions& options) {
  if (sealer_.finished()) return failed_ ? stopped() : IOStatus::OK();
  if (auto sealed = sealer_.finish(out_); !sealed) return to_io_status(sealed.error());
  return put(options);
}

IOStatus SealedBlockWriter::Flush(const IOOptions&, IODebugContext*) {
  return IOStatus::OK();
}

IOStatus SealedBlockWriter::Sync(const IOOptions& options, IODebugContext* debug) {
  return Fsync(options, debug);
}

IOStatus SealedBlockWriter::Fsync(const IOOptions& options, IODebugContext*) {
  if (IOStatus status = write_last_block(options); !status.ok()) return status;
  if (!context_->health.good()) return stopped();
  return context_->health.after_sync(target_->Fsync(options, nullptr));
}

IOStatus SealedBlockWriter::Close(const IOOptions& options, IODebugContext*) {
  const IOStatus last = failed_ ? IOStatus::OK() : write_last_block(options);
  const IOStatus closed = context_->health.after_sync(target_->Close(options, nullptr));
  return last.ok() ? closed : last;
}

std::uint64_t SealedBlockWriter::GetFileSize(const IOOptions&, IODebugContext*) {
  return sealer_.logical_size();
}

namespace {

std::atomic<std::uint64_t> last_id{0};

// What each thread opened last. Neighbouring small reads then open a block once.
struct LastBlock {
  std::uint64_t file = 0;
  std::uint64_t index = 0;
  std::array<char, crypto::plain_block_size> plain;
};

LastBlock& last_block() {
  thread_local std::unique_ptr<LastBlock> block = std::make_unique<LastBlock>();
  return *block;
}

constexpr std::size_t kept_buffer = 512 * 1024;

// Room for sealed bytes; larger ones are not kept, to stay small.
struct SealedBuffer {
  std::unique_ptr<char[]> bytes;
  std::size_t size = 0;

  char* room(std::size_t wanted) {
    if (wanted > size || size > kept_buffer) {
      size = std::max(wanted, 4 * crypto::sealed_block_size);
      bytes.reset(new char[size]);
    }
    return bytes.get();
  }
};

thread_local SealedBuffer sealed_buffer;

}  // namespace

SealedBlockReader::SealedBlockReader(FileName name, std::unique_ptr<rocksdb::FSRandomAccessFile> target,
                                     crypto::BlockOpener opener)
    : name_(std::move(name)), target_(std::move(target)), opener_(std::move(opener)), id_(++last_id) {}

IOStatus SealedBlockReader::open(const SealedContext& context, FileName name,
                                 std::unique_ptr<rocksdb::FSRandomAccessFile> target, std::uint64_t physical,
                                 std::unique_ptr<SealedBlockReader>* result) {
  char header[crypto::file_header_size];
  Slice bytes;
  IOStatus status = target->Read(0, sizeof header, {}, &bytes, header, nullptr);
  if (!status.ok()) return not_retryable(status);
  auto key = crypto::FileKey::open(context.key, binding_of(name), {bytes.data(), bytes.size()});
  if (!key) return damaged(name.base, key.error().text);
  auto opener = crypto::BlockOpener::make(std::move(*key), physical);
  if (!opener) return damaged(name.base, opener.error().text);

  const std::uint64_t last = opener->last();
  std::unique_ptr<SealedBlockReader> reader(
      new SealedBlockReader(std::move(name), std::move(target), std::move(*opener)));
  std::string_view sealed;
  status = reader->fetch(last, last, {}, &sealed);
  LastBlock& kept = last_block();
  kept.file = 0;
  if (status.ok()) status = reader->open_into(last, sealed, kept.plain.data());
  if (!status.ok()) return status;
  kept.file = reader->id_;
  kept.index = last;
  *result = std::move(reader);
  return IOStatus::OK();
}

IOStatus SealedBlockReader::fetch(std::uint64_t first, std::uint64_t last, const IOOptions& options,
                                  std::string_view* sealed) const {
  const std::uint64_t start = crypto::BlockOpener::physical_offset(first);
  const std::size_t size = crypto::BlockOpener::physical_offset(last) + opener_.sealed_size(last) - start;
  Slice bytes;
  const IOStatus status = target_->Read(start, size, options, &bytes, sealed_buffer.room(size), nullptr);
  if (!status.ok()) return not_retryable(status);
  if (bytes.size() != size) return damaged(name_.base, "the file became shorter");
  *sealed = {bytes.data(), bytes.size()};
  return IOStatus::OK();
}

IOStatus SealedBlockReader::open_into(std::uint64_t block, std::string_view sealed, char* plain) const {
  auto opened = opener_.open_block(block, sealed.substr(0, opener_.sealed_size(block)), plain);
  if (opened) return IOStatus::OK();
  return damaged(name_.base, "block " + std::to_string(block) + " does not open");
}

IOStatus SealedBlockReader::Read(std::uint64_t offset, std::size_t size, const IOOptions& options, Slice* result,
                                 char* scratch, IODebugContext*) const {
  *result = Slice(scratch, 0);
  const std::uint64_t end = std::min<std::uint64_t>(opener_.logical_size(), offset + size);
  if (offset >= end) return IOStatus::OK();

  LastBlock& kept = last_block();
  const std::uint64_t last = crypto::BlockOpener::block_of(end - 1);
  std::string_view sealed;
  std::uint64_t fetched = 0;  // the block that `sealed` starts with
  for (std::uint64_t at = offset; at < end;) {
    const std::uint64_t block = crypto::BlockOpener::block_of(at);
    const std::size_t inside = at % crypto::plain_block_size;
    const std::size_t wanted = std::min<std::uint64_t>(opener_.plain_size(block) - inside, end - at);
    char* out = scratch + (at - offset);
    if (kept.file == id_ && kept.index == block) {
      std::memcpy(out, kept.plain.data() + inside, wanted);
      at += wanted;
      continue;
    }
    if (sealed.empty()) {
      if (IOStatus status = fetch(block, last, options, &sealed); !status.ok()) return status;
      fetched = block;
    }
    const std::string_view from = sealed.substr((block - fetched) * crypto::sealed_block_size);
    if (wanted == opener_.plain_size(block)) {
      if (IOStatus status = open_into(block, from, out); !status.ok()) return status;
    } else {
      kept.file = 0;
      if (IOStatus status = open_into(block, from, kept.plain.data()); !status.ok()) return status;
      kept.file = id_;
      kept.index = block;
      std::memcpy(out, kept.plain.data() + inside, wanted);
    }
    at += wanted;
  }
  *result = Slice(scratch, end - offset);
  return IOStatus::OK();
}

IOStatus SealedBlockSequence::Read(std::size_t size, const IOOptions& options, Slice* result, char* scratch,
                                   IODebugContext* debug) {
  const IOStatus status = reader_->Read(position_, size, options, result, scratch, debug);
  if (status.ok()) position_ += result->size();
  return status;
}

IOStatus SealedBlockSequence::Skip(std::uint64_t size) {
  position_ = std::min(position_ + size, reader_->logical_size());
  return IOStatus::OK();
}

}  // namespace satchel::store
