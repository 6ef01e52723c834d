#include "store/rocks_options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <cstdarg>

namespace satchel::store {

namespace {

constexpr std::size_t cache_bytes = 16 << 20;
constexpr std::size_t write_buffer_bytes = 8 << 20;
constexpr std::size_t part_bytes = 4096;  // of data, index and filter: what one Get must open

// RocksDB's own log would hold keys in clear: there is none.
class NoLog final : public rocksdb::Logger {
 public:
  NoLog() : rocksdb::Logger(rocksdb::InfoLogLevel::HEADER_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char*, std::va_list) override {}
};

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_size = part_bytes;
  table.metadata_block_size = part_bytes;
  // One big filter a table never fits a shard of a small cache: each Get would read it anew.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, /*num_shard_bits=*/1);
  return table;
}

}  // namespace

rocksdb::Options rocks_options(rocksdb::Env* environment) {
  rocksdb::Options options;
  options.env = environment;
  options.info_log = std::make_shared<NoLog>();
  options.create_if_missing = false;
  options.paranoid_checks = true;

  // A bad record is an IOError from the file system, which this mode never takes for a torn tail.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.track_and_verify_wals_in_manifest = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.write_dbid_to_manifest = true;
  options.avoid_flush_during_recovery = false;
  options.recycle_log_file_num = 0;
  options.max_bgerror_resume_count = 0;  // after a failed sync nothing is tried again
  options.max_manifest_file_size = 1 << 20;

  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 2;
  options.compression = rocksdb::kZSTD;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  return options;
}

}  // namespace satchel::store
