#include "store/sealed_record_file.hpp"

#include <algorithm>
#include <cstring>

#include "store/anchor.hpp"
#include "store/rocks_status.hpp"

namespace satchel::store {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

SealedRecordWriter::SealedRecordWriter(std::shared_ptr<SealedContext> context, FileName name,
                                       std::unique_ptr<rocksdb::FSWritableFile> target)
    : context_(std::move(context)),
      name_(std::move(name)),
      target_(std::move(target)),
      sealer_(crypto::FileKey::create(context_->key, binding_of(name_))),
      appended_(0),
      synced_(0) {
  if (name_.kind == FileKind::wal) context_->logs.add(*this);
}

SealedRecordWriter::~SealedRecordWriter() {
  context_->logs.remove(*this);
}

IOStatus SealedRecordWriter::write_header() {
  out_ = sealer_.header();
  return put({});
}

IOStatus SealedRecordWriter::put(const IOOptions& options) {
  if (failed_ || !context_->health.good()) return stopped();
  const IOStatus status = context_->health.after_append(target_->Append(out_, options, nullptr));
  if (status.ok()) {
    written_ += out_.size();
    appended_ = sealer_.records();
  } else {
    failed_ = true;
    cut_back(options);
  }
  out_.clear();
  return status;
}

// A full disk may have taken half a record. It would read as torn as well: this is for tidiness.
void SealedRecordWriter::cut_back(const IOOptions& options) {
  target_->Truncate(written_, options, nullptr).PermitUncheckedError();
}

IOStatus SealedRecordWriter::Append(const Slice& data, const IOOptions& options, IODebugContext*) {
  if (failed_ || !context_->health.good()) return stopped();
  if (appended_ == 0 && name_.kind == FileKind::wal) {
    if (IOStatus status = context_->logs.sync_before(*this); !status.ok()) return status;
  }
  if (auto sealed = sealer_.append({data.data(), data.size()}, out_); !sealed) return to_io_status(sealed.error());
  return out_.empty() ? IOStatus::OK() : put(options);
}

IOStatus SealedRecordWriter::Flush(const IOOptions&, IODebugContext*) {
  return IOStatus::OK();
}

IOStatus SealedRecordWriter::Sync(const IOOptions& options, IODebugContext*) {
  if (failed_ || !context_->health.good()) return stopped();
  const std::uint64_t records = appended_;
  const IOStatus status = context_->health.after_sync(target_->Sync(options, nullptr));
  if (!status.ok()) {
    failed_ = true;
    return status;
  }
  synced_ = std::max<std::uint64_t>(synced_, records);
  if (auto noted = context_->anchor->synced(name_, records); !noted) return to_io_status(noted.error());
  return IOStatus::OK();
}

// Of a file that met a full disk what was acknowledged is synced already.
IOStatus SealedRecordWriter::sync_appended() {
  if (failed_ || synced_ == appended_) return IOStatus::OK();
  return Sync({}, nullptr);
}

IOStatus SealedRecordWriter::Close(const IOOptions& options, IODebugContext* debug) {
  context_->logs.remove(*this);
  IOStatus status = context_->health.good() ? IOStatus::OK() : stopped();
  if (status.ok() && !failed_) {
    if (auto sealed = sealer_.close(out_); !sealed) status = to_io_status(sealed.error());
    if (status.ok()) status = put(options);
    if (status.ok()) status = Sync(options, debug);
  }
  const IOStatus closed = context_->health.after_sync(target_->Close(options, nullptr));
  return status.ok() ? closed : status;
}

std::uint64_t SealedRecordWriter::GetFileSize(const IOOptions&, IODebugContext*) {
  return sealer_.logical_size();
}

namespace {

std::uint64_t most_records(const SealedContext& context, const FileName& name) {
  if (name.kind != FileKind::wal || !context.log_ends) return UINT64_MAX;
  const auto end = context.log_ends->find(name.number);
  return end == context.log_ends->end() ? 0 : end->second;
}

}  // namespace

IOStatus SealedRecordSequence::open(const SealedContext& context, FileName name, std::unique_ptr<FileSource> source,
                                    std::unique_ptr<SealedRecordSequence>* result) {
  const std::uint64_t least = context.anchor->least_records(name);
  const std::uint64_t most = most_records(context, name);
  std::unique_ptr<SealedRecordSequence> file(new SealedRecordSequence(std::move(name), std::move(source), least, most));
  auto reader =
      crypto::RecordReader::make(context.key, binding_of(file->name_), *file->source_, crypto::SyncedRecords{least});
  if (reader) {
    file->reader_.emplace(std::move(*reader));
  } else if (reader.error().code != ErrorCode::corrupt) {
    return to_io_status(reader.error());
  } else if (least > 0) {
    return damaged(file->name_.base, reader.error().text);
  }
  *result = std::move(file);
  return IOStatus::OK();
}

// A bad record among those that were synced is damage; behind them it is the end that a power cut
// left, where pages may be missing in any order.
IOStatus SealedRecordSequence::next_record() {
  if (!reader_ || reader_->records() >= most_) {
    ended_ = true;
    return IOStatus::OK();
  }
  auto record = reader_->next();
  if (!record && record.error().code != ErrorCode::corrupt) return to_io_status(record.error());
  if (!record && reader_->records() < least_)
    return damaged(name_.base, "record " + std::to_string(reader_->records()) + ": " + record.error().text);
  if (!record || !*record) {
    ended_ = true;
  } else {
    rest_ = **record;
  }
  return IOStatus::OK();
}

IOStatus SealedRecordSequence::Read(std::size_t size, const IOOptions&, Slice* result, char* scratch, IODebugContext*) {
  *result = Slice(scratch, 0);
  std::size_t given = 0;
  while (given < size && !ended_) {
    if (rest_.empty()) {
      if (IOStatus status = next_record(); !status.ok()) return status;
      if (ended_) break;
    }
    const std::size_t part = std::min(size - given, rest_.size());
    std::memcpy(scratch + given, rest_.data(), part);
    rest_.remove_prefix(part);
    given += part;
  }
  *result = Slice(scratch, given);
  return IOStatus::OK();
}

IOStatus SealedRecordSequence::Skip(std::uint64_t size) {
  while (size > 0 && !ended_) {
    if (rest_.empty()) {
      if (IOStatus status = next_record(); !status.ok()) return status;
      if (ended_) break;
    }
    const std::size_t part = std::min<std::uint64_t>(size, rest_.size());
    rest_.remove_prefix(part);
    size -= part;
  }
  return IOStatus::OK();
}

IOStatus record_file_size(const SealedContext& context, FileName name, std::unique_ptr<FileSource> source,
                          std::uint64_t* size) {
  std::unique_ptr<SealedRecordSequence> file;
  IOStatus status = SealedRecordSequence::open(context, std::move(name), std::move(source), &file);
  std::string scratch(crypto::max_record_plain, '\0');
  *size = 0;
  for (bool more = true; status.ok() && more;) {
    Slice bytes;
    status = file->Read(scratch.size(), {}, &bytes, scratch.data(), nullptr);
    *size += bytes.size();
    more = bytes.size() == scratch.size();
  }
  return status;
}

}  // namespace satchel::store
