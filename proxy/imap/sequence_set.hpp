// sequence-set (RFC 3501 section 9): numbers, ranges, "*". Costs grow with what is written, never
// with the range that is meant.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace satchel::imap {

struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

class SequenceSet {
 public:
  static constexpr std::uint32_t star = 0;  // in ranges(): the largest number in use

  SequenceSet() = default;
  explicit SequenceSet(std::vector<NumberRange> ranges) : ranges_(std::move(ranges)) {}
  // From numbers in any order: the shortest set of ranges.
  static SequenceSet of(std::vector<std::uint32_t> numbers);
  // All of `text` must be one set; nothing if it is none, is empty, has a 0, or more than max_set_ranges.
  static std::optional<SequenceSet> parse(std::string_view text);

  const std::vector<NumberRange>& ranges() const { return ranges_; }  // as written: may overlap, be reversed, hold star
  bool empty() const { return ranges_.empty(); }
  bool has_star() const;

  // Ascending, without overlap, "*" replaced by `largest`. What is beyond `largest` stays, but for "n:*" with
  // n larger, which means "largest" (RFC 3501: the order of a range does not matter).
  std::vector<NumberRange> resolve(std::uint32_t largest) const;

  std::string write() const;
  friend bool operator==(const SequenceSet&, const SequenceSet&) = default;

 private:
  std::vector<NumberRange> ranges_;
};

// `ranges` as resolve() gives them.
bool contains(const std::vector<NumberRange>& ranges, std::uint32_t number);

// Calls visit(i) for each index i of `ascending` whose number is in `ranges` (as resolve() gives
// them), in order. `number_of` turns an element into its number. The cost grows with the ranges and
// with what is found, never with what a range means (attack M7).
template <class Numbers, class NumberOf, class Visit>
void for_each_in(const std::vector<NumberRange>& ranges, const Numbers& ascending, NumberOf number_of, Visit visit) {
  auto from = std::begin(ascending);
  for (const NumberRange& range : ranges) {
    from = std::partition_point(from, std::end(ascending),
                                [&](const auto& element) { return number_of(element) < range.first; });
    for (; from != std::end(ascending) && number_of(*from) <= range.last; ++from)
      visit(static_cast<std::size_t>(from - std::begin(ascending)));
  }
}

}  // namespace satchel::imap
