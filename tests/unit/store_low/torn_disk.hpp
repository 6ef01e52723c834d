// A disk whose power can be cut: it knows which bytes were synced and which names. cut() writes
// what might be found afterwards into another folder, while the store goes on: of each file the
// synced bytes and any part of the rest, holes in it too; of each folder's changes any first part.
#pragma once

#include <rocksdb/file_system.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "store_fixture.hpp"

namespace satchel::store {

class TornDisk final : public rocksdb::FileSystemWrapper {
  using Path = const std::string&;
  using Options = const rocksdb::IOOptions&;
  using Debug = rocksdb::IODebugContext*;

 public:
  // `before` is called before each change, with the disk at rest.
  explicit TornDisk(std::function<void(TornDisk&)> before)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), before_(std::move(before)) {}

  const char* Name() const override { return "TornDisk"; }

  // Only from `before`.
  void cut(const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    copy_folder(from, to);
    const auto place = [&](Path path) { return to / std::filesystem::relative(path, from); };
    auto files = files_;
    for (auto& [folder, changes] : changes_) {
      const std::size_t kept = random() % (changes.size() + 1);
      for (std::size_t i = changes.size(); i > kept; --i) undo(changes[i - 1], files, place);
    }
    for (const auto& [path, state] : files) tear(place(path), state, random);
  }

  rocksdb::IOStatus NewWritableFile(Path path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override {
    return change([&] {
      Change made{path, {}, bytes_if_there(path), state_of(path)};
      std::unique_ptr<rocksdb::FSWritableFile> file;
      rocksdb::IOStatus status = target_->NewWritableFile(path, options, &file, debug);
      if (!status.ok()) return status;
      note(std::move(made));
      files_[path] = {};
      *result = std::make_unique<File>(std::move(file), path, *this);
      return status;
    });
  }
  rocksdb::IOStatus RenameFile(Path from, Path to, Options options, Debug debug) override {
    return change([&] {
      Change made{to, from, bytes_if_there(to), state_of(to)};
      rocksdb::IOStatus status = target_->RenameFile(from, to, options, debug);
      if (!status.ok()) return status;
      note(std::move(made));
      files_[to] = files_[from];
      files_.erase(from);
      return status;
    });
  }
  rocksdb::IOStatus DeleteFile(Path path, Options options, Debug debug) override {
    return change([&] {
      Change made{path, "", bytes_if_there(path), state_of(path)};
      made.removed = true;
      rocksdb::IOStatus status = target_->DeleteFile(path, options, debug);
      if (!status.ok()) return status;
      note(std::move(made));
      files_.erase(path);
      return status;
    });
  }
  rocksdb::IOStatus NewDirectory(Path path, Options options, std::unique_ptr<rocksdb::FSDirectory>* result,
                                 Debug debug) override {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    rocksdb::IOStatus status = target_->NewDirectory(path, options, &folder, debug);
    if (status.ok()) *result = std::make_unique<FolderHandle>(std::move(folder), path, *this);
    return status;
  }

 private:
  struct State {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  using States = std::map<std::string, State>;

  // A name that came, moved or went; and what stood there before.
  struct Change {
    std::string path;
    std::string from;
    std::optional<std::string> before;
    State state;
    bool removed = false;
  };

  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, TornDisk& disk)
        : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, Options options, Debug debug) override {
      return disk_.change([&] {
        rocksdb::IOStatus status = FSWritableFileOwnerWrapper::Append(data, options, debug);
        if (auto file = disk_.files_.find(path_); file != disk_.files_.end()) file->second.size += data.size();
        return status;
      });
    }
    rocksdb::IOStatus Sync(Options options, Debug debug) override { return synced(options, debug); }
    rocksdb::IOStatus Fsync(Options options, Debug debug) override { return synced(options, debug); }

   private:
    // Not really synced: it is the same to this disk.
    rocksdb::IOStatus synced(Options, Debug) {
      return disk_.change([&] {
        if (auto file = disk_.files_.find(path_); file != disk_.files_.end()) file->second.synced = file->second.size;
        return rocksdb::IOStatus::OK();
      });
    }

    std::string path_;
    TornDisk& disk_;
  };

  class FolderHandle final : public rocksdb::FSDirectoryWrapper {
   public:
    FolderHandle(std::unique_ptr<rocksdb::FSDirectory> folder, std::string path, TornDisk& disk)
        : FSDirectoryWrapper(std::move(folder)), path_(std::move(path)), disk_(disk) {}

    rocksdb::IOStatus Fsync(Options, Debug) override { return synced(); }
    rocksdb::IOStatus FsyncWithDirOptions(Options, Debug, const rocksdb::DirFsyncOptions&) override { return synced(); }

   private:
    rocksdb::IOStatus synced() {
      return disk_.change([&] {
        disk_.changes_[path_].clear();
        return rocksdb::IOStatus::OK();
      });
    }

    std::string path_;
    TornDisk& disk_;
  };

  template <class Work>
  rocksdb::IOStatus change(Work&& work) {
    std::lock_guard lock(mutex_);
    before_(*this);
    return work();
  }

  void note(Change made) {
    changes_[std::filesystem::path(made.path).parent_path().string()].push_back(std::move(made));
  }

  State state_of(Path path) const {
    auto found = files_.find(path);
    return found == files_.end() ? State{} : found->second;
  }

  static std::optional<std::string> bytes_if_there(Path path) {
    if (!std::filesystem::exists(path)) return std::nullopt;
    return read_bytes(path);
  }

  template <class Place>
  static void undo(const Change& made, States& files, Place&& place) {
    if (!made.from.empty()) {
      std::filesystem::rename(place(made.path), place(made.from));
      files[made.from] = files[made.path];
    } else if (!made.removed) {
      std::filesystem::remove(place(made.path));
    }
    files.erase(made.path);
    if (!made.before) return;
    write_bytes(place(made.path), *made.before);
    files[made.path] = made.state;
  }

  static void tear(const std::filesystem::path& file, State state, std::mt19937_64& random) {
    if (state.size == state.synced || !std::filesystem::exists(file)) return;
    const std::uint64_t kept = state.synced + random() % (state.size - state.synced + 1);
    std::filesystem::resize_file(file, kept);
    if (random() % 3 != 0 || kept == state.synced) return;
    std::string bytes = read_bytes(file);
    const std::uint64_t hole = state.synced + random() % (kept - state.synced);
    for (std::uint64_t i = hole; i < std::min(kept, hole + 512); ++i) bytes[i] = 0;
    write_bytes(file, bytes);
  }

  std::function<void(TornDisk&)> before_;
  std::mutex mutex_;
  States files_;
  std::map<std::string, std::vector<Change>> changes_;  // by folder, since its last sync
};

}  // namespace satchel::store
