// RocksDB's statuses as our errors. A damaged file is told from a failed disk by the first words of
// the text, since a damaged file must be an IOError for RocksDB (FORMAT.md section 1, "Errors").
// Included by the few files that speak to RocksDB.
#pragma once

#include <rocksdb/io_status.h>

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace satchel::store {

inline constexpr std::string_view damage_mark = "damaged store file";
inline constexpr std::string_view stopped_mark = "the store stopped after a failed write";

// Never retryable: RocksDB would go on by itself after a failed sync.
rocksdb::IOStatus damaged(std::string_view file, std::string_view what);
rocksdb::IOStatus stopped();

// What the disk said, without the retryable flag.
rocksdb::IOStatus not_retryable(const rocksdb::IOStatus& status);

rocksdb::IOStatus to_io_status(const Error& error);

Error to_error(const rocksdb::Status& status);

}  // namespace satchel::store
