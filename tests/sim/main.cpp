// sim FROM:TO [KIND ...]: worlds of these seeds, one line for each that went wrong. With --verbose a world is told step
// by step; with --first the first one that went wrong is the last.
#include <chrono>
#include <iomanip>
#include <iostream>

#include "world.hpp"

using namespace satchel::sim;

namespace {

const std::map<std::string, model::Traits>& personalities() {
  static const std::map<std::string, model::Traits> all = {{"qresync", model::qresync()},
                                                           {"condstore", model::condstore()},
                                                           {"plain", model::plain()},
                                                           {"throttling", model::throttling()},
                                                           {"gmail_like", model::gmail_like()},
                                                           {"exchange_like", model::exchange_like()},
                                                           {"vanishes_what_exists", model::vanishes_what_exists()},
                                                           {"modseq_goes_back", model::modseq_goes_back()},
                                                           {"empty_list", model::empty_list()},
                                                           {"uid_validity_flaps", model::uid_validity_flaps()},
                                                           {"uid_next_early", model::uid_next_early()},
                                                           {"expunge_for_another", model::expunge_for_another()}};
  return all;
}

void print(const std::map<std::string, RowCounts>& conflicts) {
  std::cout << std::left << std::setw(26) << "met";
  for (const auto& [name, counts] : conflicts) std::cout << std::right << std::setw(int(name.size()) + 2) << name;
  for (std::size_t row = 0; row < row_count; ++row) {
    std::cout << "\n" << std::left << std::setw(26) << name_of(Row(row));
    for (const auto& [name, counts] : conflicts)
      std::cout << std::right << std::setw(int(name.size()) + 2) << counts[row];
  }
  std::cout << "\n";
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> words(arguments + 1, arguments + count);
  const bool verbose = std::erase(words, "--verbose") > 0;
  const bool first = std::erase(words, "--first") > 0;
  if (words.empty()) {
    std::cerr << "sim FROM:TO [KIND ...] [--verbose] [--first]\n";
    return 2;
  }
  const std::size_t colon = words[0].find(':');
  const std::uint64_t from = std::stoull(words[0]);
  const std::uint64_t to = colon == std::string::npos ? from + 1 : std::stoull(words[0].substr(colon + 1));
  std::vector<std::string> names(words.begin() + 1, words.end());
  if (names.empty())
    for (const auto& [name, traits] : personalities()) names.push_back(name);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t worlds = 0, wrong = 0;
  Figures sum;
  std::map<std::string, RowCounts> conflicts;
  for (const std::string& name : names)
    for (std::uint64_t seed = from; seed < to; ++seed) {
      World world(seed, personalities().at(name), verbose);
      std::optional<std::string> failure;
      try {
        failure = world.run();
      } catch (const std::exception& error) {
        failure = error.what();
      }
      ++worlds;
      sum.commands += world.figures.commands;
      sum.crashes += world.figures.crashes;
      sum.cuts += world.figures.cuts;
      sum.connections += world.figures.connections;
      sum.parked += world.figures.parked;
      sum.not_compared += world.figures.not_compared;
      for (std::size_t row = 0; row < row_count; ++row) conflicts[name][row] += world.figures.conflicts[row];
      if (!failure) continue;
      ++wrong;
      std::cout << "seed " << seed << " " << name << ": " << *failure << std::endl;
      if (first) return 1;
    }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << worlds << " worlds, " << wrong << " wrong, " << std::uint64_t(double(worlds) / took.count())
            << " a second; " << sum.commands << " commands, " << sum.crashes << " crashes, " << sum.cuts << " cuts, "
            << sum.connections << " connections, " << sum.parked << " times something was parked, " << sum.not_compared
            << " worlds not compared\n";
  print(conflicts);
  return wrong ? 1 : 0;
}
