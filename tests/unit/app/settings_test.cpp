#include "proxy/app/settings.hpp"

#include <gtest/gtest.h>

namespace satchel::app {
namespace {

TEST(SettingsTest, WhatIsNotSaidIsTheDefault) {
  const auto settings = parse_settings("[imap]\nport = 5000\n", "satchel.toml", {});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->imap_port, 5000);
  EXPECT_EQ(settings->imap_tls_port, 4993);
}

TEST(SettingsTest, EverySettingIsTaken) {
  const auto settings = parse_settings(
      "[imap]\nport=0\ntls_port=1\n[web]\nport=2\n[log]\nlevel=\"debug\"\n[sync]\nconnections=3\nanswer_seconds="
      "8\naudit_seconds=7\n"
      "[keep]\nrescued_days=4\nguard_share=5\nguard_messages=6\n[door]\nunknown_peer=\"allow\"\n",
      "satchel.toml", {});
  ASSERT_TRUE(settings) << settings.error().text;
  EXPECT_EQ(settings->web_port, 2);
  EXPECT_EQ(settings->log_level, LogLevel::debug);
  EXPECT_EQ(settings->connections, 3u);
  EXPECT_EQ(settings->answer_seconds, 8u);
  EXPECT_EQ(settings->audit_seconds, 7u);
  EXPECT_EQ(settings->rescued_days, 4u);
  EXPECT_EQ(settings->guard_share, 5u);
  EXPECT_EQ(settings->guard_messages, 6u);
  EXPECT_EQ(settings->unknown_peer, UnknownPeer::allow);
}

struct Refusal {
  const char* text;
  const char* says;
};
class RefusedSettings : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedSettings, NamesFileLineAndWhatIsAllowed) {
  const auto settings = parse_settings(GetParam().text, "satchel.toml", {});
  ASSERT_FALSE(settings);
  EXPECT_NE(settings.error().text.find(GetParam().says), std::string::npos) << settings.error().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSettings,
    testing::Values(
        Refusal{"[imap]\nport = \"4143\"\n", "satchel.toml, line 2: imap.port must be a port from 0 to 65535."},
        Refusal{"[imap]\nport = 70000\n", "line 2: imap.port must be"},
        Refusal{"[imap]\nport = 1.5\n", "line 2: imap.port must be"},
        Refusal{"\n[imap]\nprot = 1\n", "line 3: there is no setting \"prot\" in [imap]; there are: port, tls_port."},
        Refusal{"[smtp]\n", "line 1: there is no section \"smtp\""},
        Refusal{"imap = 3\n", "line 1: \"imap\" must be a section"},
        Refusal{"[log]\nlevel = \"loud\"\n", "\"error\", \"warn\", \"info\" or \"debug\""},
        Refusal{"[imap\n", "line 1"}));

}  // namespace
}  // namespace satchel::app
