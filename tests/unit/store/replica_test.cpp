// A store in memory: accounts, changes, views.
#include "world.hpp"

namespace satchel::store {
namespace {

TEST(Replica, AnAppendedMessageIsShownWithItsBytes) {
  World world;
  const Uid uid = world.append("INBOX", mail("hello"), flag_set({"\\Seen", "Work"}));
  const Mailbox& inbox = world.mailbox("INBOX");
  ASSERT_EQ(inbox.exists, 1u);
  const Message* message = inbox.messages.find(uid);
  ASSERT_NE(message, nullptr);
  EXPECT_EQ(message->here.size, mail("hello").size());
  EXPECT_EQ((*world.view().flags)[message->effective].names(), (std::vector<std::string>{"\\Seen", "Work"}));
  EXPECT_EQ(*world.read(message->content), mail("hello"));
  EXPECT_TRUE(world.view().here(message->content));
}

TEST(Replica, EverythingIsThereAfterAReopening) {
  World world;
  world.make_mailbox("Archive/2024");
  world.append("INBOX", mail("one"), flag_set({"\\Flagged"}));
  world.append("Archive/2024", mail("two"));
  const UidValidity validity = world.mailbox("Archive").uid_validity;
  world.close();
  world.open();
  EXPECT_EQ(world.mailbox("INBOX").exists, 1u);
  EXPECT_EQ(world.mailbox("Archive/2024").unseen, 1u);
  EXPECT_EQ(world.mailbox("Archive").uid_validity, validity);
  EXPECT_TRUE(world.view().subscriptions.at("Archive/2024").effective);
  EXPECT_EQ(world.store().accounts().front().email, "u@example.org");
  expect_consistent(world);
}

TEST(Replica, ChangesOfOneMomentShareASync) {
  World world;
  const std::uint64_t before = world.database->durable_writes();
  std::vector<Result<>> results(50);
  std::vector<Store::Change> changes;
  for (int i = 0; i < 50; ++i)
    changes.push_back([](Transaction& tx) -> Result<> {
      const auto made = create_mailbox(tx, "Box" + std::to_string(tx.state().last_mailbox), SpecialUse::none);
      if (!made) return made.error();
      return {};
    });
  for (int i = 0; i < 50; ++i)
    world.start(world.store().change(world.account, std::move(changes[std::size_t(i)])), results[std::size_t(i)]);
  world.settle();
  for (const auto& result : results) EXPECT_TRUE(result);
  EXPECT_EQ(world.view().mailboxes.size(), 51u);
  EXPECT_LE(world.database->durable_writes() - before, 2u);
}

TEST(Replica, AChangeThatIsRefusedLeavesTheOthersOfItsBatchAlone) {
  World world;
  Result<> good, bad;
  Store::Change make = [](Transaction& tx) -> Result<> {
    const auto made = create_mailbox(tx, "Good", SpecialUse::none);
    if (!made) return made.error();
    return {};
  };
  Store::Change refuse = [](Transaction& tx) -> Result<> { return delete_mailbox(tx, "INBOX"); };
  world.start(world.store().change(world.account, make), good);
  world.start(world.store().change(world.account, refuse), bad);
  world.settle();
  EXPECT_TRUE(good);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::refused);
  EXPECT_TRUE(world.view().find_name("Good"));
}

TEST(Replica, AnOldViewStaysAsItWas) {
  World world;
  for (int i = 0; i < 1000; ++i)
    world.must([&](Transaction& tx) {
      Message message;
      message.metadata = true;
      tx.add_message(tx.state().mailboxes.begin()->first, message);
    });
  const auto before = world.store().view(world.account);
  const MailboxPtr inbox = before->mailboxes.front();
  world.must([&](Transaction& tx) {
    Message message = *tx.state().find({inbox->id, Uid{500}});
    message.effective = tx.intern(flag_set({"\\Seen"}));
    tx.put_message(inbox->id, message);
    tx.erase_message({inbox->id, Uid{1}});
  });
  EXPECT_EQ(inbox->exists, 1000u);
  EXPECT_EQ(inbox->unseen, 1000u);
  EXPECT_FALSE(inbox->messages.find(Uid{500})->effective);
  EXPECT_NE(inbox->messages.find(Uid{1}), nullptr);
  EXPECT_EQ(world.mailbox("INBOX").exists, 999u);
  EXPECT_EQ(world.mailbox("INBOX").unseen, 998u);
  EXPECT_EQ(before->version + 1, world.view().version);
}

TEST(Replica, SubscribersAreToldAfterTheViewIsThere) {
  World world;
  std::vector<std::size_t> seen;
  auto subscriber = world.store().subscribe(world.account, [&] { seen.push_back(world.view().mailboxes.size()); });
  world.make_mailbox("A");
  world.make_mailbox("B");
  subscriber.reset();
  world.make_mailbox("C");
  EXPECT_EQ(seen, (std::vector<std::size_t>{2, 3}));
}

TEST(Replica, ASubscriberMayGoWhileAnotherIsTold) {
  World world;
  std::unique_ptr<Subscriber> second;
  int told = 0;
  const auto first = world.store().subscribe(world.account, [&] { second.reset(); });
  second = world.store().subscribe(world.account, [&] { ++told; });
  world.make_mailbox("A");
  EXPECT_EQ(told, 0);
}

TEST(Replica, TheListVersionGrowsOnlyWithTheList) {
  World world;
  const std::uint64_t before = world.view().list_version;
  world.append("INBOX", mail("one"));
  world.must([](Transaction& tx) { tx.edit(tx.state().mailboxes.begin()->first)->upstream.uid_next = 9; });
  EXPECT_EQ(world.view().list_version, before);
  world.make_mailbox("New");
  EXPECT_GT(world.view().list_version, before);
}

TEST(Replica, UidValiditiesGrowAndAreNeverUsedAgain) {
  World world;
  world.make_mailbox("A");
  const UidValidity first = world.mailbox("A").uid_validity;
  EXPECT_EQ(first.value, std::uint32_t(world.now - 1577836800) + 1);
  world.must([](Transaction& tx) { ASSERT_TRUE(delete_mailbox(tx, "A")); });
  world.close();
  world.open();
  world.make_mailbox("A");
  EXPECT_GT(world.mailbox("A").uid_validity, first);
}

TEST(Replica, ARemovedAccountLeavesNoRow) {
  World world;
  world.append("INBOX", mail("one"));
  const AccountId gone = world.account;
  world.append("INBOX", mail("two"));
  ASSERT_TRUE(world.wait(world.store().remove_account(gone)));
  EXPECT_EQ(world.store().view(gone), nullptr);
  EXPECT_TRUE(world.store().accounts().empty());
  ASSERT_TRUE(world.wait(world.store().sweep(0)));
  const auto left = open_memory_database(world.database);
  std::string kinds;
  const auto cursor = left->scan("");
  for (; cursor->valid(); cursor->next()) kinds += cursor->key().front();
  EXPECT_EQ(kinds, "!!ss");  // schema, counters, the hash key
}

TEST(Replica, SettingsAreKept) {
  World world;
  EXPECT_EQ(world.wait(world.store().get_setting("token")).error().code, ErrorCode::not_found);
  ASSERT_TRUE(world.wait(world.store().put_setting("token", "abc")));
  world.close();
  world.open();
  EXPECT_EQ(*world.wait(world.store().get_setting("token")), "abc");
}

TEST(Replica, AnExceptionInAChangeKeepsNothingOfIt) {
  World world;
  const auto done = world.change([](Transaction& tx) -> Result<> {
    (void)tx.make_mailbox("Half");
    throw std::runtime_error("a bug");
  });
  ASSERT_FALSE(done);
  EXPECT_FALSE(world.view().find_name("Half"));
  world.make_mailbox("Whole");
  EXPECT_TRUE(world.view().find_name("Whole"));
  EXPECT_FALSE(world.view().find_name("Half"));
}

}  // namespace
}  // namespace satchel::store
