// Sets of UIDs and lists of names cost what they name here, whatever a server says (attack M7).
#include <gmock/gmock.h>

#include "tests/unit/account/imap_line_world.hpp"

namespace satchel::account {
namespace {

using testing::IsEmpty;
using Kind = sync::Outcome::Kind;

TEST_F(ImapLineTest, ACopyuidOfEverythingIsNotBelieved) {
  open("", {{"UID COPY", "TAG OK [COPYUID 8 1:4294967295 1:4294967295] done\r\n", 1},
            {"UID COPY", "TAG OK [COPYUID 8 4294967295:1 1:4294967295] done\r\n", 1},
            {"UID COPY", "TAG OK [COPYUID 8 1:2 1:4294967295] done\r\n"}});
  const sync::TransferAsk copy{inbox_, {UpstreamUid{1}, UpstreamUid{2}}, "other", sync::TransferAsk::Verb::copy};
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask(copy).uids, IsEmpty());
}

TEST_F(ImapLineTest, MoreNamesThanCanBeKeptAreNotKept) {
  std::string names;
  for (int i = 0; i < 60; ++i) names += "* LIST () \"/\" {1000000}\r\n" + std::string(1'000'000, 'x') + "\r\n";
  open("", {{"LIST \"\" \"*\"", names + "TAG OK\r\n"}});
  const auto answer = ask(sync::ListAsk{});
  EXPECT_EQ(answer.outcome.kind, Kind::no);
  EXPECT_NE(answer.outcome.text, "");
  EXPECT_LT(answer.mailboxes.size(), 51u);  // 96 MB, each name twice
}

}  // namespace
}  // namespace satchel::account
