// A world that goes wrong, cut down: acts are left out as long as it goes wrong in the same way.
#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace satchel::sim {

struct Outcome {
  std::optional<std::string> wrong;
  Figures figures;
  int last_act = 0;
  std::string more;
  std::vector<std::string> story;
};

// One world from its beginning to its end. What the program throws is something wrong.
Outcome play(std::uint64_t seed, const model::Traits& traits, bool verbose, const LeftOut& left_out);

// `left_out` is where it starts. Plays the world some hundred times; one that is not wrong comes back as it is.
LeftOut shrink(std::uint64_t seed, const model::Traits& traits, LeftOut left_out);

// "3,7,10-20"; throws std::invalid_argument.
std::set<int> parse_acts(std::string_view words);
std::string write_acts(const std::set<int>& acts);

}  // namespace satchel::sim
