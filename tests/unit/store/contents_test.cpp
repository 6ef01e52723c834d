// Contents: stored once, read back byte for byte, streamed, summarised.
#include "world.hpp"

namespace satchel::store {
namespace {

using Part = Contents::Part;

// A message that was listed: its content is not here.
Uid list_message(World& world) {
  Uid uid;
  world.must([&](Transaction& tx) {
    Message message;
    message.upstream = UpstreamUid{1000};
    uid = tx.add_message(tx.state().mailboxes.begin()->first, message);
  });
  return uid;
}

ContentNumber content_of(World& world, Uid uid) {
  return world.mailbox("INBOX").messages.find(uid)->content;
}

void attach(World& world, ContentNumber content, const StoredContent& stored) {
  world.must([&](Transaction& tx) { tx.attach(content, stored); });
}

TEST(Contents, AListedMessageIsUnavailableNotEmpty) {
  World world;
  const ContentNumber content = content_of(world, list_message(world));
  EXPECT_FALSE(world.view().here(content));
  EXPECT_EQ(world.read(content).error().code, ErrorCode::unavailable);
  const std::vector<ContentNumber> one{content};
  EXPECT_EQ(world.wait(world.store().contents().size(content)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(world.wait(world.store().contents().summaries(one, Part::envelope)).front().error().code,
            ErrorCode::unavailable);
  EXPECT_EQ(world.wait(world.store().contents().read_many(one, 1000)).front().error().code, ErrorCode::unavailable);
}

TEST(Contents, TheHeaderMayComeFirst) {
  World world;
  const ContentNumber content = content_of(world, list_message(world));
  world.must([&](Transaction& tx) { tx.attach_header(content, {"only a header", "", "Subject: x\r\n\r\n", ""}); });
  const std::vector<ContentNumber> one{content};
  EXPECT_EQ(*world.wait(world.store().contents().summaries(one, Part::envelope)).front(), "only a header");
  EXPECT_EQ(world.wait(world.store().contents().summaries(one, Part::structure)).front().error().code,
            ErrorCode::unavailable);
  EXPECT_FALSE(world.view().here(content));
  EXPECT_EQ(world.read(content).error().code, ErrorCode::unavailable);
  attach(world, content, world.put(mail("x")));
  EXPECT_EQ(*world.wait(world.store().contents().summaries(one, Part::envelope)).front(), "envelope of Subject: x");
  EXPECT_TRUE(world.wait(world.store().contents().summaries(one, Part::structure)).front()->starts_with("structure"));
  EXPECT_EQ(*world.read(content), mail("x"));
}

TEST(Contents, ALargeOneIsStreamedInPieces) {
  World world;
  const std::string bytes = mail("large", 1'300'000);
  const auto writer = world.store().contents().begin();
  for (std::size_t at = 0; at < bytes.size(); at += 70'001)
    ASSERT_TRUE(world.wait(writer->append(std::string_view(bytes).substr(at, 70'001))));
  auto stored = world.wait(writer->finish());
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->size, bytes.size());
  EXPECT_EQ(stored->extents.size(), 5u);
  EXPECT_EQ(stored->hash, world.put(bytes).hash) << "however it came";
  const ContentNumber content = content_of(world, list_message(world));
  attach(world, content, *stored);
  EXPECT_EQ(*world.read(content), bytes);
  EXPECT_EQ(*world.wait(world.store().contents().size(content)), bytes.size());
}

TEST(Contents, AnyRangeIsReadAsItLies) {
  World world;
  const std::string bytes = mail("large", 700'000);
  const ContentNumber content = content_of(world, list_message(world));
  attach(world, content, world.put(bytes));
  const std::uint64_t extent = Segments::max_extent_size;
  for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{1}, extent - 1, extent, extent + 1, 2 * extent,
                                     bytes.size() - 1, bytes.size(), bytes.size() + 5})
    for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, extent, 2 * extent, UINT64_MAX}) {
      const auto read = world.wait(world.store().contents().read(content, offset, length));
      ASSERT_TRUE(read);
      const std::string expected = offset >= bytes.size() ? "" : bytes.substr(offset, length);
      EXPECT_TRUE(*read == expected) << offset << "+" << length;
    }
}

TEST(Contents, ARangeTouchesOnlyTheExtentsItNeeds) {
  World world;
  const StoredContent stored = world.put(mail("large", 700'000));
  const ContentNumber content = content_of(world, list_message(world));
  attach(world, content, stored);
  ASSERT_TRUE(world.segments->damage(stored.extents[1]));
  EXPECT_TRUE(world.wait(world.store().contents().read(content, 0, Segments::max_extent_size)));
  const auto second = world.wait(world.store().contents().read(content, Segments::max_extent_size, 1));
  EXPECT_EQ(second.error().code, ErrorCode::corrupt);
  EXPECT_TRUE(world.wait(world.store().contents().read(content, 2 * Segments::max_extent_size, 100)));
}

TEST(Contents, AnEmptyOneIsHere) {
  World world;
  const ContentNumber content = content_of(world, list_message(world));
  attach(world, content, world.put(""));
  EXPECT_EQ(*world.read(content), "");
}

TEST(Contents, TheSameBytesAreStoredOnce) {
  World world;
  const Uid first = world.append("INBOX", mail("twin", 50'000));
  const std::uint64_t before = world.wait(world.store().figures())->message_bytes;
  const Uid second = world.append("INBOX", mail("twin", 50'000));
  EXPECT_EQ(world.wait(world.store().figures())->message_bytes, before);
  const ContentNumber a = content_of(world, first);
  const ContentNumber b = content_of(world, second);
  EXPECT_NE(a, b);
  world.must([&](Transaction& tx) { EXPECT_TRUE(tx.same_content(a, b)); });
  EXPECT_EQ(*world.read(b), mail("twin", 50'000));
  world.close();
  world.open();
  EXPECT_EQ(*world.read(b), mail("twin", 50'000));
  world.must([&](Transaction& tx) { EXPECT_TRUE(tx.same_content(a, b)); });
}

TEST(Contents, TwinsInOneBatchAreStoredOnceToo) {
  World world;
  const Uid first = list_message(world);
  const Uid second = list_message(world);
  const ContentNumber a = content_of(world, first);
  const ContentNumber b = content_of(world, second);
  std::vector<std::string> both{mail("twin"), mail("twin")};
  const auto stored = world.wait(world.store().contents().put(std::move(both)));
  ASSERT_TRUE(stored);
  EXPECT_EQ((*stored)[0].extents, (*stored)[1].extents);
  world.must([&](Transaction& tx) {
    tx.attach(a, (*stored)[0]);
    tx.attach(b, (*stored)[1]);
    EXPECT_TRUE(tx.same_content(a, b));
    EXPECT_EQ(tx.find_content((*stored)[0].hash), a);
  });
  EXPECT_EQ(*world.read(a), mail("twin"));
  EXPECT_EQ(*world.read(b), mail("twin"));
}

TEST(Contents, ACopyMadeBeforeTheBytesCameSharesThem) {
  World world;
  world.make_mailbox("Archive");
  const Uid uid = list_message(world);
  UidPairs pairs;
  world.must([&](Transaction& tx) {
    const std::vector<Uid> uids{uid};
    pairs = *copy(tx, world.mailbox("INBOX").id, uids, world.mailbox("Archive").id);
  });
  attach(world, content_of(world, uid), world.put(mail("late")));
  EXPECT_EQ(*world.read(world.mailbox("Archive").messages.find(pairs[0].second)->content), mail("late"));
}

TEST(Contents, ReadManyStopsBeforeTheLimitAndKeepsTheOrder) {
  World world;
  std::vector<ContentNumber> contents;
  for (int i = 0; i < 5; ++i) {
    const Uid uid = world.append("INBOX", mail("number " + std::to_string(i), 1000));
    contents.insert(contents.begin(), content_of(world, uid));
  }
  contents.insert(contents.begin() + 1, content_of(world, list_message(world)));
  const std::size_t size = mail("number 0", 1000).size();
  const auto some = world.wait(world.store().contents().read_many(contents, 3 * size));
  ASSERT_EQ(some.size(), 4u);
  EXPECT_EQ(*some[0], mail("number 4", 1000));
  EXPECT_EQ(some[1].error().code, ErrorCode::unavailable);
  EXPECT_EQ(*some[3], mail("number 2", 1000));
  EXPECT_EQ(world.wait(world.store().contents().read_many(contents, 1)).size(), 2u) << "at least one content";
}

TEST(Contents, SummariesInAnyOrder) {
  World world;
  std::vector<ContentNumber> contents;
  for (int i = 0; i < 40; ++i)
    contents.push_back(content_of(world, world.append("INBOX", mail("number " + std::to_string(i)))));
  std::vector<ContentNumber> shuffled{contents[30], contents[2], contents[2], contents[39], contents[0]};
  const auto found = world.wait(world.store().contents().summaries(shuffled, Part::envelope));
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(*found[0], "envelope of Subject: number 30");
  EXPECT_EQ(*found[1], *found[2]);
  EXPECT_EQ(*found[4], "envelope of Subject: number 0");
  const auto headers = world.wait(world.store().contents().summaries(contents, Part::header));
  EXPECT_TRUE(headers[7]->ends_with("\r\n\r\n"));
}

TEST(Contents, HashesTellIdentities) {
  World world;
  const StoredContent one = world.put(mail("one"));
  EXPECT_EQ(one.message_id_hash, world.store().contents().hash64("<one@example.org>"));
  EXPECT_EQ(world.put("Subject: none\r\n\r\n").message_id_hash, 1u);
  EXPECT_NE(one.header_hash, world.put(mail("two")).header_hash);
  World other;
  EXPECT_NE(other.put(mail("one")).hash, one.hash) << "the key is each store's own";
}

TEST(Contents, WhatNobodyAsksForAnyMoreIsNotMissing) {
  World world;
  const Uid uid = list_message(world);
  const ContentNumber content = content_of(world, uid);
  world.must([&](Transaction& tx) { tx.attach_header(content, {"envelope", "", "header", ""}); });
  world.must([&](Transaction& tx) { tx.erase_message({tx.state().mailboxes.begin()->first, uid}); });
  EXPECT_TRUE(world.view().missing.empty());
  world.close();
  world.open();
  EXPECT_TRUE(world.view().missing.empty());
  attach(world, content, world.put(mail("late")));
  EXPECT_EQ(world.read(content).error().code, ErrorCode::unavailable);
}

TEST(Contents, AMessageShownAgainKeepsItsMark) {
  World world;
  const Uid uid = list_message(world);
  const ContentNumber content = content_of(world, uid);
  world.must([&](Transaction& tx) {
    const MailboxId inbox = tx.state().mailboxes.begin()->first;
    const Message old = *tx.state().find({inbox, uid});
    tx.erase_message({inbox, uid});
    tx.add_message(inbox, old);
  });
  EXPECT_FALSE(world.view().here(content));
  attach(world, content, world.put(mail("late")));
  EXPECT_EQ(*world.read(content), mail("late"));
}

}  // namespace
}  // namespace satchel::store
