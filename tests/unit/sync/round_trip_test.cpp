// The thin path: each of the operations goes up, each change comes down, on every kind of server.
#include <gtest/gtest.h>

#include "client_acts.hpp"
#include "simulation.hpp"

namespace satchel::sync::test {
namespace {

using store::FlagSet;
using store::MessageRef;

ServerMail mail(int number, std::uint32_t size = 50) {
  const std::string content = "mail" + std::to_string(number);
  ServerMail one{content, std::uint64_t(number) + 100, number * 10, size};
  remember(one);
  return one;
}

using Contents = std::vector<std::string>;

class EachServer : public testing::TestWithParam<std::string> {
 protected:
  EachServer() : world_(personalities().at(GetParam())) {
    world_.server.create("Work");
    for (int i = 1; i <= 3; ++i) arrives("INBOX", i);
    EXPECT_TRUE(world_.run());
  }
  void arrives(const std::string& mailbox, int number) {
    world_.server.put(*world_.server.find(mailbox), mail(number), {}, 0);
  }
  MessageRef in_inbox(std::size_t index) { return world_.visible("INBOX").at(index); }
  Contents plain_upstream(const std::string& name) {
    Contents all = world_.contents_upstream(name);
    for (std::string& one : all) one = plain(one);
    return all;
  }
  bool sync() {
    world_.connect();
    return world_.run();
  }
  Simulation world_;
};

TEST_P(EachServer, FirstSyncBringsEverything) {
  EXPECT_EQ(world_.contents("INBOX"), (Contents{"mail1", "mail2", "mail3"}));
  EXPECT_TRUE(world_.mailbox("Work"));
}

TEST_P(EachServer, NewMailComes) {
  arrives("INBOX", 4);
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_.contents("INBOX").back(), "mail4");
}

TEST_P(EachServer, ExpungedUpstreamLeavesAndIsRescued) {
  world_.server.expunge(*world_.server.find("INBOX"), 2);
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_.contents("INBOX"), (Contents{"mail1", "mail3"}));
  EXPECT_TRUE(world_.account.rescued().contains("mail2"));
}

TEST_P(EachServer, FlagsComeDown) {
  world_.server.set_flag(*world_.server.find("INBOX"), 1, "\\Seen", true);
  EXPECT_TRUE(sync());
  EXPECT_TRUE(world_.account.flags(world_.account.state().find(in_inbox(0))->effective).has("\\Seen"));
}

TEST_P(EachServer, FlagsGoUp) {
  client_flag(world_.account, in_inbox(0), "\\Flagged", true);
  EXPECT_TRUE(world_.run());
  EXPECT_TRUE(world_.server.find("INBOX")->messages.at(1).flags.contains("\\Flagged"));
}

TEST_P(EachServer, AppendGoesUpOnce) {
  client_append(world_.account, world_.mailbox("Work"), mail(9), FlagSet{});
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(plain_upstream("Work"), (Contents{"mail9"}));
}

TEST_P(EachServer, CopyGoesUpOnce) {
  client_copy(world_.account, in_inbox(1), world_.mailbox("Work"));
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(plain_upstream("Work"), (Contents{"mail2"}));
  EXPECT_EQ(world_.contents_upstream("INBOX").size(), 3u);
}

TEST_P(EachServer, MoveGoesUpOnce) {
  client_move(world_.account, in_inbox(1), world_.mailbox("Work"));
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(plain_upstream("Work"), (Contents{"mail2"}));
  EXPECT_EQ(world_.contents_upstream("INBOX"), (Contents{"mail1", "mail3"}));
}

TEST_P(EachServer, ExpungeGoesUp) {
  client_expunge(world_.account, in_inbox(0));
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(world_.contents_upstream("INBOX"), (Contents{"mail2", "mail3"}));
}

TEST_P(EachServer, MailboxesAreMadeRenamedAndDeleted) {
  const store::MailboxId made = client_create(world_.account, "New");
  client_append(world_.account, made, mail(9), FlagSet{});
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(plain_upstream("New"), (Contents{"mail9"}));
  client_rename(world_.account, made, "Newer");
  EXPECT_TRUE(world_.run());
  EXPECT_EQ(plain_upstream("Newer"), (Contents{"mail9"}));
  EXPECT_FALSE(world_.server.find("New"));
  client_delete(world_.account, made);
  EXPECT_TRUE(world_.run());
  EXPECT_FALSE(world_.server.find("Newer"));
}

TEST_P(EachServer, SubscriptionsGoBothWays) {
  client_subscribe(world_.account, "Work", true);
  world_.server.subscribed().insert("INBOX");
  EXPECT_TRUE(sync());
  EXPECT_TRUE(world_.server.subscribed().contains("Work"));
  EXPECT_TRUE(world_.account.state().subscriptions.at("INBOX").effective);
}

// Those whose UIDVALIDITY says something.
class ServerThatRenumbers : public EachServer {};

TEST_P(ServerThatRenumbers, NewUidValidityChangesNoLocalUid) {
  const std::vector<MessageRef> before = world_.visible("INBOX");
  ServerMailbox& inbox = *world_.server.find("INBOX");
  world_.server.new_uid_validity(inbox, 4);
  EXPECT_TRUE(sync());
  EXPECT_EQ(world_.visible("INBOX"), before);
}

INSTANTIATE_TEST_SUITE_P(Servers, EachServer,
                         testing::Values("qresync", "condstore", "without_move", "plain", "merging", "altering",
                                         "altering_plain", "uid_validity_one"),
                         [](const auto& one) { return one.param; });
INSTANTIATE_TEST_SUITE_P(Servers, ServerThatRenumbers,
                         testing::Values("qresync", "condstore", "without_move", "plain", "merging", "altering",
                                         "altering_plain"),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace satchel::sync::test
