// The sweep: what nothing mentions goes, what is mentioned stays, whatever happens meanwhile.
#include <random>

#include "store/rows.hpp"
#include "world.hpp"

namespace satchel::store {
namespace {

constexpr std::uint64_t small_segment = 64 * 1024;

std::uint64_t segment_bytes(World& world) {
  std::uint64_t bytes = 0;
  const auto segments = open_memory_segments(world.segments, small_segment);
  for (const SegmentInfo& one : *segments->list()) bytes += one.bytes;
  return bytes;
}

std::size_t rows_of(World& world, const std::string& prefix) {
  std::size_t count = 0;
  const auto database = open_memory_database(world.database);
  const auto cursor = database->scan(prefix);
  for (; cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) ++count;
  return count;
}

void erase(World& world, Uid uid) {
  world.must([uid](Transaction& tx) { tx.erase_message({tx.state().mailboxes.begin()->first, uid}); });
}

TEST(Sweep, DraftsOfAWeekCostNoMoreThanTheLastFew) {
  World world(small_segment);
  for (int i = 0; i < 300; ++i) {
    const Uid uid = world.append("INBOX", mail("draft " + std::to_string(i), 4000));
    if (i < 297) erase(world, uid);
    if (i % 50 == 49) {
      ASSERT_TRUE(world.wait(world.store().sweep(0)));
    }
  }
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  EXPECT_EQ(rows_of(world, rows::content_prefix()), 3u);
  EXPECT_EQ(rows_of(world, "K"), 3u);
  EXPECT_EQ(rows_of(world, "E"), 3u);
  EXPECT_EQ(rows_of(world, "P"), 3u);
  EXPECT_EQ(rows_of(world, "H"), 3u);
  EXPECT_LE(segment_bytes(world), 4 * small_segment);
  expect_consistent(world);
}

TEST(Sweep, RescuedContentsStayForTheirTime) {
  World world(small_segment);
  const Uid uid = world.append("INBOX", mail("one"));
  const ContentNumber content = world.mailbox("INBOX").messages.find(uid)->content;
  world.must([&](Transaction& tx) {
    const MailboxId inbox = tx.state().mailboxes.begin()->first;
    const Message message = *tx.state().find({inbox, uid});
    tx.rescue(*tx.state().find(inbox), message);
    tx.erase_message({inbox, uid});
  });
  for (int day = 0; day < 29; ++day) {
    world.now += 86400;
    ASSERT_TRUE(world.wait(world.store().sweep(30 * 86400)));
  }
  EXPECT_EQ(*world.read(content), mail("one"));
  for (int day = 0; day < 2; ++day) {
    world.now += 86400;
    ASSERT_TRUE(world.wait(world.store().sweep(30 * 86400)));
  }
  EXPECT_TRUE(world.store().rescued(world.account).empty());
  EXPECT_EQ(rows_of(world, rows::content_prefix()), 0u);
}

std::size_t rescued_after_look(World& world) {
  EXPECT_TRUE(world.wait(world.store().forget_old_rescued(30 * 86400)));
  return world.store().rescued(world.account).size();
}

// Ten years off, ahead or behind, when it was rescued, between two looks, or at a look: it stays its thirty days.
TEST(Sweep, AWrongClockTakesADayAtMostFromWhatIsRescued) {
  constexpr std::int64_t day = 86400;
  constexpr std::int64_t years = 3652 * day;
  for (const std::int64_t off : {years, -years})
    for (int wrong_from = 0; wrong_from < 4; ++wrong_from) {
      World world(small_segment);
      const std::int64_t right = world.now;
      const auto clock = [&](int at, std::int64_t passed) {
        world.now = right + passed + (at >= wrong_from ? off : 0);
      };
      clock(0, 0);
      EXPECT_EQ(rescued_after_look(world), 0u);
      clock(1, 3600);
      const Uid uid = world.append("INBOX", mail("one"));
      world.must([&](Transaction& tx) {
        const MailboxId inbox = tx.state().mailboxes.begin()->first;
        const Message message = *tx.state().find({inbox, uid});
        tx.rescue(*tx.state().find(inbox), message);
        tx.erase_message({inbox, uid});
      });
      clock(2, 7200);
      EXPECT_EQ(rescued_after_look(world), 1u);
      clock(3, 10800);
      EXPECT_EQ(rescued_after_look(world), 1u);
      world.now = right + 14400;  // the clock is set right
      EXPECT_EQ(rescued_after_look(world), 1u);
      for (int passed = 1; passed <= 27; ++passed) {
        world.now = right + 14400 + passed * day;
        EXPECT_EQ(rescued_after_look(world), 1u) << "day " << passed << ", off by " << off << " from " << wrong_from;
      }
      for (int passed = 28; passed <= 33; ++passed) {
        world.now = right + 14400 + passed * day;
        rescued_after_look(world);
      }
      EXPECT_TRUE(world.store().rescued(world.account).empty())
          << "kept for ever, off by " << off << " from " << wrong_from;
    }
}

TEST(Sweep, AnAliasKeepsItsContent) {
  World world(small_segment);
  const Uid first = world.append("INBOX", mail("twin"));
  const Uid second = world.append("INBOX", mail("twin"));
  erase(world, first);
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  EXPECT_EQ(*world.read(world.mailbox("INBOX").messages.find(second)->content), mail("twin"));
  erase(world, second);
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  EXPECT_EQ(rows_of(world, rows::content_prefix()), 0u);
  EXPECT_EQ(rows_of(world, rows::alias_prefix()), 0u);
}

TEST(Sweep, WhatIsStoredAndNotYetMentionedStays) {
  World world(small_segment);
  const StoredContent waiting = world.put(mail("waiting", 1000));
  for (int i = 0; i < 100; ++i) erase(world, world.append("INBOX", mail("filler " + std::to_string(i), 4000)));
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  const MailboxId inbox = world.mailbox("INBOX").id;
  world.must([&](Transaction& tx) { ASSERT_TRUE(append(tx, inbox, waiting, {})); });
  expect_consistent(world);
  EXPECT_EQ(world.mailbox("INBOX").exists, 1u);
}

TEST(Sweep, TheSameBytesMayComeBackWhileTheirOldPlaceIsDropped) {
  for (int delay = 0; delay < 12; ++delay) {
    World world(small_segment);
    erase(world, world.append("INBOX", mail("again")));
    const StoredContent again = world.put(mail("again"));
    const MailboxId inbox = world.mailbox("INBOX").id;
    Result<> swept, appended;
    Store::Change put = [&](Transaction& tx) -> Result<> {
      const auto made = append(tx, inbox, again, {});
      return made ? Result<>() : Result<>(made.error());
    };
    world.start(world.store().sweep(0), swept);
    world.loop().restart();
    for (int i = 0; i < delay; ++i) world.loop().poll_one();
    world.start(world.store().change(world.account, put), appended);
    world.settle();
    EXPECT_TRUE(swept);
    EXPECT_TRUE(appended);
    expect_consistent(world);
    world.close();
    world.open();
    expect_consistent(world);
  }
}

TEST(Sweep, ACrashAtAnyPointLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    World world(small_segment);
    std::mt19937_64 random{seed};
    std::size_t kept = 0;
    for (int i = 0; i < 60; ++i) {
      const Uid uid = world.append("INBOX", mail("number " + std::to_string(i), 4000));
      if (random() % 4 != 0)
        erase(world, uid);
      else
        ++kept;
    }
    Result<> swept;
    world.start(world.store().sweep(0), swept);
    world.loop().restart();
    for (std::uint64_t steps = random() % 40; steps > 0; --steps)
      world.loop().run_one_for(std::chrono::milliseconds(20));
    world.crash(seed);
    EXPECT_EQ(world.mailbox("INBOX").exists, kept);
    expect_consistent(world);
    ASSERT_TRUE(world.wait(world.store().sweep(0)));
    expect_consistent(world);
    EXPECT_EQ(rows_of(world, rows::content_prefix()), kept);
  }
}

TEST(Sweep, ADamagedContentKeepsItsSegment) {
  World world(small_segment);
  const Uid uid = world.append("INBOX", mail("one", 2000));
  const ContentNumber content = world.mailbox("INBOX").messages.find(uid)->content;
  for (int i = 0; i < 40; ++i) erase(world, world.append("INBOX", mail("filler " + std::to_string(i), 4000)));
  const auto database = open_memory_database(world.database);
  ASSERT_TRUE(world.segments->damage(rows::decode_location(*database->get(rows::content(content)))->extents.front()));
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  EXPECT_EQ(world.read(content).error().code, ErrorCode::corrupt) << "not 'gone'";
}

}  // namespace
}  // namespace satchel::store
