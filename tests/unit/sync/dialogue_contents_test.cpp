// Dialogues about contents.
#include "answers.hpp"
#include "dialogue.hpp"

namespace satchel::sync::test {
namespace {

// Two questions are under way at once: what came of the second one counts, and is not asked for again.
TEST_F(Dialogue, WhatCameAheadOfItsTurnIsKeptWhereTheLineIsLost) {
  with("qresync");
  constexpr int count = 9;
  ServerMailbox& inbox = *world_->server.find("INBOX");
  for (int i = 4; i <= count; ++i) {
    ServerMail large = mail(i);
    large.size = 3'000'000;  // two of them go in one question
    world_->server.put(inbox, large, {}, 0);
  }
  std::vector<UpstreamUid> ahead;
  std::map<UpstreamUid, int> asked;
  world_->server.on_contents = [&](const ContentsAsk& ask, ContentsAnswer& answer) {
    for (const UpstreamUid uid : ask.uids) ++asked[uid];
    if (!ahead.empty() || ask.next.empty()) return;
    ahead = ask.next;
    answer.outcome.kind = Outcome::Kind::lost;
    answer.contents.clear();
    for (const UpstreamUid uid : ahead)
      answer.contents.push_back({uid, stored_content(inbox.messages.at(uid.value).mail)});
  };
  EXPECT_TRUE(sync());
  ASSERT_FALSE(ahead.empty());
  for (const UpstreamUid uid : ahead) EXPECT_EQ(asked[uid], 0) << uid.value;
  EXPECT_EQ(world_->contents("INBOX").size(), std::size_t(count));
}

// A LIST with each look would have all mailboxes pulled again where STATUS says nothing, and on a slow line the content
// would never have its turn.
TEST_F(Dialogue, AMailboxThatIsToBeDeletedWaitsForItsContentsWithoutAsking) {
  with("plain");
  bool gives = false;
  world_->server.on_contents = [&](const ContentsAsk&, ContentsAnswer& answer) {
    if (!gives) answer.contents.clear();
  };
  world_->server.put(*world_->server.find("Work"), mail(4), {}, 0);
  world_->connect();
  EXPECT_FALSE(world_->run(200));
  client_delete(world_->account, work());
  world_->asked.clear();
  EXPECT_FALSE(world_->run(200));
  EXPECT_EQ(times_asked("LIST"), 1u);
  EXPECT_EQ(times_asked("DELETE Work"), 0u);
  gives = true;
  EXPECT_TRUE(sync());
  EXPECT_FALSE(world_->server.find("Work"));
}

}  // namespace
}  // namespace satchel::sync::test
