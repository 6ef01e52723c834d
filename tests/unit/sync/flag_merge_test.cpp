// The merge of flags converges, and to the same whatever is heard first: a client's acts while questions are under way,
// a colleague's acts before, lines that break. What the client touched is as it left it last, all else is the
// colleague's (design section 5).
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "client_acts.hpp"
#include "simulation.hpp"

namespace satchel::sync::test {
namespace {

const std::vector<std::string> names = {"\\Seen", "\\Flagged", "\\Answered", "$Work"};
constexpr std::uint32_t messages = 2;

using Flags = std::map<std::pair<std::uint32_t, std::string>, bool>;  // by UID upstream and name

struct Act {
  std::uint32_t uid = 0;
  std::string flag;
  bool on = false;
};

// What both sides did, by a seed.
struct Story {
  Flags before, wanted;
  std::vector<Act> colleague, client;

  explicit Story(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::uint32_t uid = 1; uid <= messages; ++uid)
      for (const std::string& name : names) before[{uid, name}] = random() % 2 == 0;
    wanted = before;
    for (std::uint64_t acts = random() % 6; acts > 0; --acts) colleague.push_back(next(random, wanted));
    // A client takes back what it did itself; what the colleague did it may not have heard of.
    Flags seen = before;
    for (std::uint64_t acts = 1 + random() % 6; acts > 0; --acts) client.push_back(next(random, seen));
    for (const Act& act : client) wanted[{act.uid, act.flag}] = act.on;
  }

 private:
  static Act next(std::mt19937_64& random, Flags& flags) {
    Act act{1 + std::uint32_t(random() % messages), names[random() % names.size()], false};
    bool& now = flags[{act.uid, act.flag}];
    act.on = now = !now;
    return act;
  }
};

class FlagMerge : public testing::TestWithParam<std::string> {
 protected:
  // Plays the story, what is heard when being decided by `order`; false: it does not come to an end.
  static bool play(Simulation& world, const Story& story, std::uint64_t order) {
    std::mt19937_64 random(order);
    auto& inbox = *world.server.find("INBOX");
    for (std::uint32_t uid = 1; uid <= messages; ++uid) {
      ServerMail one{"mail" + std::to_string(uid), uid + 100, std::int64_t(uid) * 10, 50};
      remember(one);
      std::set<std::string> flags;
      for (const std::string& name : names)
        if (story.before.at({uid, name})) flags.insert(name);
      world.server.put(inbox, one, flags, 0);
    }
    if (!world.run()) return false;
    for (const Act& act : story.colleague) world.server.set_flag(inbox, act.uid, act.flag, act.on);
    if (random() % 2 == 0) world.connect();
    for (const Act& act : story.client) {
      for (std::uint64_t steps = random() % 12; steps > 0; --steps) {
        const std::size_t worker = random() % world.workers();
        if (random() % 10 == 0)
          world.cut(worker, random() % 2 == 0 ? Simulation::Cut::before : Simulation::Cut::after, random() % 2 == 0);
        world.step(worker, random());
      }
      client_flag(world.account, world.visible("INBOX").at(act.uid - 1), act.flag, act.on);
    }
    if (!world.run()) return false;
    world.connect();
    return world.run();
  }

  static Flags here(const Simulation& world) {
    Flags flags;
    const auto refs = world.visible("INBOX");
    for (std::uint32_t uid = 1; uid <= messages; ++uid)
      for (const std::string& name : names)
        flags[{uid, name}] = world.account.flags(world.account.state().find(refs.at(uid - 1))->effective).has(name);
    return flags;
  }

  static Flags upstream(Simulation& world) {
    Flags flags;
    for (std::uint32_t uid = 1; uid <= messages; ++uid)
      for (const std::string& name : names)
        flags[{uid, name}] = world.server.find("INBOX")->messages.at(uid).flags.contains(name);
    return flags;
  }
};

TEST_P(FlagMerge, EndsAlikeInWhateverOrderTheSidesAreHeard) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Story story(seed);
    for (std::uint64_t order = 1; order <= 5; ++order) {
      Simulation world(personalities().at(GetParam()));
      ASSERT_TRUE(play(world, story, seed * 100 + order)) << "seed " << seed << ", order " << order;
      ASSERT_EQ(upstream(world), story.wanted) << "upstream, seed " << seed << ", order " << order;
      ASSERT_EQ(here(world), story.wanted) << "here, seed " << seed << ", order " << order;
    }
  }
}

std::vector<std::string> all_servers() {
  std::vector<std::string> all;
  for (const auto& [name, traits] : personalities()) all.push_back(name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Servers, FlagMerge, testing::ValuesIn(all_servers()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace satchel::sync::test
