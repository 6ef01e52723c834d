// Flags, tables, sets and the journal, as values.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "store/content_set.hpp"
#include "store/encoding.hpp"
#include "store/operation.hpp"

namespace satchel::store {
namespace {

FlagSet set_of(std::initializer_list<std::string_view> names) {
  FlagSet set;
  for (const std::string_view name : names) set.add(name);
  return set;
}

TEST(Flags, KeywordsCompareWithoutCaseAndKeepTheFirstSpelling) {
  FlagSet set = set_of({"Work", "$Forwarded"});
  set.add("WORK");
  EXPECT_EQ(set.names(), (std::vector<std::string>{"$Forwarded", "Work"}));
  EXPECT_TRUE(set.has("work"));
  EXPECT_TRUE(set == set_of({"$forwarded", "wORK"}));
  set.remove_keyword("wOrK");
  EXPECT_EQ(set.names(), std::vector<std::string>{"$Forwarded"});
}

TEST(Flags, SystemFlagsInAnyCase) {
  const FlagSet set = set_of({"\\seen", "\\DELETED"});
  EXPECT_TRUE(set.has(SystemFlag::seen));
  EXPECT_TRUE(set.has("\\Deleted"));
  EXPECT_TRUE(set.keywords().empty());
}

TEST(Flags, RecentAndUnknownBackslashFlagsAreIgnored) {
  FlagSet set;
  EXPECT_FALSE(set.add("\\Recent"));
  EXPECT_FALSE(set.add("\\Strange"));
  EXPECT_FALSE(set.add(""));
  EXPECT_TRUE(set.empty());
}

TEST(Flags, EncodeAndDecodeAgree) {
  for (const FlagSet& set : {FlagSet(), set_of({"\\Seen"}), set_of({"a", "B", "\\Draft", "$Junk"})})
    EXPECT_TRUE(FlagSet::decode(set.encode()) == set);
}

TEST(FlagTable, EqualSetsHaveOneNumber) {
  FlagTable table;
  EXPECT_EQ(table.intern(FlagSet()), FlagSetId{0});
  const FlagSetId first = table.intern(set_of({"\\Seen", "Work"}));
  EXPECT_EQ(table.intern(set_of({"work", "\\seen"})), first);
  EXPECT_EQ(table.find(set_of({"other"})), FlagTable::none());
  EXPECT_EQ(table[first].names(), (std::vector<std::string>{"\\Seen", "Work"}));
}

Message message(std::uint32_t uid, std::uint64_t modseq) {
  Message one;
  one.uid = Uid{uid};
  one.modseq = ModSeq{modseq};
  return one;
}

void expect_same(const MessageTable& table, const std::map<std::uint32_t, std::uint64_t>& model) {
  ASSERT_EQ(table.size(), model.size());
  auto at = model.begin();
  table.for_each([&](const Message& one) {
    EXPECT_EQ(one.uid.value, at->first);
    EXPECT_EQ(one.modseq.value, at->second);
    ++at;
  });
}

TEST(MessageTable, BehavesLikeAMapUnderAnyOperations) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    MessageTable table;
    std::map<std::uint32_t, std::uint64_t> model;
    for (int step = 0; step < 3000; ++step) {
      const auto uid = std::uint32_t(1 + random() % 2000);
      if (random() % 3 != 0) {
        table.put(message(uid, std::uint64_t(step)));
        model[uid] = std::uint64_t(step);
      } else {
        EXPECT_EQ(table.erase(Uid{uid}), model.erase(uid) == 1);
      }
      const auto wanted = std::uint32_t(1 + random() % 2000);
      const auto lower = model.lower_bound(wanted);
      const Message* from = table.first_from(Uid{wanted});
      ASSERT_EQ(from == nullptr, lower == model.end()) << "seed " << seed;
      if (from != nullptr) {
        EXPECT_EQ(from->uid.value, lower->first);
      }
      EXPECT_EQ(table.find(Uid{wanted}) != nullptr, model.contains(wanted));
    }
    expect_same(table, model);
  }
}

TEST(MessageTable, ACopyStaysAsItWas) {
  MessageTable table;
  std::map<std::uint32_t, std::uint64_t> model;
  for (std::uint32_t uid = 1; uid <= 1500; ++uid) {
    table.put(message(uid, 1));
    model[uid] = 1;
  }
  const MessageTable before = table;
  for (std::uint32_t uid = 1; uid <= 1500; uid += 3) table.erase(Uid{uid});
  table.put(message(2, 9));
  table.put(message(5000, 9));
  expect_same(before, model);
  EXPECT_EQ(table.find(Uid{2})->modseq, ModSeq{9});
}

TEST(MessageTable, ChangesSinceAreFoundAndNoOthers) {
  MessageTable table;
  for (std::uint32_t uid = 1; uid <= 1000; ++uid) table.put(message(uid, uid % 7));
  for (std::uint64_t since = 0; since < 8; ++since) {
    std::size_t found = 0;
    table.for_each_changed(ModSeq{since}, [&](const Message& one) {
      EXPECT_GT(one.modseq.value, since);
      ++found;
    });
    std::size_t expected = 0;
    for (std::uint32_t uid = 1; uid <= 1000; ++uid) expected += uid % 7 > since ? 1 : 0;
    EXPECT_EQ(found, expected);
  }
}

TEST(ContentSet, BehavesLikeASetAndCopiesAreApart) {
  std::mt19937_64 random{3};
  ContentSet set;
  std::set<std::uint64_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t number = random() % 30'000;
    if (random() % 2 == 0) {
      set.insert(ContentNumber{number});
      model.insert(number);
    } else {
      set.erase(ContentNumber{number});
      model.erase(number);
    }
  }
  const ContentSet copy = set;
  for (std::uint64_t number = 0; number < 30'000; ++number) set.erase(ContentNumber{number});
  EXPECT_TRUE(set.empty());
  std::vector<std::uint64_t> listed;
  copy.for_each([&](ContentNumber content) { listed.push_back(content.value); });
  EXPECT_EQ(listed, std::vector<std::uint64_t>(model.begin(), model.end()));
  EXPECT_EQ(copy.size(), model.size());
}

TEST(VanishedLog, GivesWhatCameLaterAndNeverFewer) {
  VanishedLog log;
  std::map<std::uint64_t, std::uint32_t> model;
  for (std::uint64_t modseq = 2; modseq < 5000; ++modseq) {
    (void)log.add({ModSeq{modseq}, {Uid{std::uint32_t(modseq * 3)}}});
    model[modseq] = std::uint32_t(modseq * 3);
  }
  EXPECT_LE(log.size(), 1024u);
  for (const std::uint64_t since : {0, 1, 2, 700, 4000, 4990, 4999}) {
    std::set<std::uint32_t> told;
    ModSeq last;
    log.for_each_since(ModSeq{since}, [&](const Vanished& entry) {
      EXPECT_GT(entry.modseq, last);
      last = entry.modseq;
      EXPECT_TRUE(std::is_sorted(entry.uids.begin(), entry.uids.end()));
      for (const Uid uid : entry.uids) told.insert(uid.value);
    });
    for (auto at = model.upper_bound(since); at != model.end(); ++at) EXPECT_TRUE(told.contains(at->second));
  }
}

Operation operation(std::uint64_t id, MessageRef source, MessageRef target) {
  Operation one;
  one.id = OperationId{id};
  one.order = id << 16;
  one.source = source;
  one.target = target;
  return one;
}

TEST(Journal, KeepsOrderAndFindsByMessage) {
  Journal journal;
  const MessageRef a{MailboxId{1}, Uid{1}}, b{MailboxId{2}, Uid{1}};
  journal.put(operation(1, a, b));
  journal.put(operation(2, a, {}));
  journal.put(operation(3, b, {}));
  Operation early = operation(4, a, {});
  early.order = 1;
  journal.put(early);
  std::vector<std::uint64_t> ids;
  journal.for_each([&](const Operation& one) {
    ids.push_back(one.id.value);
    return true;
  });
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{4, 1, 2, 3}));
  ids.clear();
  for (const Operation* one : journal.of(b)) ids.push_back(one->id.value);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{1, 3}));
}

TEST(Journal, IndexesFollowAChangedOperation) {
  Journal journal;
  const MessageRef a{MailboxId{1}, Uid{1}}, b{MailboxId{2}, Uid{1}};
  journal.put(operation(1, a, {}));
  journal.put(operation(1, b, b));
  EXPECT_TRUE(journal.of(a).empty());
  EXPECT_EQ(journal.of(b).size(), 1u);
  EXPECT_TRUE(journal.erase(OperationId{1}));
  EXPECT_FALSE(journal.erase(OperationId{1}));
  EXPECT_TRUE(journal.of(b).empty());
  EXPECT_TRUE(journal.empty());
}

TEST(Encoding, NumbersComeBack) {
  std::string out;
  const std::vector<std::uint64_t> numbers{0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX};
  for (const std::uint64_t number : numbers) put_number(out, number);
  for (const std::uint64_t number : numbers) put_signed(out, std::int64_t(number));
  Decoder in(out);
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.number(), number);
  for (const std::uint64_t number : numbers) EXPECT_EQ(in.signed_number(), std::int64_t(number));
  EXPECT_TRUE(in.good() && in.at_end());
}

TEST(Encoding, BeyondTheEndNothingIsGood) {
  std::string out;
  put_bytes(out, "hello");
  for (std::size_t cut = 0; cut < out.size(); ++cut) {
    Decoder in(std::string_view(out).substr(0, cut));
    EXPECT_TRUE(in.bytes().empty());
    EXPECT_FALSE(in.good());
  }
}

}  // namespace
}  // namespace satchel::store
