#include "tests/support/forgetful_files.hpp"

#include <algorithm>

namespace forgetful {
namespace {

void apply(Names& names, const NameChange& change) {
  for (const auto& [name, node] : change) {
    if (node)
      names[name] = node;
    else
      names.erase(name);
  }
}

// The page as it is now, as far as the durable file reaches.
void keep_page(Node& file, std::size_t page) {
  const std::size_t begin = page * page_size;
  const std::size_t end = std::min({begin + page_size, file.now.size(), file.durable.size()});
  if (begin < end) file.durable.replace(begin, end - begin, file.now, begin, end - begin);
}

bool heads(std::mt19937_64& chance) {
  return (chance() & 1) != 0;
}

// Some of the pages reached the disk, in any order, the last one perhaps in part.
void keep_some(Node& file, std::mt19937_64& chance, Lost& lost) {
  const std::size_t least = std::min(file.durable.size(), file.now.size());
  const std::size_t most = std::max(file.durable.size(), file.now.size());
  if (heads(chance)) file.durable.resize(least + chance() % (most - least + 1));
  for (const std::size_t page : file.dirty) {
    if (heads(chance))
      keep_page(file, page);
    else
      ++lost.pages;
  }
}

void cut_file(Node& file, std::mt19937_64* chance, Lost& lost) {
  if (chance != nullptr)
    keep_some(file, *chance, lost);
  else
    lost.pages += file.dirty.size();
  file.now = file.durable;
  file.dirty.clear();
}

}  // namespace

void resize(Node& file, std::size_t size) {
  const std::size_t before = std::min(file.now.size(), size);
  const std::size_t after = std::max(file.now.size(), size);
  for (std::size_t page = before / page_size; page * page_size < after; ++page) file.dirty.insert(page);
  file.now.resize(size);
}

void write(Node& file, std::string_view bytes, std::size_t offset) {
  if (bytes.empty()) return;
  if (offset + bytes.size() > file.now.size()) resize(file, offset + bytes.size());
  file.now.replace(offset, bytes.size(), bytes);
  for (std::size_t page = offset / page_size; page * page_size < offset + bytes.size(); ++page) file.dirty.insert(page);
}

void rename(Node& folder, const NameChange& change) {
  apply(folder.names, change);
  folder.unsynced.push_back(change);
}

void sync(Node& node, Sync outcome) {
  if (outcome == Sync::done) {
    for (const NameChange& change : node.unsynced) apply(node.durable_names, change);
    if (!node.dirty.empty()) node.durable.resize(node.now.size());
    for (const std::size_t page : node.dirty) keep_page(node, page);
  }
  node.unsynced.clear();
  node.dirty.clear();
}

void sync_everything(Node& folder) {
  sync(folder, Sync::done);
  for (const auto& [name, node] : folder.names) {
    if (node->folder)
      sync_everything(*node);
    else
      sync(*node, Sync::done);
  }
}

Lost cut(Node& folder, std::mt19937_64* chance) {
  Lost lost;
  std::size_t kept = chance != nullptr ? (*chance)() % (folder.unsynced.size() + 1) : 0;
  lost.names = folder.unsynced.size() - kept;
  for (const NameChange& change : folder.unsynced)
    if (kept > 0) {
      apply(folder.durable_names, change);
      --kept;
    }
  folder.unsynced.clear();
  folder.names = folder.durable_names;
  for (const auto& [name, node] : folder.names) {
    if (!node->folder) {
      cut_file(*node, chance, lost);
      continue;
    }
    const Lost below = cut(*node, chance);
    lost.pages += below.pages;
    lost.names += below.names;
  }
  return lost;
}

}  // namespace forgetful
