// How far the manifest and the write-ahead logs are known to reach, so that one that was cut or
// taken away is an error and never an older state (FORMAT.md section 1, "Anchor"). Exact for the
// manifest and after a clean close; for the logs of a running store at most one second old.
// Owned by the sealed file system of one open store, with a thread of its own where no Later is given. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "store/later.hpp"
#include "store/sealed_file_kind.hpp"

namespace rocksdb {
class FileSystem;
}

namespace satchel::store {

struct AnchorState {
  std::uint64_t sequence = 0;                        // one more with each that is written
  std::uint64_t current = 0;                         // number of the manifest that CURRENT names, or an older one
  bool clean = false;                                // written by a clean close
  std::map<std::uint64_t, std::uint64_t> manifests;  // number -> records synced
  std::map<std::uint64_t, std::uint64_t> logs;

  friend bool operator==(const AnchorState&, const AnchorState&) = default;
};

std::string write_anchor(const AnchorState& state);
Result<AnchorState> parse_anchor(std::string_view bytes);  // corrupt

class Anchor : public std::enable_shared_from_this<Anchor> {
 public:
  static constexpr std::chrono::milliseconds interval{900};

  // For a store that is being made: nothing is written before begin().
  static std::shared_ptr<Anchor> create(std::shared_ptr<rocksdb::FileSystem> base, std::string folder,
                                        const crypto::Key& files_key, Later later = {});
  // Errors: corrupt (missing, altered), and what the disk says.
  static Result<std::shared_ptr<Anchor>> load(std::shared_ptr<rocksdb::FileSystem> base, std::string folder,
                                              const crypto::Key& files_key, Later later = {});
  static bool exists(rocksdb::FileSystem& base, const std::string& folder);

  ~Anchor();

  AnchorState state() const;
  // Records that this file must hold, 0 where nothing is known of it.
  std::uint64_t least_records(const FileName& name) const;

  // The first `records` records of a manifest or log are on disk. A manifest's are written down
  // before this returns, a log's within the interval.
  Result<> synced(const FileName& name, std::uint64_t records);
  // CURRENT now names this manifest.
  void current_is(std::uint64_t manifest);
  // The file is about to be deleted; a log is struck out durably before this returns. It is not named again.
  Result<> forget(const FileName& name);

  Result<> begin();   // the store is made
  Result<> finish();  // clean close: everything synced counts

 private:
  enum class Phase : std::uint8_t { held, running, finished };

  Anchor(std::shared_ptr<rocksdb::FileSystem> base, std::string folder, const crypto::Key& files_key, Later later,
         Phase phase);

  void changed();
  void persist_later();
  Result<> persist();
  Result<> write_file(const AnchorState& state);
  void tick(std::stop_token stop);

  std::shared_ptr<rocksdb::FileSystem> base_;
  std::string folder_;
  crypto::Key key_;

  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  AnchorState state_;
  // Deleted, or about to be: RocksDB may sync and close a log's writer after another thread deleted the log.
  std::set<std::uint64_t> forgotten_;
  std::uint64_t change_ = 0;   // of state_
  std::uint64_t written_ = 0;  // the change that is on disk
  Phase phase_;
  Later later_;
  bool awaited_ = false;  // a later persist()

  std::mutex write_mutex_;  // one write at a time; taken before mutex_
  std::jthread ticker_;     // last: it uses all of the above
};

}  // namespace satchel::store
