#include "store/sealed_store.hpp"

#include <rocksdb/file_system.h>

#include "store/anchor.hpp"
#include "store/rocks_status.hpp"
#include "store/sealed_block_file.hpp"
#include "store/sealed_context.hpp"
#include "store/sealed_file_system.hpp"
#include "store/sealed_segments.hpp"

namespace satchel::store {

namespace {

using rocksdb::IOStatus;

class FinishAnchor final : public CloseListener {
 public:
  explicit FinishAnchor(std::shared_ptr<Anchor> anchor) : anchor_(std::move(anchor)) {}
  void closed_cleanly() override { (void)anchor_->finish(); }  // without it the next opening is as after a crash

 private:
  std::shared_ptr<Anchor> anchor_;
};

std::string database_folder(const std::filesystem::path& folder) {
  return (folder / "database").string();
}
std::string segments_folder(const std::filesystem::path& folder) {
  return (folder / "segments").string();
}

Result<> make_folder(rocksdb::FileSystem& base, const std::string& folder) {
  const IOStatus status = base.CreateDirIfMissing(folder, {}, nullptr);
  if (!status.ok()) return to_error(status);
  return {};
}

// What an interrupted setup left: never a store with anything in it.
Result<> clear_leftovers(rocksdb::FileSystem& base, const std::string& database, const std::string& segments) {
  std::vector<std::string> names;
  if (base.GetChildren(segments, {}, &names, nullptr).ok() && !names.empty())
    return fail(ErrorCode::refused, "there are segments of a store here; it is not made anew over them");
  if (!base.GetChildren(database, {}, &names, nullptr).ok()) return {};
  for (const std::string& name : names) {
    if (file_name(name).kind == FileKind::table)
      return fail(ErrorCode::refused, "there are tables of a store here; it is not made anew over them");
  }
  for (const std::string& name : names) {
    const IOStatus status = base.DeleteFile(database + "/" + name, {}, nullptr);
    if (!status.ok()) return to_error(status);
  }
  return {};
}

Result<std::string> read_current(SealedFileSystem& files, const std::string& database) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  char room[64];
  rocksdb::Slice text;
  IOStatus status = files.NewSequentialFile(database + "/CURRENT", {}, &file, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound())
    return fail(ErrorCode::corrupt, std::string(damage_mark) + " CURRENT: it is missing");
  if (status.ok()) status = file->Read(sizeof room, {}, &text, room, nullptr);
  if (!status.ok()) return to_error(status);
  return text.ToString();
}

// What RocksDB would take for an older state without a word: a CURRENT that went back, a manifest
// or log that is missing. One that was cut shows when it is read.
Result<> check_against_anchor(SealedFileSystem& files, const std::string& database, const AnchorState& known) {
  auto current = read_current(files, database);
  if (!current) return current.error();
  auto manifest = manifest_in(*current);
  if (!manifest) return manifest.error();
  if (*manifest < known.current || !known.manifests.contains(*manifest))
    return fail(ErrorCode::corrupt, std::string(damage_mark) + " CURRENT: it is older than the store");
  for (const auto& [number, records] : known.logs) {
    char name[32];
    std::snprintf(name, sizeof name, "/%06llu.log", static_cast<unsigned long long>(number));
    if (!files.FileExists(database + name, {}, nullptr).ok())
      return fail(ErrorCode::corrupt, std::string(damage_mark) + " " + (name + 1) + ": it is missing");
  }
  return {};
}

Result<std::shared_ptr<Anchor>> anchor_for(std::shared_ptr<rocksdb::FileSystem> base, const std::string& database,
                                           const crypto::Key& key, Setup setup, const Later& later) {
  if (setup == Setup::create) return Anchor::create(std::move(base), database, key, later);
  return Anchor::load(std::move(base), database, key, later);
}

Result<> prepare_folders(rocksdb::FileSystem& base, const std::filesystem::path& folder, Setup setup) {
  const std::string database = database_folder(folder);
  const bool there = Anchor::exists(base, database);
  if (setup != Setup::create) {
    if (there || base.FileExists(database, {}, nullptr).ok()) return {};
    return fail(ErrorCode::not_found, "there is no store in this home");
  }
  if (there) return fail(ErrorCode::refused, "there is a store in this home already");
  if (auto cleared = clear_leftovers(base, database, segments_folder(folder)); !cleared) return cleared;
  if (auto made = make_folder(base, folder.string()); !made) return made;
  if (auto made = make_folder(base, segments_folder(folder)); !made) return made;
  if (auto made = make_folder(base, database); !made) return made;
  // What lies in them is synced as it comes; the folders themselves are here.
  for (const std::filesystem::path& above : {folder, folder.parent_path()})
    if (const IOStatus status = sync_folder(base, above.string()); !status.ok()) return to_error(status);
  return {};
}

}  // namespace

bool store_exists(const std::filesystem::path& folder) {
  return Anchor::exists(*rocksdb::FileSystem::Default(), database_folder(folder));
}

namespace {

struct Opened {
  SealedStore store;
  std::shared_ptr<Anchor> anchor;
};

Result<Opened> open_on(std::shared_ptr<rocksdb::FileSystem> base, const std::filesystem::path& folder,
                       const crypto::Key& store_key, Setup setup, std::optional<LogEnds> ends, const Later& later) {
  if (auto ready = prepare_folders(*base, folder, setup); !ready) return ready.error();
  const std::string database = database_folder(folder);
  crypto::Key key = crypto::files_key(store_key);
  auto segments = open_sealed_segments(segments_folder(folder), base, key);
  if (!segments) return segments.error();
  auto anchor = anchor_for(base, database, key, setup, later);
  if (!anchor) return anchor.error();
  auto files = std::make_shared<SealedFileSystem>(
      base, std::make_shared<SealedContext>(std::move(key), *anchor, std::move(ends)));
  if (setup != Setup::create) {
    if (auto checked = check_against_anchor(*files, database, (*anchor)->state()); !checked) return checked.error();
  }
  auto opened = open_rocks_database(database, std::move(files), setup, std::make_shared<FinishAnchor>(*anchor), later);
  if (!opened) return opened.error();
  if (setup != Setup::reading)
    if (auto begun = (*anchor)->begin(); !begun) return begun.error();
  return Opened{{std::move(*opened), std::move(*segments)}, std::move(*anchor)};
}

}  // namespace

Result<SealedStore> open_sealed_store(const std::filesystem::path& folder, const crypto::Key& store_key, Setup setup) {
  return open_sealed_store_on(rocksdb::FileSystem::Default(), folder, store_key, setup);
}

Result<SealedStore> open_sealed_store_on(std::shared_ptr<rocksdb::FileSystem> base, const std::filesystem::path& folder,
                                         const crypto::Key& store_key, Setup setup, const Later& later) {
  auto opened = open_on(std::move(base), folder, store_key, setup, {}, later);
  if (!opened) return opened.error();
  return std::move(opened->store);
}

struct SealedStoreOpener::State {
  std::filesystem::path folder;
  crypto::Key key;
  std::shared_ptr<rocksdb::FileSystem> base;
  std::shared_ptr<Anchor> anchor;  // of the last opening for writing
  std::optional<LogEnds> ends;     // of the openings before
};

SealedStoreOpener::SealedStoreOpener(std::filesystem::path folder, crypto::Key store_key,
                                     std::shared_ptr<rocksdb::FileSystem> base)
    : state_(std::make_shared<State>(State{std::move(folder),
                                           std::move(store_key),
                                           base ? std::move(base) : rocksdb::FileSystem::Default(),
                                           nullptr,
                                           {}})) {}

Result<SealedStore> SealedStoreOpener::open(Setup setup) const {
  State& state = *state_;
  if (state.anchor) {
    state.ends = state.anchor->state().logs;
    state.anchor.reset();  // it may write once more: before the next one does
  }
  auto opened = open_on(state.base, state.folder, state.key, setup, state.ends, {});
  if (!opened) return opened.error();
  // One that only reads knows the ends as far as the disk tells.
  if (setup != Setup::reading) state.anchor = std::move(opened->anchor);
  return std::move(opened->store);
}

}  // namespace satchel::store
