#include "shrink.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace satchel::sim {

namespace {

// What went wrong without what it went wrong with: "twice: 30: 1 to 1 added" and "twice: 70: ..." are the same.
std::string kind_of(const std::string& wrong) {
  return wrong.substr(0, wrong.find_first_of(":0123456789"));
}

class Shrinking {
 public:
  Shrinking(std::uint64_t seed, const model::Traits& traits, LeftOut left_out)
      : seed_(seed), traits_(traits), left_out_(std::move(left_out)) {}

  LeftOut run() {
    const Outcome first = play(seed_, traits_, false, left_out_);
    if (!first.wrong) return left_out_;
    kind_ = kind_of(*first.wrong);
    left_out_.more = first.more;
    for (int act = 1; act <= first.last_act; ++act)
      if (!left_out_.acts.contains(act)) acts_.push_back(act);
    LeftOut calm = left_out_;
    calm.breaks = true;
    try_without(calm);
    for (std::size_t many = std::max<std::size_t>(acts_.size() / 2, 1);;) {
      const bool fewer = pass(many);
      if (many > 1)
        many /= 2;
      else if (!fewer)
        return left_out_;
    }
  }

 private:
  bool try_without(const LeftOut& less) {
    const Outcome outcome = play(seed_, traits_, false, less);
    if (!outcome.wrong || kind_of(*outcome.wrong) != kind_) return false;
    left_out_ = less;
    return true;
  }

  // Tries to do without each `many` acts in a row, the last ones first: what comes after them may hang on them.
  bool pass(std::size_t many) {
    bool fewer = false;
    for (std::size_t end = acts_.size(); end > 0;) {
      const std::size_t begin = end > many ? end - many : 0;
      const auto from = acts_.begin() + std::ptrdiff_t(begin), to = acts_.begin() + std::ptrdiff_t(end);
      LeftOut less = left_out_;
      less.acts.insert(from, to);
      if (try_without(less)) {
        acts_.erase(from, to);
        fewer = true;
      }
      end = begin;
    }
    return fewer;
  }

  std::uint64_t seed_;
  const model::Traits& traits_;
  LeftOut left_out_;
  std::string kind_;
  std::vector<int> acts_;  // that are still there
};

int number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("acts are numbers: 3,7,10-20");
  return number;
}

}  // namespace

Outcome play(std::uint64_t seed, const model::Traits& traits, bool verbose, const LeftOut& left_out) {
  Outcome outcome;
  World world(seed, traits, verbose, left_out);
  try {
    outcome.wrong = world.run();
  } catch (const std::exception& error) {
    outcome.wrong = error.what();
  }
  outcome.figures = world.figures;
  outcome.last_act = world.last_act();
  outcome.more = world.more();
  outcome.story = world.story();
  return outcome;
}

LeftOut shrink(std::uint64_t seed, const model::Traits& traits, LeftOut left_out) {
  return Shrinking(seed, traits, std::move(left_out)).run();
}

std::set<int> parse_acts(std::string_view words) {
  std::set<int> acts;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(','));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    const std::size_t dash = word.find('-');
    const int from = number_in(word.substr(0, dash));
    const int to = dash == std::string_view::npos ? from : number_in(word.substr(dash + 1));
    for (int act = from; act <= to; ++act) acts.insert(act);
  }
  return acts;
}

std::string write_acts(const std::set<int>& acts) {
  std::string text;
  for (auto first = acts.begin(); first != acts.end();) {
    auto last = first;
    for (auto next = std::next(last); next != acts.end() && *next == *last + 1; ++next) last = next;
    text += (text.empty() ? "" : ",") + std::to_string(*first);
    if (last != first) text += "-" + std::to_string(*last);
    first = std::next(last);
  }
  return text;
}

}  // namespace satchel::sim
