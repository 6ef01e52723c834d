#include "store/mailbox.hpp"

#include <algorithm>

namespace satchel::store {
namespace {

constexpr std::size_t longest_log = 1024;

template <class T>
void sort_once(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

std::vector<ModSeq> VanishedLog::add(Vanished entry) {
  entries_.push_back(std::make_shared<Vanished>(std::move(entry)));
  if (entries_.size() <= longest_log) return {};
  const auto end = entries_.begin() + std::ptrdiff_t(longest_log / 2);
  std::vector<ModSeq> modseqs;
  auto folded = std::make_shared<Vanished>();
  for (auto one = entries_.begin(); one != end; ++one) {
    modseqs.push_back((*one)->modseq);
    folded->uids.insert(folded->uids.end(), (*one)->uids.begin(), (*one)->uids.end());
    folded->skipped.insert(folded->skipped.end(), (*one)->skipped.begin(), (*one)->skipped.end());
  }
  folded->modseq = modseqs.back();
  sort_once(folded->uids);
  sort_once(folded->skipped);
  entries_.erase(entries_.begin(), end);
  entries_.insert(entries_.begin(), std::move(folded));
  return modseqs;
}

}  // namespace satchel::store
