// How the cost of reading grows with what is read (attack classes M2 and H: twice the bytes take at
// most 2.3 times as long). Counted in this thread's CPU time, so that what else the machine does
// matters little, and over four doublings, so that the answer is clear: what is linear takes 16
// times as long, what is quadratic 256 times.
#pragma once

#include <malloc.h>
#include <algorithm>
#include <cstddef>
#include <ctime>

namespace satchel::test {

inline constexpr double sixteenfold_limit = 2.3 * 2.3 * 2.3 * 2.3;

// Seconds of this thread.
inline double used_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// What was freed stays with the process: else each large content would pay the kernel for its pages anew, and the
// small one would not.
inline void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

// `cost(content)` gives seconds, `make(n)` a content of n pieces. How many times as much 16 * n cost as
// n, were it 16 times as many bytes: the best of some measurements of each, more of them while the answer is
// above the limit.
template <class Make, class Cost>
double sixteenfold_growth(std::size_t count, Make make, Cost cost) {
  keep_freed_memory();
  const auto small = make(count), large = make(16 * count);
  const double share = 16.0 * static_cast<double>(small.size()) / static_cast<double>(large.size());
  double least_small = 1e9, least_large = 1e9;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 4; ++i) least_small = std::min(least_small, cost(small));
    least_large = std::min(least_large, cost(large));
    if (round >= 1 && least_large * share < least_small * sixteenfold_limit) break;
  }
  return share * least_large / least_small;
}

}  // namespace satchel::test
