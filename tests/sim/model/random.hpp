// Numbers from a seed, the same on every machine (SplitMix64).
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace satchel::sim::model {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // Below `bound`; 0 where that is 0.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }

  // Once in `rate` on average; never where that is 0.
  bool once_in(unsigned rate) { return rate != 0 && below(rate) == 0; }

  template <class Value>
  void shuffle(std::vector<Value>& values, std::size_t first, std::size_t last) {
    for (std::size_t left = last - first; left > 1; --left)
      std::swap(values[first + left - 1], values[first + below(left)]);
  }

 private:
  std::uint64_t state_;
};

}  // namespace satchel::sim::model
