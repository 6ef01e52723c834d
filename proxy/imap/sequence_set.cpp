#include "proxy/imap/sequence_set.hpp"

#include <charconv>

#include "proxy/imap/limits.hpp"

namespace satchel::imap {
namespace {

// seq-number = nz-number / "*"
bool take_number(std::string_view& text, std::uint32_t& into) {
  if (text.starts_with('*')) {
    into = SequenceSet::star;
    text.remove_prefix(1);
    return true;
  }
  if (text.empty() || text.front() < '1' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (error != std::errc()) return false;
  text.remove_prefix(std::size_t(end - text.data()));
  return true;
}

void write_number(std::uint32_t number, std::string& out) {
  if (number == SequenceSet::star)
    out += '*';
  else
    out += std::to_string(number);
}

}  // namespace

SequenceSet SequenceSet::of(std::vector<std::uint32_t> numbers) {
  if (!std::is_sorted(numbers.begin(), numbers.end())) std::sort(numbers.begin(), numbers.end());
  std::vector<NumberRange> ranges;
  for (const std::uint32_t number : numbers) {
    if (number == 0) continue;
    if (!ranges.empty() && number - ranges.back().last <= 1)
      ranges.back().last = number;
    else
      ranges.push_back({number, number});
  }
  return SequenceSet(std::move(ranges));
}

std::optional<SequenceSet> SequenceSet::parse(std::string_view text) {
  SequenceSet set;
  while (true) {
    NumberRange range;
    if (!take_number(text, range.first)) return std::nullopt;
    range.last = range.first;
    if (text.starts_with(':')) {
      text.remove_prefix(1);
      if (!take_number(text, range.last)) return std::nullopt;
    }
    if (set.ranges_.size() == max_set_ranges) return std::nullopt;
    set.ranges_.push_back(range);
    if (text.empty()) return set;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
}

bool SequenceSet::has_star() const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [](const NumberRange& range) { return range.first == star || range.last == star; });
}

std::vector<NumberRange> SequenceSet::resolve(std::uint32_t largest) const {
  std::vector<NumberRange> sorted;
  sorted.reserve(ranges_.size());
  for (NumberRange range : ranges_) {
    if (largest == 0 && (range.first == star || range.last == star)) continue;  // nothing is in use
    if (range.first == star) range.first = largest;
    if (range.last == star) range.last = largest;
    if (range.first > range.last) std::swap(range.first, range.last);
    sorted.push_back(range);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<NumberRange> merged;
  for (const NumberRange& range : sorted) {
    if (!merged.empty() && (range.first <= merged.back().last || range.first - 1 == merged.back().last))
      merged.back().last = std::max(merged.back().last, range.last);
    else
      merged.push_back(range);
  }
  return merged;
}

std::string SequenceSet::write() const {
  std::string out;
  for (const NumberRange& range : ranges_) {
    if (!out.empty()) out += ',';
    write_number(range.first, out);
    if (range.last == range.first) continue;
    out += ':';
    write_number(range.last, out);
  }
  return out;
}

bool contains(const std::vector<NumberRange>& ranges, std::uint32_t number) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), number,
                       [](std::uint32_t value, const NumberRange& range) { return value < range.first; });
  return after != ranges.begin() && number <= std::prev(after)->last;
}

}  // namespace satchel::imap
