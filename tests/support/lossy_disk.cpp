#include "tests/support/lossy_disk.hpp"

#include <algorithm>
#include <cstring>

#include "tests/support/lossy_parts.hpp"

namespace satchel::tests {

LossyDisk::NodePtr LossyDisk::find(const std::string& path) const {
  const auto found = names_.find(plain(path));
  return found == names_.end() ? nullptr : found->second;
}

void LossyDisk::set(std::vector<std::pair<std::string, NodePtr>> names) {
  for (const auto& [path, node] : names)
    if (node)
      names_[path] = node;
    else
      names_.erase(path);
  const std::string folder = folder_of(names.front().first);
  changes_.push_back({folder, std::move(names)});
}

void LossyDisk::sync_folder(const std::string& folder) {
  std::erase_if(changes_, [&](const Change& one) {
    if (one.folder != folder) return false;
    for (const auto& [path, node] : one.names)
      if (node)
        synced_names_[path] = node;
      else
        synced_names_.erase(path);
    return true;
  });
}

LossyDisk::NodePtr LossyDisk::torn(const Node& node, std::mt19937_64& random) {
  const auto left = std::make_shared<Node>(node);
  left->stuck = false;
  const std::size_t loose = node.bytes.size() - node.synced;
  const auto way = random() % 4;
  if (way == 0) left->bytes.resize(node.synced);
  if (way >= 2 && loose > 0) {
    left->bytes.resize(node.synced + random() % (loose + 1));
    for (std::size_t at = node.synced; at < left->bytes.size(); at = (at / page + 1) * page)
      if (random() % 4 == 0)
        std::memset(left->bytes.data() + at, 0, std::min((at / page + 1) * page, left->bytes.size()) - at);
  }
  left->synced = left->bytes.size();
  return left;
}

std::shared_ptr<LossyDisk> LossyDisk::after_cut(std::uint64_t seed) const {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  Names names = synced_names_;
  std::set<std::string> given_up;
  const auto way = random() % 4;  // all, none, half of them, those before some moment
  const std::size_t moment = random() % (changes_.size() + 1);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const auto& touched = changes_[i].names;
    const bool kept = way == 0 || (way == 2 && random() % 2 == 0) || (way == 3 && i < moment);
    const bool follows =
        std::none_of(touched.begin(), touched.end(), [&](const auto& one) { return given_up.contains(one.first); });
    for (const auto& [path, node] : touched) {
      if (!kept || !follows)
        given_up.insert(path);
      else if (node)
        names[path] = node;
      else
        names.erase(path);
    }
  }
  std::erase_if(names, [&](const auto& one) {
    const std::string folder = folder_of(one.first);
    return !folder.empty() && !names.contains(folder);
  });
  const std::shared_ptr<LossyDisk> left(new LossyDisk());
  std::map<const Node*, NodePtr> nodes;
  for (const auto& [path, node] : names) {
    NodePtr& copy = nodes[node.get()];
    if (!copy) copy = torn(*node, random);
    left->names_[path] = copy;
  }
  left->synced_names_ = left->names_;
  return left;
}

void LossyDisk::power_off() {
  const std::lock_guard lock(mutex_);
  on_ = false;
}

void LossyDisk::fail_call(std::uint64_t n, IOStatus with) {
  const std::lock_guard lock(mutex_);
  until_failure_ = n;
  failure_ = std::move(with);
  failed_ = false;
}

bool LossyDisk::stop_failing() {
  const std::lock_guard lock(mutex_);
  until_failure_ = 0;
  return std::exchange(failed_, false);
}

std::shared_ptr<LossyDisk> LossyDisk::make(const std::string& home) {
  const std::shared_ptr<LossyDisk> disk(new LossyDisk());
  const auto node = std::make_shared<Node>();
  node->folder = true;
  disk->names_[home] = disk->synced_names_[home] = node;
  return disk;
}

}  // namespace satchel::tests
