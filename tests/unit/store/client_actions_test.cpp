// What clients' commands do: the state they see, and the operations that carry it upstream.
#include "world.hpp"

namespace satchel::store {
namespace {

class ClientActions : public ::testing::Test {
 protected:
  std::vector<Operation> journal() {
    std::vector<Operation> all;
    const auto looked = world_.wait(world_.store().inspect(world_.account, [&](const AccountState& state) {
      state.journal.for_each([&](const Operation& one) {
        all.push_back(one);
        return true;
      });
    }));
    EXPECT_TRUE(looked);
    return all;
  }
  std::vector<OperationKind> kinds() {
    std::vector<OperationKind> all;
    for (const Operation& one : journal()) all.push_back(one.kind);
    return all;
  }
  MailboxId id(const std::string& name) { return world_.mailbox(name).id; }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const MailboxPtr& mailbox : world_.view().mailboxes)
      if (mailbox->live()) all.push_back(mailbox->name);
    std::sort(all.begin(), all.end());
    return all;
  }
  const Message& message(const std::string& mailbox, Uid uid) {
    const Message* found = world_.mailbox(mailbox).messages.find(uid);
    if (found == nullptr) throw std::runtime_error("no such message");
    return *found;
  }
  std::vector<std::string> flags(const std::string& mailbox, Uid uid) {
    return (*world_.view().flags)[message(mailbox, uid).effective].names();
  }
  std::vector<Uid> set_flags(Uid uid, FlagChange change, const FlagSet& flags,
                             std::optional<ModSeq> unchanged_since = std::nullopt) {
    std::vector<Uid> modified;
    const MailboxId inbox = id("INBOX");
    world_.must([&](Transaction& tx) {
      const std::vector<Uid> uids{uid};
      modified = *store_flags(tx, inbox, uids, change, flags, unchanged_since);
    });
    return modified;
  }
  ErrorCode refusal(const std::function<Result<>(Transaction&)>& act) {
    const std::uint64_t before = world_.view().version;
    const auto done = world_.change(act);
    EXPECT_FALSE(done);
    EXPECT_EQ(kinds().size(), journal().size());
    EXPECT_LE(world_.view().version, before + 1);
    return done ? ErrorCode::retry : done.error().code;
  }

  World world_;
};

using Kinds = std::vector<OperationKind>;
using Names = std::vector<std::string>;

TEST_F(ClientActions, AnAppendIsJournaled) {
  const Uid uid = world_.append("INBOX", mail("one"), flag_set({"\\Draft"}));
  ASSERT_EQ(kinds(), Kinds{OperationKind::append});
  EXPECT_EQ(journal().front().target, (MessageRef{id("INBOX"), uid}));
  const Message& made = message("INBOX", uid);
  EXPECT_FALSE(made.upstream);
  EXPECT_TRUE(made.metadata && made.header);
  EXPECT_FALSE(made.there.known());
}

TEST_F(ClientActions, FlagsAddRemoveReplace) {
  const Uid uid = world_.append("INBOX", mail("one"));
  set_flags(uid, FlagChange::add, flag_set({"\\Seen", "Work"}));
  set_flags(uid, FlagChange::remove, flag_set({"\\Seen", "\\Flagged"}));
  EXPECT_EQ(flags("INBOX", uid), Names{"Work"});
  set_flags(uid, FlagChange::replace, flag_set({"\\Answered"}));
  EXPECT_EQ(flags("INBOX", uid), Names{"\\Answered"});
  const auto all = journal();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_TRUE(all[2].remove == flag_set({"\\Seen"})) << "what was not there is not removed";
  EXPECT_TRUE(all[3].add == flag_set({"\\Answered"}));
  EXPECT_TRUE(all[3].remove == flag_set({"work"}));
}

TEST_F(ClientActions, WhatIsNoChangeIsNoOperationAndNoModseq) {
  const Uid uid = world_.append("INBOX", mail("one"), flag_set({"\\Seen"}));
  const ModSeq before = world_.mailbox("INBOX").highest_modseq;
  set_flags(uid, FlagChange::add, flag_set({"\\Seen"}));
  set_flags(uid, FlagChange::replace, flag_set({"\\Seen"}));
  EXPECT_EQ(kinds().size(), 1u);
  EXPECT_EQ(world_.mailbox("INBOX").highest_modseq, before);
}

TEST_F(ClientActions, UnchangedSinceLeavesLaterChangesAlone) {
  const Uid uid = world_.append("INBOX", mail("one"));
  const ModSeq then = message("INBOX", uid).modseq;
  set_flags(uid, FlagChange::add, flag_set({"\\Seen"}));
  EXPECT_EQ(set_flags(uid, FlagChange::add, flag_set({"\\Flagged"}), then), std::vector<Uid>{uid});
  EXPECT_EQ(flags("INBOX", uid), Names{"\\Seen"});
  EXPECT_TRUE(set_flags(uid, FlagChange::add, flag_set({"\\Flagged"}), message("INBOX", uid).modseq).empty());
}

TEST_F(ClientActions, ALocalFlagIsTakenOffWithoutAnOperation) {
  const Uid uid = world_.append("INBOX", mail("one"));
  world_.must([&](Transaction& tx) {
    Message changed = *tx.state().find({id("INBOX"), uid});
    changed.local = tx.intern(flag_set({"Todo"}));
    tx.put_message(id("INBOX"), changed);
    tx.refresh_flags({id("INBOX"), uid});
  });
  EXPECT_EQ(flags("INBOX", uid), Names{"Todo"});
  set_flags(uid, FlagChange::add, flag_set({"Todo"}));
  EXPECT_EQ(kinds().size(), 1u);
  set_flags(uid, FlagChange::replace, flag_set({"\\Seen"}));
  EXPECT_EQ(flags("INBOX", uid), Names{"\\Seen"});
  ASSERT_EQ(kinds().size(), 2u);
  EXPECT_TRUE(journal().back().remove.empty());
  EXPECT_FALSE(message("INBOX", uid).local);
}

TEST_F(ClientActions, ACopyHasItsOwnUidAndTheSameContent) {
  world_.make_mailbox("Archive");
  const Uid uid = world_.append("INBOX", mail("one"), flag_set({"\\Seen", "Work"}));
  UidPairs pairs;
  world_.must([&](Transaction& tx) {
    const std::vector<Uid> uids{uid, Uid{77}, uid};
    pairs = *copy(tx, id("INBOX"), uids, id("Archive"));
  });
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(message("Archive", pairs[0].second).content, message("INBOX", uid).content);
  EXPECT_EQ(flags("Archive", pairs[0].second), (Names{"\\Seen", "Work"}));
  EXPECT_EQ(journal().back().kind, OperationKind::copy);
  EXPECT_EQ(world_.mailbox("INBOX").exists, 1u);
}

TEST_F(ClientActions, AMoveHidesItsSourceUntilItIsSettled) {
  world_.make_mailbox("Archive");
  const Uid uid = world_.append("INBOX", mail("one"));
  world_.must([&](Transaction& tx) {
    const std::vector<Uid> uids{uid};
    ASSERT_TRUE(move(tx, id("INBOX"), uids, id("Archive")));
  });
  EXPECT_EQ(world_.mailbox("INBOX").exists, 0u);
  EXPECT_EQ(world_.mailbox("Archive").exists, 1u);
  EXPECT_EQ(message("INBOX", uid).hidden_by, journal().back().id);
  std::vector<Uid> vanished;
  world_.mailbox("INBOX").vanished.for_each_since(
      ModSeq{0}, [&](const Vanished& entry) { vanished.insert(vanished.end(), entry.uids.begin(), entry.uids.end()); });
  EXPECT_EQ(vanished, std::vector<Uid>{uid});
}

TEST_F(ClientActions, ExpungeTakesOnlyWhatIsDeleted) {
  const Uid kept = world_.append("INBOX", mail("one"));
  const Uid gone = world_.append("INBOX", mail("two"), flag_set({"\\Deleted"}));
  std::vector<Uid> removed;
  world_.must([&](Transaction& tx) {
    const std::vector<Uid> uids{gone, kept};
    removed = *expunge(tx, id("INBOX"), uids);
  });
  EXPECT_EQ(removed, std::vector<Uid>{gone});
  EXPECT_EQ(visible_uids(world_.mailbox("INBOX")), std::vector<std::uint32_t>{kept.value});
  EXPECT_EQ(world_.mailbox("INBOX").deleted, 0u);
  EXPECT_EQ(journal().back().kind, OperationKind::expunge);
}

TEST_F(ClientActions, CreateMakesParentsAndSubscribes) {
  world_.make_mailbox("a/b/c/");
  EXPECT_EQ(names(), (Names{"INBOX", "a", "a/b", "a/b/c"}));
  EXPECT_TRUE(world_.view().subscriptions.at("a/b/c").effective);
  EXPECT_EQ(kinds(), (Kinds{OperationKind::create, OperationKind::subscribe, OperationKind::create,
                            OperationKind::subscribe, OperationKind::create, OperationKind::subscribe}));
  EXPECT_TRUE(world_.mailbox("a/b").listed);
}

TEST_F(ClientActions, NamesThatCannotBe) {
  world_.make_mailbox("Work");
  const auto creating = [&](std::string_view name) {
    return refusal([name](Transaction& tx) -> Result<> {
      const auto made = create_mailbox(tx, name, SpecialUse::none);
      return made ? Result<>() : Result<>(made.error());
    });
  };
  EXPECT_EQ(creating(""), ErrorCode::refused);
  EXPECT_EQ(creating("/"), ErrorCode::refused);
  EXPECT_EQ(creating("/a"), ErrorCode::refused);
  EXPECT_EQ(creating("a//b"), ErrorCode::refused);
  EXPECT_EQ(creating("a\nb"), ErrorCode::refused);
  EXPECT_EQ(creating("a\x7f"), ErrorCode::refused);
  EXPECT_EQ(creating("a\xff"), ErrorCode::refused);
  EXPECT_EQ(creating("a\xc0\xaf"), ErrorCode::refused) << "overlong";
  EXPECT_EQ(creating("a\xed\xa0\x80"), ErrorCode::refused) << "a surrogate";
  EXPECT_EQ(creating(std::string(2000, 'x')), ErrorCode::refused);
  EXPECT_EQ(creating("inbox"), ErrorCode::locked);
  EXPECT_EQ(creating("Work"), ErrorCode::locked);
  EXPECT_EQ(creating("work"), ErrorCode::locked) << "a twin by case";
  EXPECT_EQ(names(), (Names{"INBOX", "Work"}));
}

TEST_F(ClientActions, BelowInboxIsInboxInAnyCase) {
  world_.make_mailbox("inbox/Work");
  EXPECT_EQ(names(), (Names{"INBOX", "INBOX/Work"}));
  EXPECT_TRUE(world_.view().find_name("INBOX/Work"));
}

TEST_F(ClientActions, RenameTakesAlongWhatIsBelow) {
  world_.make_mailbox("a/b/c");
  world_.make_mailbox("ab");
  const MailboxId moved = id("a/b/c");
  const UidValidity validity = world_.mailbox("a/b/c").uid_validity;
  world_.must([](Transaction& tx) { ASSERT_TRUE(rename_mailbox(tx, "a", "new/A")); });
  EXPECT_EQ(names(), (Names{"INBOX", "ab", "new", "new/A", "new/A/b", "new/A/b/c"}));
  EXPECT_EQ(id("new/A/b/c"), moved);
  EXPECT_EQ(world_.mailbox("new/A/b/c").uid_validity, validity);
  const auto all = journal();
  EXPECT_EQ(all[all.size() - 3].name, "new/A");
  EXPECT_EQ(all[all.size() - 3].old_name, "a");
  EXPECT_EQ(all.back().kind, OperationKind::rename);
}

TEST_F(ClientActions, RenameMayChangeTheCaseOnly) {
  world_.make_mailbox("work/a");
  world_.must([](Transaction& tx) { ASSERT_TRUE(rename_mailbox(tx, "work", "Work")); });
  EXPECT_EQ(names(), (Names{"INBOX", "Work", "Work/a"}));
}

TEST_F(ClientActions, RenamesThatCannotBe) {
  world_.make_mailbox("a/b");
  world_.make_mailbox("c/b");
  const auto renaming = [&](std::string_view from, std::string_view to) {
    return refusal([from, to](Transaction& tx) { return rename_mailbox(tx, from, to); });
  };
  EXPECT_EQ(renaming("none", "x"), ErrorCode::not_found);
  EXPECT_EQ(renaming("a", "c"), ErrorCode::locked);
  EXPECT_EQ(renaming("a", "INBOX"), ErrorCode::locked);
  EXPECT_EQ(renaming("a", "a"), ErrorCode::locked);
  EXPECT_EQ(renaming("a", "a/x"), ErrorCode::refused);
  EXPECT_EQ(renaming("INBOX", "a"), ErrorCode::locked);
  EXPECT_EQ(names(), (Names{"INBOX", "a", "a/b", "c", "c/b"}));
}

TEST_F(ClientActions, RenameOfInboxLeavesItEmpty) {
  world_.append("INBOX", mail("one"));
  world_.append("INBOX", mail("two"));
  world_.make_mailbox("INBOX/below");
  world_.must([](Transaction& tx) { ASSERT_TRUE(rename_mailbox(tx, "inbox", "Old")); });
  EXPECT_EQ(names(), (Names{"INBOX", "INBOX/below", "Old"}));
  EXPECT_EQ(world_.mailbox("INBOX").exists, 0u);
  EXPECT_EQ(world_.mailbox("Old").exists, 2u);
  EXPECT_EQ(journal().back().kind, OperationKind::move);
}

TEST_F(ClientActions, DeleteHidesTheMailboxUntilItIsSettled) {
  world_.make_mailbox("Gone/below");
  world_.append("Gone", mail("one"));
  const MailboxId gone = id("Gone");
  world_.must([](Transaction& tx) { ASSERT_TRUE(delete_mailbox(tx, "Gone")); });
  EXPECT_EQ(names(), (Names{"Gone/below", "INBOX"}));
  EXPECT_EQ(world_.view().find(gone)->exists, 0u);
  EXPECT_TRUE(world_.view().find(gone)->deleted_here);
  EXPECT_EQ(journal().back().kind, OperationKind::delete_mailbox);
  world_.make_mailbox("Gone");
  EXPECT_NE(id("Gone"), gone);
}

TEST_F(ClientActions, DeletesThatCannotBe) {
  EXPECT_EQ(refusal([](Transaction& tx) { return delete_mailbox(tx, "iNbOx"); }), ErrorCode::refused);
  EXPECT_EQ(refusal([](Transaction& tx) { return delete_mailbox(tx, "none"); }), ErrorCode::not_found);
}

TEST_F(ClientActions, SubscriptionsAreByName) {
  world_.must([](Transaction& tx) { ASSERT_TRUE(subscribe(tx, "not/there")); });
  world_.must([](Transaction& tx) { ASSERT_TRUE(subscribe(tx, "not/there")); });
  EXPECT_EQ(kinds(), Kinds{OperationKind::subscribe});
  EXPECT_TRUE(world_.view().subscriptions.at("not/there").effective);
  world_.must([](Transaction& tx) { ASSERT_TRUE(unsubscribe(tx, "not/there")); });
  EXPECT_FALSE(world_.view().subscriptions.contains("not/there"));
  world_.must([](Transaction& tx) { ASSERT_TRUE(unsubscribe(tx, "never")); });
  EXPECT_EQ(kinds(), (Kinds{OperationKind::subscribe, OperationKind::unsubscribe}));
}

TEST_F(ClientActions, ARescuedMessageIsPutBackWithItsContent) {
  const Uid uid = world_.append("INBOX", mail("one"), flag_set({"Work"}));
  world_.must([&](Transaction& tx) {
    const Message gone = *tx.state().find({id("INBOX"), uid});
    tx.rescue(*tx.state().find(id("INBOX")), gone);
    tx.erase_message({id("INBOX"), uid});
  });
  const auto rescued = world_.store().rescued(world_.account);
  ASSERT_EQ(rescued.size(), 1u);
  EXPECT_EQ(rescued[0].mailbox, "INBOX");
  ASSERT_TRUE(world_.wait(world_.store().sweep(30 * 86400)));
  world_.must([&](Transaction& tx) { ASSERT_TRUE(restore_rescued(tx, id("INBOX"), rescued[0])); });
  const Uid back{visible_uids(world_.mailbox("INBOX")).front()};
  EXPECT_EQ(flags("INBOX", back), Names{"Work"});
  EXPECT_EQ(message("INBOX", back).here.size, mail("one").size());
  EXPECT_EQ(*world_.read(message("INBOX", back).content), mail("one"));
  EXPECT_EQ(journal().back().kind, OperationKind::append);
}

TEST_F(ClientActions, WhatAnotherMailboxHoldsIsNotRescued) {
  world_.make_mailbox("Archive");
  const Uid uid = world_.append("INBOX", mail("one"));
  world_.append("Archive", mail("one"));
  world_.must([&](Transaction& tx) {
    const Message gone = *tx.state().find({id("INBOX"), uid});
    tx.rescue(*tx.state().find(id("INBOX")), gone);
    tx.erase_message({id("INBOX"), uid});
  });
  EXPECT_TRUE(world_.store().rescued(world_.account).empty());
}

}  // namespace
}  // namespace satchel::store
