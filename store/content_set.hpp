// A set of content numbers that is cheap to copy and to publish: numbers are dense, so they stand as
// bits in chunks that copies share.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <memory>

#include "store/ids.hpp"

namespace satchel::store {

class ContentSet {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  bool contains(ContentNumber content) const {
    const auto found = chunks_.find(content.value / chunk_bits);
    return found != chunks_.end() && (word(*found->second, content) & bit(content)) != 0;
  }
  void insert(ContentNumber content) {
    std::uint64_t& at = own(content);
    size_ += (at & bit(content)) == 0 ? 1 : 0;
    at |= bit(content);
  }
  void erase(ContentNumber content) {
    if (!contains(content)) return;
    own(content) &= ~bit(content);
    --size_;
  }
  // In ascending order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [number, chunk] : chunks_)
      for (std::size_t i = 0; i < chunk->size(); ++i)
        for (std::uint64_t bits = (*chunk)[i]; bits != 0; bits &= bits - 1)
          visit(ContentNumber{number * chunk_bits + i * 64 + std::uint64_t(std::countr_zero(bits))});
  }

 private:
  static constexpr std::uint64_t chunk_bits = 4096;
  using Chunk = std::array<std::uint64_t, chunk_bits / 64>;

  static std::uint64_t bit(ContentNumber content) { return std::uint64_t{1} << (content.value % 64); }
  static std::uint64_t word(const Chunk& chunk, ContentNumber content) {
    return chunk[content.value % chunk_bits / 64];
  }
  std::uint64_t& own(ContentNumber content) {
    std::shared_ptr<Chunk>& chunk = chunks_[content.value / chunk_bits];
    if (!chunk)
      chunk = std::make_shared<Chunk>();
    else if (chunk.use_count() != 1)
      chunk = std::make_shared<Chunk>(*chunk);
    return (*chunk)[content.value % chunk_bits / 64];
  }

  std::map<std::uint64_t, std::shared_ptr<Chunk>> chunks_;
  std::size_t size_ = 0;
};

}  // namespace satchel::store
