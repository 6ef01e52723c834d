// A store in a folder of its own, filled with rows and contents that are told from their number.
#pragma once

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "store/anchor.hpp"
#include "store/sealed_file_system.hpp"
#include "store/sealed_store.hpp"

namespace satchel::store {

class Folder {
 public:
  Folder() {
    // In memory where the machine has such a place: thousands of syncs, and no power is cut here.
    const std::filesystem::path memory = "/dev/shm";
    const auto parent = ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
    std::string name = (parent / "satchel-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(std::filesystem::file_size(file), '\0');
  in.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(std::size_t(in.gcount()));
  return bytes;
}

inline void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), std::streamsize(bytes.size()));
}

inline std::vector<std::filesystem::path> files_under(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// The file of this kind with the highest number that is not empty.
inline std::filesystem::path newest(const std::filesystem::path& folder, FileKind kind) {
  std::filesystem::path found;
  std::uint64_t best = 0;
  for (const auto& file : files_under(folder)) {
    const FileName name = file_name(file.string());
    if (name.kind != kind || (!found.empty() && name.number < best)) continue;
    found = file;
    best = name.number;
  }
  return found;
}

inline void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

inline void flip(const std::filesystem::path& file, std::size_t at, unsigned char bits = 1) {
  std::string bytes = read_bytes(file);
  ASSERT_LT(at, bytes.size());
  bytes[at] = char(bytes[at] ^ bits);
  write_bytes(file, bytes);
}

inline void cut(const std::filesystem::path& file, std::size_t to) {
  std::filesystem::resize_file(file, to);
}

inline WriteBatch one(std::string key, std::string value) {
  WriteBatch batch;
  batch.put(std::move(key), std::move(value));
  return batch;
}

inline std::string row_key(int number) {
  char key[24];
  std::snprintf(key, sizeof key, "row%08d", number);
  return key;
}

inline std::string row_value(int number) {
  return "value " + std::to_string(number) + std::string(std::size_t(number % 90), 'v');
}

// Half of it compresses.
inline std::string content(int number, std::size_t size) {
  std::uint64_t word = std::uint64_t(number) * 0x9e3779b97f4a7c15 + 1;
  std::string bytes;
  bytes.reserve(size + 16);
  while (bytes.size() < size) {
    word = word * 6364136223846793005 + 1442695040888963407;
    bytes.append(reinterpret_cast<const char*>(&word), 8);
    bytes.append("compress");
  }
  bytes.resize(size);
  return bytes;
}

inline Result<SealedStore> open_store(const Folder& home, const crypto::Key& key, Setup setup = Setup::existing) {
  return open_sealed_store(home / "store", key, setup);
}

inline void write_rows(Database& database, int from, int to) {
  for (int i = from; i < to; ++i) {
    auto written = database.write_durable(one(row_key(i), row_value(i)));
    ASSERT_TRUE(written) << to_string(written.error().code) << ": " << written.error().text;
  }
}

// How many rows there are from the first on, all of them right; an error where reading fails.
inline Result<int> count_rows(const Database& database) {
  int count = 0;
  auto cursor = database.scan("row");
  for (; cursor->valid(); cursor->next(), ++count) {
    if (cursor->key() != row_key(count) || cursor->value() != row_value(count))
      return fail(ErrorCode::refused, "row " + std::to_string(count) + " is wrong: " + std::string(cursor->key()));
  }
  if (auto error = cursor->error(); !error) return error.error();
  return count;
}

// The file system of an open store, without RocksDB, over a folder that is there.
struct BareFiles {
  std::shared_ptr<Anchor> anchor;
  std::shared_ptr<SealedContext> context;
  std::shared_ptr<SealedFileSystem> files;
};

inline BareFiles bare_files(const std::string& folder, const crypto::Key& store_key,
                            std::shared_ptr<rocksdb::FileSystem> base = rocksdb::FileSystem::Default()) {
  crypto::Key key = crypto::files_key(store_key);
  auto loaded = Anchor::load(base, folder, key);
  auto anchor = loaded ? *loaded : Anchor::create(base, folder, key);
  auto context = std::make_shared<SealedContext>(std::move(key), anchor);
  return {anchor, context, std::make_shared<SealedFileSystem>(base, context)};
}

}  // namespace satchel::store
