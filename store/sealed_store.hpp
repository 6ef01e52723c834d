// Opens a store on disk: database and segments, both sealed under the store key. The folder holds
// `database/` and `segments/`; nothing in a name or a size tells of mail but how much there is.
// Called by the app, once, with the home locked (home_lock.hpp).
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "crypto/secret.hpp"
#include "store/database.hpp"
#include "store/rocks_database.hpp"
#include "store/segments.hpp"

namespace satchel::store {

struct SealedStore {
  std::unique_ptr<Database> database;
  std::unique_ptr<Segments> segments;
};

// Whether a store was made here, to the end.
bool store_exists(const std::filesystem::path& folder);

// Setup::create makes the folder; what an interrupted setup left there is taken away first.
// Errors: refused (create, and there is one), not_found (existing, and there is none), corrupt
// (altered, cut, or another key), locked, no_space, read_only, broken.
Result<SealedStore> open_sealed_store(const std::filesystem::path& folder, const crypto::Key& store_key, Setup setup);

// The same on another file system than the machine's, and without threads where `later` is given: for tests that make
// it fail.
Result<SealedStore> open_sealed_store_on(std::shared_ptr<rocksdb::FileSystem> base, const std::filesystem::path& folder,
                                         const crypto::Key& store_key, Setup setup, const Later& later = {});

// Opens one store again and again, each time when the one before was closed. Where that one met a failed sync, what a
// log holds behind the last one that worked does not count: it was answered with an error, though the kernel still
// shows it. Copies are the same opener. One thread at a time.
class SealedStoreOpener {
 public:
  // `base` null: the machine's file system.
  SealedStoreOpener(std::filesystem::path folder, crypto::Key store_key,
                    std::shared_ptr<rocksdb::FileSystem> base = nullptr);

  // Errors: as open_sealed_store().
  Result<SealedStore> open(Setup setup) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace satchel::store
