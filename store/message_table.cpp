#include <algorithm>

#include "store/message.hpp"

namespace satchel::store {
namespace {

bool below(const Message& message, Uid uid) {
  return message.uid < uid;
}

}  // namespace

// The chunk in which `uid` is, or would be.
std::size_t MessageTable::chunk_of(Uid uid) const {
  const auto after = std::upper_bound(chunks_.begin(), chunks_.end(), uid,
                                      [](Uid value, const auto& chunk) { return value < chunk->messages.front().uid; });
  return after == chunks_.begin() ? 0 : std::size_t(after - chunks_.begin()) - 1;
}

// A chunk that only this table holds. Two tables never change the same chunk: what is shared is copied.
MessageTable::Chunk& MessageTable::own_chunk(std::size_t index) {
  auto& chunk = chunks_[index];
  if (chunk.use_count() != 1) chunk = std::make_shared<Chunk>(*chunk);
  return const_cast<Chunk&>(*chunk);
}

const Message* MessageTable::first_from(Uid uid) const {
  if (chunks_.empty()) return nullptr;
  for (std::size_t index = chunk_of(uid); index < chunks_.size(); ++index) {
    const auto& messages = chunks_[index]->messages;
    const auto at = std::lower_bound(messages.begin(), messages.end(), uid, below);
    if (at != messages.end()) return &*at;
  }
  return nullptr;
}

const Message* MessageTable::find(Uid uid) const {
  if (chunks_.empty()) return nullptr;
  const auto& messages = chunks_[chunk_of(uid)]->messages;
  const auto at = std::lower_bound(messages.begin(), messages.end(), uid, below);
  return at != messages.end() && at->uid == uid ? &*at : nullptr;
}

void MessageTable::put(const Message& message) {
  if (chunks_.empty()) chunks_.push_back(std::make_shared<Chunk>());
  std::size_t index = chunks_.front()->messages.empty() ? 0 : chunk_of(message.uid);
  if (index + 1 == chunks_.size() && chunks_[index]->messages.size() >= chunk_size &&
      chunks_[index]->messages.back().uid < message.uid) {
    chunks_.push_back(std::make_shared<Chunk>());
    ++index;
  }
  Chunk& chunk = own_chunk(index);
  if (chunk.messages.empty()) chunk.messages.reserve(chunk_size);
  const auto at = std::lower_bound(chunk.messages.begin(), chunk.messages.end(), message.uid, below);
  if (at != chunk.messages.end() && at->uid == message.uid) {
    *at = message;
  } else {
    chunk.messages.insert(at, message);
    ++size_;
  }
  chunk.highest = std::max(chunk.highest, message.modseq);
  if (chunk.messages.size() <= 2 * chunk_size) return;
  auto upper = std::make_shared<Chunk>();
  upper->highest = chunk.highest;
  upper->messages.assign(chunk.messages.begin() + std::ptrdiff_t(chunk_size), chunk.messages.end());
  chunk.messages.resize(chunk_size);
  chunks_.insert(chunks_.begin() + std::ptrdiff_t(index) + 1, std::move(upper));
}

bool MessageTable::erase(Uid uid) {
  if (find(uid) == nullptr) return false;
  const std::size_t index = chunk_of(uid);
  Chunk& chunk = own_chunk(index);
  chunk.messages.erase(std::lower_bound(chunk.messages.begin(), chunk.messages.end(), uid, below));
  --size_;
  if (chunk.messages.empty()) chunks_.erase(chunks_.begin() + std::ptrdiff_t(index));
  return true;
}

}  // namespace satchel::store
