// A disk in memory for a store under test: its power can be cut, and its calls can fail. It knows which bytes and which
// names were synced; a cut keeps these, and of the rest what it likes: of a file's new bytes any, page by page, the
// last write torn; of a folder's new entries any, in any order, but none before an older one of the same name. A sync
// that failed marks what it was to write as clean: no later sync of that file makes anything durable any more.
// Thread-safe. Owned by the test.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace satchel::tests {

class LossyDisk : public std::enable_shared_from_this<LossyDisk> {
 public:
  // The folder `home` is there from the beginning and stays.
  static std::shared_ptr<LossyDisk> make(const std::string& home);

  // The disk as a program sees it. After power_off() each of its calls fails.
  std::shared_ptr<rocksdb::FileSystem> mount();

  // What is there when the power is cut at this moment, as a disk of its own. This one goes on.
  std::shared_ptr<LossyDisk> after_cut(std::uint64_t seed) const;
  void power_off();

  // The n-th call from now on that changes something fails (1: the next one). An append that fails may leave part of
  // what it was to write.
  void fail_call(std::uint64_t n, rocksdb::IOStatus with);
  // Takes that back. True: a call failed meanwhile.
  bool stop_failing();

  // Called before each call that changes something, with the disk at rest.
  std::function<void()> before;

 private:
  friend class Mount;
  friend class LossyWritable;
  friend class LossyFolder;
  friend class LossyReader;

  struct Node {
    bool folder = false;
    std::string bytes;
    std::size_t synced = 0;  // so many of the first ones are there after a cut
    bool stuck = false;      // a sync failed
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;
  // What one call did to the names of one folder; null: the name is gone.
  struct Change {
    std::string folder;
    std::vector<std::pair<std::string, NodePtr>> names;
  };

  LossyDisk() = default;

  // Runs `work` as one call that changes something; `failing` where it is the one that is to fail.
  template <class Work, class Failing>
  rocksdb::IOStatus change(Work&& work, Failing&& failing);
  template <class Work>
  rocksdb::IOStatus change(Work&& work) {
    return change(std::forward<Work>(work), [] {});
  }

  NodePtr find(const std::string& path) const;
  void set(std::vector<std::pair<std::string, NodePtr>> names);
  void sync_folder(const std::string& folder);
  static NodePtr torn(const Node& node, std::mt19937_64& random);

  mutable std::recursive_mutex mutex_;
  bool on_ = true;
  Names names_;
  Names synced_names_;
  std::vector<Change> changes_;  // not synced yet, in order
  std::set<std::string> locked_;
  std::uint64_t until_failure_ = 0;  // 0: never
  std::optional<rocksdb::IOStatus> failure_;
  bool failed_ = false;
};

}  // namespace satchel::tests
