// Dialogues about mailboxes and subscriptions.
#include "dialogue.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/undo.hpp"

namespace satchel::sync::test {
namespace {

// --- what LIST tells by the way

// With labels each change may change other mailboxes, which LIST with STATUS tells: but not of the one that is open.
TEST_F(Dialogue, AMailboxWhoseStatusIsNotToldIsLookedAt) {
  Traits labels = personalities().at("qresync");
  labels.merges = true;
  with(labels);
  world_->server.tell_no_status_of("INBOX");
  world_->server.put(*world_->server.find("INBOX"), mail(4), {}, 0);
  client_append(world_->account, work(), mail(5), {});
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(world_->contents("INBOX"), (Contents{"mail1", "mail2", "mail3", "mail4"}));
}

// --- copies

// Each time it leaves another message that nobody wanted.
TEST_F(Dialogue, ACopyThatIsDoneAndNeverFoundIsNotSentForEver) {
  with("plain");
  const MessageRef made = client_copy(world_->account, in_inbox(0), work());
  world_->server.copy_instead(mail(9));
  world_->run();
  EXPECT_EQ(times_asked("COPY INBOX 1 -> Work"), 3u);
  const store::Operation* copy = nullptr;
  for (const store::Operation* one : tx().state().journal.of(made)) copy = one;
  ASSERT_TRUE(copy && copy->parked());
  EXPECT_NE(copy->why.find("nothing like it is there"), std::string::npos);
  world_->server.copy_instead(mail(1));
  retry(tx(), copy->id);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(times_asked("COPY INBOX 1 -> Work"), 4u);
}

// --- subscriptions

TEST_F(Dialogue, OnlyTheLastSubscriptionGoesUp) {
  with("qresync");
  client_subscribe(world_->account, "Work", true);
  client_subscribe(world_->account, "Work", false);
  client_subscribe(world_->account, "Work", true);
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(times_asked("SUBSCRIBE Work"), 1u);
  EXPECT_EQ(times_asked("UNSUBSCRIBE Work"), 0u);
  EXPECT_TRUE(world_->server.subscribed().contains("Work"));
}

TEST_F(Dialogue, AMailboxMadeAndDeletedHereIsNotSubscribed) {
  with("qresync");
  client_delete(world_->account, client_create(world_->account, "New"));
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(times_asked("SUBSCRIBE New"), 0u);
  EXPECT_FALSE(world_->server.subscribed().contains("New"));
  EXPECT_FALSE(world_->account.state().subscriptions.contains("New"));
  EXPECT_FALSE(world_->server.find("New"));
}

TEST_F(Dialogue, ANameThatAnotherMailboxTookOverStaysSubscribed) {
  with("qresync");
  client_delete(world_->account, client_create(world_->account, "New"));
  const MailboxId other = client_create(world_->account, "Other");
  client_rename(world_->account, other, "New");
  EXPECT_TRUE(world_->run());
  EXPECT_TRUE(world_->server.subscribed().contains("New"));
  EXPECT_TRUE(world_->account.state().subscriptions.at("New").effective);
}

TEST_F(Dialogue, ARenameThatTakesASubscriptionAlongIsHeardOf) {
  with("qresync");
  world_->server.subscribed().insert("Work");
  ASSERT_TRUE(sync());
  client_rename(world_->account, work(), "Labour");
  for (int i = 0; i < 1000 && !times_asked("RENAME -> Labour"); ++i) world_->step(0, 0);
  ASSERT_EQ(times_asked("RENAME -> Labour"), 1u);
  world_->step(0, 0);
  world_->server.subscribed() = {"Labour"};
  EXPECT_TRUE(world_->run());
  EXPECT_TRUE(world_->account.state().subscriptions.at("Labour").effective);
  EXPECT_FALSE(world_->account.state().subscriptions.contains("Work"));
}

// The user drops the one operation that is parked.
void give_up(store::Transaction& tx) {
  ASSERT_EQ(tx.state().journal.size(), 1u);
  store::OperationId parked;
  tx.state().journal.for_each([&](const store::Operation& operation) {
    parked = operation.id;
    return false;
  });
  EXPECT_TRUE(drop(tx, parked));
}

TEST_F(Dialogue, AMailboxThatWasRenamedWhileItWasToBeDeletedIsShownUnderItsNewNameWhereThatIsGivenUp) {
  with("qresync");
  const MailboxId id = work();
  world_->server.subscribed().insert("Work");
  ASSERT_TRUE(sync());
  client_delete(world_->account, id);
  world_->server.rename("Work", "Labour");
  world_->server.refuse("DELETE Labour", 100, "CANNOT");
  EXPECT_FALSE(sync());
  give_up(tx());
  EXPECT_TRUE(sync());
  EXPECT_EQ(tx().state().find(id)->name, "Labour");
  EXPECT_FALSE(tx().state().subscriptions.contains("Labour"));  // RENAME takes none along (RFC 3501 section 6.3.5)
}

TEST_F(Dialogue, AMailboxThatBothRenamedHasTheOtherNameWhereOurRenameIsGivenUp) {
  with("qresync");
  const MailboxId id = work();
  client_rename(world_->account, id, "Toil");
  world_->server.rename("Work", "Labour");
  world_->server.refuse("RENAME -> Toil", 100, "CANNOT");
  EXPECT_FALSE(sync());
  give_up(tx());
  EXPECT_TRUE(sync());
  EXPECT_EQ(tx().state().find(id)->name, "Labour");
}

// UIDVALIDITY 1 says nothing: some servers give it always, and number anew all the same.
TEST_F(Dialogue, WhereUidValiditySaysNothingOnlyTheVerySameMessageIsMoved) {
  for (const char* personality : {"condstore", "plain"}) {  // not where MAILBOXID tells
    with(personality);
    ServerMailbox& inbox = *world_->server.find("INBOX");
    inbox.uid_validity = 1;
    ASSERT_TRUE(sync());
    const MessageRef first = in_inbox(0);
    ASSERT_EQ(plain(world_->content_of(first)), "mail1");
    client_move(world_->account, first, work());
    // Between the pull before it and the move itself.
    for (int i = 0; i < 1000 && times_asked("SELECT Work") < 2; ++i) world_->step(0, 0);
    std::swap(inbox.messages.at(1).mail, inbox.messages.at(2).mail);
    EXPECT_TRUE(world_->run()) << personality;
    EXPECT_EQ(plain_upstream("Work"), Contents{"mail1"}) << personality;
  }
}

TEST_F(Dialogue, ASubscriptionThatUpstreamHasNoTimeForIsSentAgain) {
  with("qresync");
  for (const bool on : {true, false}) {
    const std::string question = on ? "SUBSCRIBE Work" : "UNSUBSCRIBE Work";
    world_->server.refuse(question, 1, "UNAVAILABLE");
    client_subscribe(world_->account, "Work", on);
    EXPECT_TRUE(world_->run());
    EXPECT_EQ(times_asked(question), 2u);
    EXPECT_EQ(world_->server.subscribed().contains("Work"), on);
    EXPECT_TRUE(sync());
    EXPECT_EQ(world_->account.state().subscriptions.contains("Work"), on);
  }
}

TEST_F(Dialogue, AnUnsubscribeThatUpstreamRefusesForGoodIsParked) {
  with("qresync");
  client_subscribe(world_->account, "Work", true);
  ASSERT_TRUE(world_->run());
  world_->server.refuse("UNSUBSCRIBE", 3, "");
  client_subscribe(world_->account, "Work", false);
  EXPECT_FALSE(world_->run());
  EXPECT_EQ(times_asked("UNSUBSCRIBE Work"), 3u);
  const store::AccountState& state = tx().state();
  EXPECT_FALSE(state.subscriptions.at("Work").effective);
  world_->server.subscribed().erase("Work");  // somebody else's doing
  EXPECT_TRUE(sync());
  EXPECT_FALSE(state.subscriptions.contains("Work"));
}

TEST_F(Dialogue, AnUnsubscribeThatWasRefusedEndsWithTheNextSubscribe) {
  with("qresync");
  client_subscribe(world_->account, "Work", true);
  ASSERT_TRUE(world_->run());
  world_->server.refuse("UNSUBSCRIBE", 1, "NOPERM");
  client_subscribe(world_->account, "Work", false);
  EXPECT_FALSE(world_->run());
  client_subscribe(world_->account, "Work", true);
  EXPECT_TRUE(sync());
  EXPECT_TRUE(tx().state().subscriptions.at("Work").effective);
}

TEST_F(Dialogue, AnUnsubscribeOfWhatIsNotSubscribedIsOver) {
  with("qresync");
  world_->server.refuse("UNSUBSCRIBE", 100, "CANNOT");
  client_subscribe(world_->account, "Work", false);
  EXPECT_TRUE(sync());
  EXPECT_TRUE(tx().state().journal.empty());
}

// --- copies of a copy whose mailbox was deleted before it went up

TEST_F(Dialogue, ACopyThatStartsElsewhereKeepsItsFlags) {
  with("plain");
  const MailboxId between = client_create(world_->account, "Between");
  const MessageRef stop = client_copy(world_->account, in_inbox(0), between);
  client_flag(world_->account, in_inbox(0), "\\Seen", true);
  const MessageRef made = client_copy(world_->account, stop, work());
  client_delete(world_->account, between);
  EXPECT_TRUE(sync());
  EXPECT_FALSE(shows(made, "\\Seen"));
  EXPECT_TRUE(world_->server.find("Work")->messages.begin()->second.flags.empty());
}

TEST_F(Dialogue, ACopyOfAStopThatIsSkippedKeepsItsFlags) {
  with("plain");
  const MailboxId between = client_create(world_->account, "Between");
  const MessageRef stop = client_copy(world_->account, in_inbox(0), between);
  client_flag(world_->account, in_inbox(0), "\\Seen", true);
  const MessageRef made = client_copy(world_->account, stop, work());
  client_move(world_->account, stop, world_->mailbox("INBOX"));
  client_delete(world_->account, between);
  EXPECT_TRUE(sync());
  EXPECT_FALSE(shows(made, "\\Seen"));
  EXPECT_TRUE(world_->server.find("Work")->messages.begin()->second.flags.empty());
}

// --- mailboxes that are renamed

TEST_F(Dialogue, OurRenameOfWhatWasNeverOpenedIsKnownAgain) {
  with("condstore");
  const MailboxId made = client_create(world_->account, "New");
  crash_after("CREATE New");
  client_rename(world_->account, made, "Else");
  client_delete(world_->account, made);
  for (int i = 0; i < 1000 && !world_->server.find("Else"); ++i) world_->step(0, 0);
  world_->crash(0);  // the answer is lost
  for (int i = 0; i < 1000 && !world_->plan->in_sync(tx().state()); ++i) {
    ASSERT_FALSE(world_->mailbox("Else"));
    world_->step(0, 0);
  }
  EXPECT_TRUE(world_->plan->in_sync(tx().state()));
  EXPECT_EQ(world_->server.mailboxes().size(), 2u);
}

TEST_F(Dialogue, OurRenameIsKnownAgainAlthoughMostOfItWasExpunged) {
  for (const bool all : {false, true}) {
    with("condstore");
    for (int i = 4; i <= 6; ++i) world_->server.put(*world_->server.find("Work"), mail(i), {}, 0);
    ASSERT_TRUE(sync());
    world_->server.create("Else");  // the name has a UIDVALIDITY of its own
    ASSERT_TRUE(sync());
    client_delete(world_->account, world_->mailbox("Else"));
    ASSERT_TRUE(sync());
    const MailboxId renamed = work();
    const auto shown = world_->visible("Work");
    for (std::size_t i = all ? 0 : 1; i < 3; ++i) client_expunge(world_->account, shown[i]);
    client_rename(world_->account, renamed, "Else");
    client_rename(world_->account, renamed, "Third");
    client_append(world_->account, renamed, mail(7), {});
    for (int i = 4; i <= 6; ++i)  // it went through, but for the answers
      if (all || i > 4) world_->server.expunge(*world_->server.find("Work"), std::uint32_t(i - 3));
    world_->server.rename("Work", "Else");
    world_->crash(0);
    for (int i = 0; i < 1000 && !world_->plan->in_sync(tx().state()); ++i) {
      ASSERT_FALSE(world_->mailbox("Else"));  // not shown as another
      world_->step(0, 0);
    }
    EXPECT_TRUE(world_->plan->in_sync(tx().state()));
    EXPECT_EQ(world_->mailbox("Third"), renamed);
    EXPECT_EQ(world_->server.mailboxes().size(), 2u);
    EXPECT_EQ(world_->contents_upstream("Third"), all ? (Contents{"mail7"}) : (Contents{"mail4", "mail7"}));
  }
}

TEST_F(Dialogue, TwinsThatAreRenumberedAreToldApartByTheirFlags) {
  with("plain");
  world_->server.put(*world_->server.find("INBOX"), mail(1), {"\\Flagged"}, 0);
  ASSERT_TRUE(sync());
  const MessageRef stays = in_inbox(3);
  client_expunge(world_->account, in_inbox(0));
  world_->server.new_uid_validity(*world_->server.find("INBOX"), 1);
  EXPECT_TRUE(sync());
  EXPECT_TRUE(shows(stays, "\\Flagged"));
  EXPECT_EQ(world_->contents_upstream("INBOX").size(), 3u);
}

TEST_F(Dialogue, FlagsOfWhatIsExpungedHoldUpNoRename) {
  with("plain");
  const MessageRef twin = client_copy(world_->account, in_inbox(0), work());
  ASSERT_TRUE(world_->run());
  client_flag(world_->account, twin, "\\Flagged", true);
  client_rename(world_->account, work(), "Other");
  const MailboxId again = client_create(world_->account, "Work");
  client_copy(world_->account, in_inbox(0), again);
  client_expunge(world_->account, twin);  // after the copy: of twins one is always there
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail1"}));
  EXPECT_EQ(world_->contents_upstream("Other"), Contents{});
}

TEST_F(Dialogue, WhatGoesIntoANewMailboxOfTheSameNameHoldsUpNoDelete) {
  with("plain");
  world_->server.put(*world_->server.find("Work"), mail(4), {}, 0);
  ASSERT_TRUE(sync());
  const MessageRef twin = client_copy(world_->account, world_->visible("Work").at(0), work());
  ASSERT_TRUE(world_->run());
  const MailboxId between = client_create(world_->account, "Between");
  const MessageRef stop = client_move(world_->account, world_->visible("Work").at(0), between);
  client_expunge(world_->account, twin);
  client_delete(world_->account, work());
  const MailboxId again = client_create(world_->account, "Work");
  const MessageRef end = client_move(world_->account, stop, again);
  client_flag(world_->account, end, "\\Flagged", true);
  client_delete(world_->account, between);
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_->contents_upstream("Work"), (Contents{"mail4"}));
  EXPECT_EQ(world_->server.find("Work")->messages.begin()->second.flags, (std::set<std::string>{"\\Flagged"}));
  EXPECT_EQ(world_->mailbox("Work"), again);
  EXPECT_FALSE(world_->server.find("Between"));
}

// --- mailboxes that go

TEST_F(Dialogue, AListWithoutInboxIsAskedForAgain) {
  with("qresync");
  world_->server.create("New");
  world_->server.empty_lists = 3;
  EXPECT_TRUE(sync());
  EXPECT_TRUE(world_->mailbox("New"));
  EXPECT_TRUE(work());
}

TEST_F(Dialogue, AMailboxThatIsGoneUpstreamNeedsNoPull) {
  with("condstore");
  const MailboxId gone = work();
  world_->server.remove("Work");
  EXPECT_TRUE(sync());
  world_->plan->poke(gone);
  EXPECT_TRUE(world_->plan->in_sync(tx().state()));
  EXPECT_EQ(world_->plan->to_pull(tx().state()), 0u);
}

// A row that is hidden by no operation would keep the store from opening.
TEST_F(Dialogue, WhatWasExpungedWhereItPerhapsIsGoesWithItsMailbox) {
  with("plain");
  const MessageRef made = client_move(world_->account, in_inbox(0), work());
  crash_after("COPY INBOX 1 -> Work");
  client_rename(world_->account, made.mailbox, "Other");
  client_expunge(world_->account, made);
  client_delete(world_->account, made.mailbox);
  world_->server.remove("Work");
  world_->connect();
  for (int i = 0; i < 200; ++i) {
    world_->step(0, 0);
    const store::Message* row = tx().state().find(made);
    ASSERT_TRUE(!row || row->visible() || find(tx().state(), row->hidden_by));
  }
  EXPECT_TRUE(world_->run());
  EXPECT_EQ(world_->contents_upstream("INBOX"), (Contents{"mail2", "mail3"}));
}

TEST_F(Dialogue, AHintAboutAMailboxThatIsThereIsAPullToDo) {
  with("condstore");
  world_->plan->poke(work());
  EXPECT_FALSE(world_->plan->in_sync(tx().state()));
}

}  // namespace
}  // namespace satchel::sync::test
