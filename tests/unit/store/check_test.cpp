// The check of a store says nothing of a good one, and something of each thing that can be amiss.
#include <gmock/gmock.h>

#include "store/check_store.hpp"
#include "store/rows.hpp"
#include "world.hpp"

namespace satchel::store {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// A store with a row of every kind: INBOX with UIDs 1 to 5 (3 has the bytes of 2, those of 5 are missing), UID 1 moved
// to Archive, UID 2 flagged, UID 4 rescued.
class CheckOfAStore : public testing::Test {
 protected:
  CheckOfAStore() {
    archive_ = world_.make_mailbox("Archive");
    for (const char* subject : {"one", "two", "two", "three"}) world_.append("INBOX", mail(subject));
    world_.must([this](Transaction& tx) {
      inbox_ = tx.state().mailboxes.begin()->first;
      Message missing;
      missing.upstream = UpstreamUid{40};
      tx.add_message(inbox_, missing);
      const Uid first{1}, second{2};
      ASSERT_TRUE(move(tx, inbox_, std::span(&first, 1), archive_));
      ASSERT_TRUE(store_flags(tx, inbox_, std::span(&second, 1), FlagChange::add, flag_set({"\\Flagged", "Kept"}), {}));
      tx.put_subscription("Archive", {true, true});
      tx.rescue(*tx.state().find(inbox_), *tx.state().find(MessageRef{inbox_, Uid{4}}));
    });
    raw_ = open_memory_database(world_.database);
  }

  Findings findings() {
    const auto found = world_.wait(check_store(world_.store(), {}));
    EXPECT_TRUE(found);
    return found ? *found : Findings{};
  }
  void put(std::string key, std::string value) {
    WriteBatch batch;
    batch.put(std::move(key), std::move(value));
    ASSERT_TRUE(raw_->write_durable(batch));
  }
  void erase(std::string key) {
    WriteBatch batch;
    batch.erase(std::move(key));
    ASSERT_TRUE(raw_->write_durable(batch));
  }
  std::string value(const std::string& key) { return *raw_->get(key); }
  std::string message_key(std::uint32_t uid) { return rows::message(world_.account, {inbox_, Uid{uid}}); }
  Message message(std::uint32_t uid) { return *rows::decode_message(value(message_key(uid)), Uid{uid}); }
  void expect(const std::string& words) { EXPECT_THAT(findings().told, Contains(HasSubstr(words))); }

  World world_;
  MailboxId inbox_, archive_;
  std::unique_ptr<Database> raw_;
};

TEST_F(CheckOfAStore, SaysNothingOfAGoodOne) {
  const Findings found = findings();
  EXPECT_THAT(found.told, IsEmpty());
  EXPECT_EQ(found.contents, 3u);
  EXPECT_GT(found.rows, 25u);
}

// Each row that a value can be cut from is told when it is.
TEST_F(CheckOfAStore, FindsEachValueThatIsCut) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const auto cursor = raw_->scan({}); cursor->valid(); cursor->next())
    all.emplace_back(cursor->key(), cursor->value());
  std::set<char> kinds;
  for (const auto& [key, whole] : all) {
    const bool looked_into = key[0] != 's' && key[0] != 'E' && key[0] != 'P' && key[0] != 'H' && !whole.empty();
    if (!looked_into) continue;
    put(key, whole.substr(0, whole.size() - 1));
    EXPECT_GT(findings().problems, 0u) << "kind " << key[0];
    put(key, whole);
    kinds.insert(key[0]);
  }
  EXPECT_THAT(kinds, testing::ElementsAreArray({'!', 'A', 'B', 'C', 'D', 'F', 'J', 'K', 'M', 'R', 'S', 'V', 'a'}));
  EXPECT_EQ(findings().problems, 0u);
}

TEST_F(CheckOfAStore, FindsARowThatIsMissing) {
  erase(message_key(2));
  expect("an operation needs it");
}

TEST_F(CheckOfAStore, FindsAnOperationThatIsMissing) {
  erase(rows::operation(world_.account, message(1).hidden_by));
  expect("the operation that removed it is not there");
}

TEST_F(CheckOfAStore, FindsAContentThatIsNowhere) {
  erase(rows::missing(world_.account, message(5).content));
  expect("neither here nor noted as missing");
}

TEST_F(CheckOfAStore, FindsAContentThatIsHereAndMissing) {
  put(rows::missing(world_.account, message(2).content), {});
  expect("noted as missing");
}

TEST_F(CheckOfAStore, FindsAnAliasOfNothing) {
  erase(rows::content(message(2).content));
  expect("shares the bytes of one that is not there");
}

TEST_F(CheckOfAStore, FindsUidNextAtAMessage) {
  Mailbox mailbox = *rows::decode_mailbox(value(rows::mailbox(world_.account, inbox_)));
  mailbox.uid_next = Uid{5};
  put(rows::mailbox(world_.account, inbox_), rows::encode(mailbox));
  expect("UIDNEXT is not above it");
}

TEST_F(CheckOfAStore, FindsAModseqAboveTheHighest) {
  Message changed = message(2);
  changed.modseq.value += 1000;
  put(message_key(2), rows::encode(changed));
  expect("HIGHESTMODSEQ is below its MODSEQ");
}

TEST_F(CheckOfAStore, FindsTwoForOneMessageUpstream) {
  Message changed = message(3);
  changed.upstream = UpstreamUid{40};
  put(message_key(3), rows::encode(changed));
  expect("another one stands for the same message upstream");
}

TEST_F(CheckOfAStore, FindsFlagsThatDoNotFollow) {
  Message changed = message(2);
  changed.effective = changed.base;
  put(message_key(2), rows::encode(changed));
  expect("do not follow from upstream's and the journal");
}

TEST_F(CheckOfAStore, FindsAMessageThatCameBack) {
  Message changed = message(1);
  changed.hidden_by = {};
  put(message_key(1), rows::encode(changed));
  expect("a UID that vanished is there");
}

TEST_F(CheckOfAStore, FindsCountersThatWentBack) {
  rows::Counters counters = *rows::decode_counters(value(rows::counters()));
  --counters.last_content;
  --counters.last_uid_validity;
  put(rows::counters(), rows::encode(counters));
  expect("never given");
}

TEST_F(CheckOfAStore, FindsBytesThatAreOthers) {
  const std::string key = rows::content(message(2).content);
  rows::Location here = *rows::decode_location(value(key));
  here.extents = rows::decode_location(value(rows::content(message(1).content)))->extents;
  put(key, rows::encode(here));
  expect("another hash");
}

TEST_F(CheckOfAStore, FindsASummaryThatIsMissing) {
  erase(rows::structure(message(2).content));
  expect("has no summary");
}

TEST_F(CheckOfAStore, LooksIntoSummaries) {
  const auto found = world_.wait(check_store(world_.store(), [](std::string_view envelope, std::string_view) {
    return envelope.find("two") == std::string_view::npos;
  }));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->told, testing::ElementsAre(HasSubstr("an ENVELOPE that cannot be read")));
}

TEST_F(CheckOfAStore, FindsRowsOfNoAccountAndOfNoKind) {
  put(rows::subscription(AccountId{77}, "x"), std::string(1, '\1'));
  put("Zoo", "?");
  expect("but it is not there");
  expect("a kind that nobody knows");
}

}  // namespace
}  // namespace satchel::store
