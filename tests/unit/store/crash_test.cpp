// Power cuts and failed writes: what was acknowledged is there, what was not is there whole or not
// at all, and a content is never mentioned before it is durable.
#include <random>

#include "store/rows.hpp"
#include "world.hpp"

namespace satchel::store {
namespace {

TEST(Crash, WhatWasAcknowledgedIsThere) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    World world;
    std::mt19937_64 random{seed};
    std::uint32_t acknowledged = 0;
    for (int round = 0; round < 4; ++round) {
      const auto count = std::uint32_t(random() % 6);
      for (std::uint32_t i = 0; i < count; ++i)
        world.append("INBOX", mail(std::to_string(random() % 8), random() % 900));
      acknowledged += count;
      // Bytes on their way that no row mentions yet.
      (void)world.put(mail("on its way", 5000));
      world.crash(random());
      SCOPED_TRACE(seed);
      ASSERT_EQ(world.mailbox("INBOX").exists, acknowledged);
      expect_consistent(world);
    }
  }
}

// Opened again, but what was read of it was bad, as on a disk that fails reads too: the next change tries anew.
TEST(Crash, AStoreThatCouldNotBeLoadedAgainIsOnceItCan) {
  World world;
  const MessageRef ref{world.mailbox("INBOX").id, world.append("INBOX", mail("one"))};
  const std::string key = rows::message(world.account, ref);
  const std::string good = *open_memory_database(world.database)->get(key);
  const auto put = [&](std::string value) {
    WriteBatch batch;
    batch.put(key, std::move(value));
    ASSERT_TRUE(open_memory_database(world.database)->write_durable(batch));
  };
  const auto change = [&] {
    return world.change([ref](Transaction& tx) -> Result<> {
      ++tx.edit(ref.mailbox)->upstream.uid_next;
      return {};
    });
  };
  put("x");
  world.database->fail_next_write(ErrorCode::broken);
  EXPECT_FALSE(change());
  EXPECT_FALSE(change());
  put(good);
  EXPECT_FALSE(change());  // this one opens it
  EXPECT_TRUE(change());
  expect_consistent(world);
}

TEST(Crash, ABatchUnderWayIsThereWholeOrNotAtAll) {
  int whole = 0, nothing = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    World world;
    world.can_reopen = false;
    world.close();
    world.open();
    world.make_mailbox("A");
    world.append("A", mail("one"));
    const std::uint64_t operations = world.view().version;
    (void)operations;
    world.database->fail_next_write(ErrorCode::broken);
    const auto failed = world.change([](Transaction& tx) -> Result<> {
      EXPECT_TRUE(rename_mailbox(tx, "A", "B"));
      return {};
    });
    ASSERT_FALSE(failed);
    EXPECT_TRUE(world.view().find_name("A")) << "not shown before it is durable";
    world.crash(seed);
    std::size_t renames = 0;
    const auto looked = world.wait(world.store().inspect(world.account, [&](const AccountState& state) {
      state.journal.for_each([&](const Operation& one) {
        renames += one.kind == OperationKind::rename ? 1 : 0;
        return true;
      });
    }));
    ASSERT_TRUE(looked);
    const bool renamed = world.view().find_name("B") != nullptr;
    EXPECT_EQ(renames, renamed ? 1u : 0u) << "the change and its operation are one";
    EXPECT_NE(renamed, world.view().find_name("A") != nullptr);
    expect_consistent(world);
    ++(renamed ? whole : nothing);
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(nothing, 0);
}

TEST(Crash, AFailedCommitTellsEveryoneAndTheStoreGoesOn) {
  for (const ErrorCode code : {ErrorCode::broken, ErrorCode::no_space, ErrorCode::read_only}) {
    World world;
    world.append("INBOX", mail("before"));
    const auto shown = world.store().view(world.account);
    int told = 0;
    const auto subscriber = world.store().subscribe(world.account, [&] { ++told; });
    std::vector<Result<>> results(3);
    for (int i = 0; i < 3; ++i) {
      Store::Change make = [i](Transaction& tx) -> Result<> {
        const auto made = create_mailbox(tx, "Box" + std::to_string(i), SpecialUse::none);
        return made ? Result<>() : Result<>(made.error());
      };
      world.start(world.store().change(world.account, make), results[std::size_t(i)]);
    }
    world.database->fail_next_write(code);
    world.settle();
    for (const auto& result : results) {
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, code);
    }
    EXPECT_EQ(shown->mailboxes.size(), 1u);
    EXPECT_EQ(told, 1) << "its fate was open: whoever listens looks";
    const bool there = world.view().find_name("Box0") != nullptr;  // its fate was open
    world.make_mailbox("After");
    EXPECT_EQ(told, 2);
    EXPECT_EQ(world.view().mailboxes.size(), there ? 5u : 2u);
    world.append("INBOX", mail("after"));
    EXPECT_EQ(world.mailbox("INBOX").exists, 2u);
    EXPECT_GT(world.view().version, shown->version);
    expect_consistent(world);
  }
}

TEST(Crash, WithoutAWayToReopenAllIsRefusedAndViewsStay) {
  World world;
  world.can_reopen = false;
  world.close();
  world.open();
  world.make_mailbox("A");
  world.database->fail_next_write(ErrorCode::broken);
  const auto nothing = [](Transaction& tx) -> Result<> {
    tx.set_listed();
    return {};
  };
  EXPECT_EQ(world.change(nothing).error().code, ErrorCode::broken);
  EXPECT_EQ(world.change(nothing).error().code, ErrorCode::broken);
  EXPECT_EQ(world.wait(world.store().inspect(world.account, [](const AccountState&) {})).error().code,
            ErrorCode::broken);
  EXPECT_TRUE(world.view().find_name("A"));
}

TEST(Crash, AContentThatDidNotBecomeDurableIsNotStored) {
  World world;
  const auto writer = world.store().contents().begin();
  ASSERT_TRUE(world.wait(writer->append(mail("large", 600'000))));
  world.segments->fail_next_write(ErrorCode::no_space);
  std::vector<std::string> other{mail("other")};
  EXPECT_FALSE(world.wait(world.store().contents().put(std::move(other))));
  EXPECT_FALSE(world.wait(writer->finish())) << "its first extents may be lost with that segment";
  world.append("INBOX", mail("after"));
  expect_consistent(world);
}

TEST(Crash, AContentBegunBeforeAReopeningIsNotStored) {
  World world;
  const auto writer = world.store().contents().begin();
  ASSERT_TRUE(world.wait(writer->append(mail("large", 600'000))));
  world.database->fail_next_write(ErrorCode::broken);
  EXPECT_FALSE(world.change([](Transaction& tx) -> Result<> {
    tx.set_listed();
    return {};
  }));
  EXPECT_FALSE(world.wait(writer->finish()));
  world.append("INBOX", mail("after"));
  expect_consistent(world);
}

TEST(Crash, ADamagedContentLeavesAllOthersReadable) {
  World world;
  world.append("INBOX", mail("one"));
  const StoredContent stored = world.put(mail("two"));
  const Uid second = world.append("INBOX", mail("two"));
  world.append("INBOX", mail("three"));
  const Mailbox& inbox = world.mailbox("INBOX");
  // The bytes that the row mentions are those of the append, not of the put before it.
  (void)stored;
  const ContentNumber content = inbox.messages.find(second)->content;
  const auto database = open_memory_database(world.database);
  const auto where = rows::decode_location(*database->get(rows::content(content)));
  ASSERT_TRUE(world.segments->damage(where->extents.front()));
  EXPECT_EQ(world.read(content).error().code, ErrorCode::corrupt);
  std::size_t readable = 0;
  inbox.messages.for_each([&](const Message& message) { readable += world.read(message.content) ? 1 : 0; });
  EXPECT_EQ(readable, 2u);
}

}  // namespace
}  // namespace satchel::store
