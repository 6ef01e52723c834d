// sim FROM:TO [KIND ...]: worlds of these seeds, one line for each that went wrong. KIND may be several with commas:
// then they take turns over the seeds. With --verbose a world is told step by step; with --first the first one that
// went wrong is the last; with --shrink each that went wrong is cut down, and its acts are told. --skip 3,7,10-20
// leaves these acts out, --calm the breaks of the line that come by themselves; --more names the acts at its end.
#include <sys/time.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iomanip>
#include <iostream>

#include "shrink.hpp"

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

struct Wanted {
  std::uint64_t from = 0, to = 0;
  std::vector<std::vector<std::string>> kinds;  // those of one row take turns
  bool verbose = false, first = false, shrunk = false;
  LeftOut left_out;
};

std::vector<std::string> split(const std::string& words) {
  std::vector<std::string> all(1);
  for (const char c : words)
    if (c == ',')
      all.emplace_back();
    else
      all.back() += c;
  return all;
}

Wanted wanted_by(std::vector<std::string> words) {
  Wanted wanted;
  wanted.verbose = std::erase(words, "--verbose") > 0;
  wanted.first = std::erase(words, "--first") > 0;
  wanted.shrunk = std::erase(words, "--shrink") > 0;
  wanted.left_out.breaks = std::erase(words, "--calm") > 0;
  if (const auto skip = std::find(words.begin(), words.end(), "--skip"); skip != words.end()) {
    if (std::next(skip) == words.end()) throw std::invalid_argument("--skip needs acts");
    wanted.left_out.acts = parse_acts(*std::next(skip));
    words.erase(skip, skip + 2);
  }
  if (const auto more = std::find(words.begin(), words.end(), "--more"); more != words.end()) {
    if (std::next(more) == words.end()) throw std::invalid_argument("--more needs acts");
    wanted.left_out.more = *std::next(more);
    words.erase(more, more + 2);
  }
  if (words.empty()) throw std::invalid_argument("no seeds");
  const std::size_t colon = words[0].find(':');
  wanted.from = std::stoull(words[0]);
  wanted.to = colon == std::string::npos ? wanted.from + 1 : std::stoull(words[0].substr(colon + 1));
  for (std::size_t i = 1; i < words.size(); ++i) wanted.kinds.push_back(split(words[i]));
  if (wanted.kinds.empty())
    for (const auto& [name, traits] : personalities()) wanted.kinds.push_back({name});
  for (const auto& row : wanted.kinds)
    for (const std::string& name : row)
      if (!personalities().contains(name)) throw std::invalid_argument("no such kind of server: " + name);
  return wanted;
}

// A world takes some milliseconds. One that is still not over after so many seconds of this process' work never will
// be.
constexpr int patience = 10;
std::string playing;

void give_up(int) {
  std::cout << playing << ": it does not end" << std::endl;
  std::_Exit(1);
}

void wait_for_the_end_of(std::uint64_t seed, const std::string& kind) {
  playing = "seed " + std::to_string(seed) + " " + kind;
  std::signal(SIGPROF, give_up);
  itimerval limit{};
  limit.it_value.tv_sec = patience;
  setitimer(ITIMER_PROF, &limit, nullptr);
}

void tell_shrunk(std::uint64_t seed, const std::string& kind, const LeftOut& left_out) {
  const model::Traits& traits = personalities().at(kind);
  const itimerval no_limit{};
  setitimer(ITIMER_PROF, &no_limit, nullptr);
  const LeftOut less = shrink(seed, traits, left_out);
  const Outcome outcome = play(seed, traits, false, less);
  for (const std::string& act : outcome.story) std::cout << "    " << act << "\n";
  std::cout << "    " << outcome.wrong.value_or("nothing is wrong") << "\n    sim " << seed << " " << kind
            << (less.breaks ? " --calm" : "");
  if (less.more && !less.more->empty()) std::cout << " --more " << *less.more;
  if (!less.acts.empty()) std::cout << " --skip " << write_acts(less.acts);
  std::cout << std::endl;
}

// A world in which not enough happened shows nothing.
std::optional<std::string> too_little(const Figures& figures) {
  if (figures.commands + figures.colleagues >= least_operations && figures.crashes >= least_crashes &&
      figures.cuts >= least_cuts)
    return std::nullopt;
  return "too little happened: " + std::to_string(figures.commands + figures.colleagues) + " operations, " +
         std::to_string(figures.crashes) + " deaths, " + std::to_string(figures.cuts) + " cuts";
}

int run(const Wanted& wanted) {
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t worlds = 0, wrong = 0;
  Figures sum;
  std::map<std::string, RowCounts> conflicts;
  for (const auto& row : wanted.kinds)
    for (std::uint64_t seed = wanted.from; seed < wanted.to; ++seed) {
      const std::string& name = row[seed % row.size()];
      wait_for_the_end_of(seed, name);
      const Outcome outcome = play(seed, personalities().at(name), wanted.verbose, wanted.left_out);
      ++worlds;
      sum.add(outcome.figures);
      for (std::size_t one = 0; one < row_count; ++one) conflicts[name][one] += outcome.figures.conflicts[one];
      const bool whole = wanted.left_out.acts.empty() && !wanted.left_out.breaks && !wanted.left_out.more;
      const auto words = outcome.wrong || !whole ? outcome.wrong : too_little(outcome.figures);
      if (!words) continue;
      ++wrong;
      std::cout << "seed " << seed << " " << name << ": " << *words << std::endl;
      if (wanted.shrunk) tell_shrunk(seed, name, wanted.left_out);
      if (wanted.first) return 1;
    }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << worlds << " worlds, " << wrong << " wrong, " << std::uint64_t(double(worlds) / took.count())
            << " a second; " << sum.commands << " commands, " << sum.crashes << " crashes, " << sum.reopenings
            << " reopenings, " << sum.cuts << " cuts, " << sum.connections << " connections, " << sum.parked
            << " times something was parked, " << sum.not_compared << " worlds not compared, " << sum.colleagues
            << " acts of colleagues, " << sum.bodies << " bodies fetched, of them again " << sum.fetched_again << ", "
            << sum.backups << " backups and " << sum.put_backs << " homes put back, " << sum.moved_unanswered
            << " moves by colleagues while the program waited for an answer\n";
  print(conflicts);
  return wrong ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  Wanted wanted;
  try {
    wanted = wanted_by(std::vector<std::string>(arguments + 1, arguments + count));
  } catch (const std::exception& error) {
    std::cerr
        << "sim FROM:TO [KIND[,KIND...] ...] [--verbose] [--first] [--shrink] [--calm] [--more ACTS] [--skip ACTS]\n"
        << error.what() << "\n";
    return 2;
  }
  return run(wanted);
}
