// Files and folders in memory of which a power cut leaves what was synced, and no more than a real disk might
// add to it: any of the pages written since, and the first of the name changes of each folder. A sync that fails
// marks the pages clean, as kernels do: a second sync of them works, and they are lost all the same.
// One thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace forgetful {

constexpr std::size_t page_size = 4096;

struct Node;
using NodePtr = std::shared_ptr<Node>;
using Names = std::map<std::string, NodePtr>;
// Happens together or not at all: names, each with what it means then (null: nothing any more).
using NameChange = std::vector<std::pair<std::string, NodePtr>>;

struct Node {
  bool folder = false;
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::int64_t changed = 0;  // seconds since 1970

  // A file: as it is read, and as a cut leaves it.
  std::string now;
  std::string durable;
  std::set<std::size_t> dirty;  // pages that were written since the last sync

  // A folder.
  Names names;
  Names durable_names;
  std::vector<NameChange> unsynced;  // oldest first
};

void write(Node& file, std::string_view bytes, std::size_t offset);
void resize(Node& file, std::size_t size);
void rename(Node& folder, const NameChange& change);

enum class Sync : std::uint8_t { done, failed };
// Of a file or a folder; after a failed one nothing of it is durable, and nothing is dirty.
void sync(Node& node, Sync outcome);
void sync_everything(Node& folder);

struct Lost {
  std::size_t pages = 0;
  std::size_t names = 0;  // changes of names
};
// What is lost comes out of `chance`; null: all that was not synced.
Lost cut(Node& folder, std::mt19937_64* chance);

}  // namespace forgetful
