#include <algorithm>
#include <limits>

#include "store/working_state.hpp"

namespace satchel::store {
namespace {

constexpr std::uint16_t most = std::numeric_limits<std::uint16_t>::max();

// At the top it stays: better kept for ever than dropped too early.
void up(std::uint16_t& count, std::uint32_t by) {
  count = std::uint16_t(std::min<std::uint32_t>(count + by, most));
}
void down(std::uint16_t& count) {
  if (count != 0 && count != most) --count;
}

}  // namespace

Holders::Count Holders::of(ContentNumber content) const {
  const auto found = chunks_.find(content.value / chunk_size);
  return found == chunks_.end() ? Count{} : (*found->second)[content.value % chunk_size];
}

Holders::Count& Holders::at(ContentNumber content) {
  std::unique_ptr<Chunk>& chunk = chunks_[content.value / chunk_size];
  if (!chunk) chunk = std::make_unique<Chunk>();
  return (*chunk)[content.value % chunk_size];
}

void Holders::add(ContentNumber content, bool visible_too) {
  Count& count = at(content);
  up(count.all, 1);
  if (visible_too) up(count.visible, 1);
}

void Holders::remove(ContentNumber content, bool visible_too) {
  Count& count = at(content);
  down(count.all);
  if (visible_too) down(count.visible);
}

void Holders::merge(ContentNumber from, ContentNumber to) {
  const Count moved = of(from);
  if (moved.all == 0) return;
  at(from) = {};
  Count& count = at(to);
  up(count.all, moved.all);
  up(count.visible, moved.visible);
}

}  // namespace satchel::store
