// Servers that lie about what changed: found by the audit or by their own count, stepped down, and told of.
#include <gtest/gtest.h>

#include <algorithm>

#include "client_acts.hpp"
#include "proxy/sync/undo.hpp"
#include "simulation.hpp"

namespace satchel::sync::test {
namespace {

class Audit : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    world_.emplace(personalities().at(GetParam()));
    for (int i = 1; i <= 3; ++i) world_->server.put(inbox(), {"mail" + std::to_string(i), 100u + i, i * 10, 50}, {}, 0);
    ASSERT_TRUE(sync());
  }
  bool sync() {
    world_->connect();
    return world_->run();
  }
  bool audit() {
    world_->plan->poke_audit();
    return world_->run();
  }
  ServerMailbox& inbox() { return *world_->server.find("INBOX"); }
  Means means() const { return world_->plan->memory().means; }
  bool shows(std::size_t index, const char* flag) {
    const store::Transaction& tx = world_->account;
    return tx.flags(tx.state().find(world_->visible("INBOX").at(index))->effective).has(flag);
  }
  std::size_t times_asked(const std::string& question) {
    return std::size_t(std::count(world_->asked.begin(), world_->asked.end(), question));
  }

  std::optional<Simulation> world_;
};

TEST_P(Audit, AFlagThatTheServerDidNotTellOfIsFound) {
  inbox().messages.at(2).flags.insert("\\Flagged");  // its MODSEQ stays
  ASSERT_TRUE(sync());
  EXPECT_FALSE(shows(1, "\\Flagged"));
  EXPECT_TRUE(audit());
  EXPECT_TRUE(shows(1, "\\Flagged"));
  EXPECT_EQ(means(), Means::scan);
}

TEST_P(Audit, AnHonestServerIsBelievedOn) {
  world_->server.set_flag(inbox(), 2, "\\Flagged", true);
  EXPECT_TRUE(audit());
  EXPECT_TRUE(shows(1, "\\Flagged"));
  EXPECT_TRUE(audit());
  EXPECT_EQ(means(), Means::qresync);
}

TEST_P(Audit, ACountOfChangesThatGoesBackIsNotBelievedAnyMore) {
  world_->server.set_flag(inbox(), 2, "\\Flagged", true);
  ASSERT_TRUE(sync());
  inbox().highest_modseq -= 1;
  inbox().messages.at(3).flags.insert("\\Answered");
  EXPECT_TRUE(sync());
  EXPECT_TRUE(shows(2, "\\Answered"));
  EXPECT_EQ(means(), Means::scan);
}

// There and back again: the messages are the same here, and the very ones are compared before any is removed.
TEST_P(Audit, AUidValidityThatWasGivenBeforeIsToldOnce) {
  const auto before = world_->visible("INBOX");
  const std::uint32_t first = inbox().uid_validity;
  for (const std::uint32_t now : {first + 1, first}) {
    EXPECT_FALSE(world_->plan->memory().uid_validity_twice);
    inbox().uid_validity = now;
    ASSERT_TRUE(sync());
  }
  EXPECT_TRUE(world_->plan->memory().uid_validity_twice);
  EXPECT_EQ(world_->visible("INBOX"), before);
}

TEST_P(Audit, WhoWasFoundOutIsNotAuditedAnyMore) {
  inbox().messages.at(2).flags.insert("\\Flagged");
  ASSERT_TRUE(audit());
  world_->asked.clear();
  EXPECT_TRUE(audit());
  EXPECT_TRUE(world_->asked.empty());
}

// The arithmetic of EXISTS would be right if the second range made one forget the first.
TEST_P(Audit, RangesOfVanishedUidsMayOverlap) {
  world_->server.expunge(inbox(), 3);
  inbox().expunged.clear();
  world_->server.also_vanished = {{2, 3}, {2, 2}};
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents("INBOX"), (std::vector<std::string>{"mail1", "mail2"}));
}

// The provider puts last night's backup back, and the UIDs since are given to other mail.
TEST_P(Audit, UidsThatWereGivenTwiceNameOtherMessages) {
  world_->server.put(inbox(), {"mail4", 104, 40, 50}, {}, 0);
  ASSERT_TRUE(sync());
  inbox().messages.erase(4);
  inbox().uid_next = 4;
  world_->server.put(inbox(), {"mail5", 105, 50, 60}, {}, 0);
  inbox().uid_next = 4;  // as it was put back; the next one comes
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents("INBOX"), (std::vector<std::string>{"mail1", "mail2", "mail3", "mail5"}));
}

INSTANTIATE_TEST_SUITE_P(Servers, Audit, testing::Values("qresync", "condstore"));

}  // namespace
}  // namespace satchel::sync::test
