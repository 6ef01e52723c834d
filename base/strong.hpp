// Integers that cannot be mistaken for one another: a Uid is no SequenceNumber.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace satchel {

template <class Tag, class Integer>
struct Strong {
  Integer value = 0;

  constexpr Strong() = default;
  constexpr explicit Strong(Integer v) : value(v) {}
  constexpr explicit operator bool() const { return value != 0; }  // zero always means "none"
  friend constexpr auto operator<=>(Strong, Strong) = default;
};

}  // namespace satchel

template <class Tag, class Integer>
struct std::hash<satchel::Strong<Tag, Integer>> {
  std::size_t operator()(satchel::Strong<Tag, Integer> v) const noexcept { return std::hash<Integer>{}(v.value); }
};
