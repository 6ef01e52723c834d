// What outlives a version or a disaster: schema upgrades, a home that was put back, long logs.
#include "store/encoding.hpp"
#include "store/put_back.hpp"
#include "store/rows.hpp"
#include "world.hpp"

namespace satchel::store {
namespace {

std::string schema_value(std::uint64_t version) {
  std::string value;
  put_number(value, version);
  return value;
}

// What version 0 lacked: marks of contents that are missing.
void make_version_0(std::shared_ptr<MemoryDatabaseDisk> disk) {
  const auto database = open_memory_database(disk);
  WriteBatch batch;
  const auto cursor = database->scan("N");
  for (; cursor->valid() && cursor->key().starts_with("N"); cursor->next()) batch.erase(std::string(cursor->key()));
  batch.put(rows::schema(), schema_value(0));
  ASSERT_TRUE(database->write_durable(batch));
}

TEST(Schema, AnOlderStoreIsBroughtUpToDate) {
  World world;
  world.append("INBOX", mail("here"));
  world.append("INBOX", mail("here"));  // an alias
  world.must([](Transaction& tx) { tx.add_message(tx.state().mailboxes.begin()->first, {}); });
  const std::size_t missing = world.view().missing.size();
  ASSERT_EQ(missing, 1u);
  world.close();
  make_version_0(world.database);
  world.open();
  EXPECT_EQ(world.view().missing.size(), missing);
  expect_consistent(world);
  EXPECT_EQ(*open_memory_database(world.database)->get(rows::schema()), schema_value(rows::schema_version));
}

// Version 1 had "E" and "P" in one row.
std::string summary_1(std::uint64_t switches, const std::string& body) {
  const std::string bodystructure = body.empty() ? "" : "(" + body + " NIL)";
  const std::string table = body.empty() ? "" : "table";
  std::string row = "\1";
  put_number(row, switches);
  put_number(row, 300);
  if ((switches & 4) != 0) put_number(row, 77);
  put_number(row, std::string("(envelope)").size());
  for (const std::string& piece : {body, bodystructure, table}) put_number(row, piece.size());
  return row + "(envelope)" + body + bodystructure + table;
}

std::string envelope_2(std::uint64_t switches) {
  std::string row = "\2";
  put_number(row, switches);
  put_number(row, 300);
  if ((switches & 4) != 0) put_number(row, 77);
  return row + "(envelope)";
}

TEST(Schema, SummariesOfVersion1AreSplit) {
  World world;
  world.close();
  const ContentNumber whole{1}, header{2}, odd{3};
  {
    const auto database = open_memory_database(world.database);
    WriteBatch batch;
    batch.put(rows::schema(), schema_value(1));
    batch.put(rows::envelope(whole), summary_1(2 | 4, "(body)"));
    batch.put(rows::envelope(header), summary_1(1 | 2, ""));
    batch.put(rows::envelope(odd), "\1\2");
    for (std::uint64_t number = 10; number < 4500; ++number)
      batch.put(rows::envelope(ContentNumber{number}), summary_1(2, "(body)"));
    ASSERT_TRUE(database->write_durable(batch));
  }
  for (int again = 0; again < 2; ++again) {  // as after an upgrade that was cut
    world.open();
    world.close();
    const auto database = open_memory_database(world.database);
    EXPECT_EQ(*database->get(rows::schema()), schema_value(rows::schema_version));
    EXPECT_EQ(*database->get(rows::envelope(whole)), envelope_2(2 | 4));
    EXPECT_EQ(*database->get(rows::structure(whole)), "\2\6\14(body)((body) NIL)table");
    EXPECT_EQ(*database->get(rows::envelope(header)), envelope_2(1 | 2));
    EXPECT_FALSE(database->get(rows::structure(header)));
    EXPECT_EQ(*database->get(rows::envelope(odd)), "\1\2");
    EXPECT_TRUE(database->get(rows::structure(ContentNumber{4499})));
    WriteBatch batch;
    batch.put(rows::schema(), schema_value(1));
    ASSERT_TRUE(database->write_durable(batch));
  }
}

// Version 2 ended a mailbox's row where the guard's part begins now.
TEST(Schema, MailboxesOfVersion2GetAnEmptyGuard) {
  World world;
  world.append("INBOX", mail("one"));
  world.close();
  const std::string key = rows::mailbox(world.account, MailboxId{1});
  {
    const auto database = open_memory_database(world.database);
    std::string row = *database->get(key);
    ASSERT_TRUE(row.ends_with(std::string(3, '\0')));
    WriteBatch batch;
    batch.put(key, row.substr(0, row.size() - 3));
    batch.put(rows::schema(), schema_value(2));
    ASSERT_TRUE(database->write_durable(batch));
  }
  world.open();
  EXPECT_EQ(world.mailbox("INBOX").exists, 1u);
  EXPECT_TRUE(world.mailbox("INBOX").guard.lately.empty());
  world.append("INBOX", mail("two"));
  expect_consistent(world);
}

TEST(Schema, ANewerStoreIsRefusedAndLeftAlone) {
  World world;
  world.close();
  const auto database = open_memory_database(world.database);
  WriteBatch batch;
  batch.put(rows::schema(), schema_value(rows::schema_version + 1));
  ASSERT_TRUE(database->write_durable(batch));
  const std::uint64_t writes = world.database->durable_writes();
  EXPECT_THROW(world.open(), std::runtime_error);
  EXPECT_EQ(world.database->durable_writes(), writes);
}

TEST(Schema, ARowThatDoesNotDecodeIsCorruptNotForgotten) {
  World world;
  const Uid uid = world.append("INBOX", mail("one"));
  const MessageRef ref{world.mailbox("INBOX").id, uid};
  world.close();
  const auto database = open_memory_database(world.database);
  WriteBatch batch;
  batch.put(rows::message(world.account, ref), "x");
  ASSERT_TRUE(database->write_durable(batch));
  StoreParts parts{open_memory_database(world.database), open_memory_segments(world.segments), nullptr};
  boost::asio::io_context loop;
  boost::asio::thread_pool pool(1);
  const auto opened = Store::open({loop.get_executor(), pool.get_executor()}, std::move(parts), make_test_summariser,
                                  [] { return std::int64_t{0}; });
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
}

TEST(PutBack, NumbersOfTheLostTimeAreNotGivenAgain) {
  World world;
  world.append("INBOX", mail("one"));
  const Mailbox before = world.mailbox("INBOX");
  world.must([](Transaction& tx) { jump_after_put_back(tx, 3); });
  const Mailbox& after = world.mailbox("INBOX");
  EXPECT_EQ(after.uid_next.value, before.uid_next.value + (3u << 20));
  EXPECT_GE(after.highest_modseq.value, before.highest_modseq.value + (std::uint64_t{3} << 32));
  const Uid next = world.append("INBOX", mail("two"));
  EXPECT_EQ(next, Uid{before.uid_next.value + (3u << 20)});
  world.make_mailbox("New");  // in the lost time there may have been as many as the jump is long, within a second
  EXPECT_GT(world.mailbox("New").uid_validity.value, before.uid_validity.value + (3u << 20));
  world.close();
  world.open();
  std::vector<std::pair<Uid, Uid>> skipped;
  world.mailbox("INBOX").vanished.for_each_since(before.highest_modseq, [&](const Vanished& entry) {
    skipped.insert(skipped.end(), entry.skipped.begin(), entry.skipped.end());
  });
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].first, before.uid_next);
  EXPECT_EQ(skipped[0].second.value, next.value - 1);
}

TEST(PutBack, UidsNeverReachTheirEnd) {
  World world;
  for (int i = 0; i < 50; ++i) world.must([](Transaction& tx) { jump_after_put_back(tx, 1000); });
  EXPECT_LT(world.mailbox("INBOX").uid_next.value, UINT32_MAX);
  const Uid first = world.append("INBOX", mail("one"));
  EXPECT_GT(world.append("INBOX", mail("two")), first);
}

TEST(Vanished, TheLogIsTheSameAfterAReopeningAndItsRowsAreBounded) {
  World world;
  const MailboxId inbox = world.mailbox("INBOX").id;
  for (int i = 0; i < 1500; ++i) {
    Uid uid;
    world.must([&](Transaction& tx) { uid = tx.add_message(inbox, {}); });
    world.must([&](Transaction& tx) { tx.erase_message({inbox, uid}); });
  }
  const auto told = [&] {
    std::vector<std::pair<std::uint64_t, std::size_t>> entries;
    world.mailbox("INBOX").vanished.for_each_since(
        ModSeq{0}, [&](const Vanished& entry) { entries.emplace_back(entry.modseq.value, entry.uids.size()); });
    return entries;
  };
  const auto before = told();
  world.close();
  world.open();
  EXPECT_EQ(told(), before);
  EXPECT_LE(before.size(), 1024u);
  std::size_t uids = 0;
  for (const auto& [modseq, count] : before) uids += count;
  EXPECT_EQ(uids, 1500u);
  std::size_t count = 0;
  const auto database = open_memory_database(world.database);
  const std::string prefix = rows::vanished_prefix(world.account);
  for (const auto cursor = database->scan(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
    ++count;
  EXPECT_EQ(count, before.size());
}

}  // namespace
}  // namespace satchel::store
