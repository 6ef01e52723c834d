// Rows: what is encoded comes back, and what is cut or altered is noticed or harmless.
#include "store/rows.hpp"

#include <gtest/gtest.h>

namespace satchel::store {
namespace {

Message full_message() {
  Message message;
  message.uid = Uid{7};
  message.upstream = UpstreamUid{70};
  message.modseq = ModSeq{1ull << 40};
  message.content = ContentNumber{123456};
  message.here = {0x1122334455667788, 0x99aabbccddeeff00, -5, 4000};
  message.there = {1, 0x99aabbccddeeff00, 1'700'000'000, 4001};
  message.email_id = 42;
  message.zone = -330;
  message.base = FlagSetId{1};
  message.local = FlagSetId{2};
  message.effective = FlagSetId{3};
  message.hidden_by = OperationId{9};
  message.born = Tick{1000};
  message.metadata = message.header = message.held = message.own = true;
  return message;
}

Operation full_operation() {
  Operation one;
  one.id = OperationId{5};
  one.order = 5 << 16;
  one.kind = OperationKind::move;
  one.state = OperationState::parked_perhaps;
  one.source = {MailboxId{1}, Uid{2}};
  one.target = {MailboxId{3}, Uid{4}};
  one.mailbox = MailboxId{6};
  one.name = "A";
  one.old_name = "B";
  one.add.add("\\Seen");
  one.remove.add("Work");
  one.special_use = SpecialUse::trash;
  one.surely = one.copied = one.superseded = true;
  one.vanished_at = Tick{1};
  one.seen = Tick{2};
  one.born = Tick{3};
  one.time = -1;
  one.uid_next_then = 8;
  one.uid_next_attempt = 9;
  one.uid_validity_attempt = 10;
  one.tries = 2;
  one.not_before = 11;
  one.why = "refused";
  return one;
}

// Encodes what was decoded to the same bytes; every cut, and a byte too many, is refused.
template <class Decode, class Encode>
void expect_tight(const std::string& value, Decode&& decode, Encode&& encode) {
  const auto whole = decode(value);
  ASSERT_TRUE(whole);
  EXPECT_EQ(encode(*whole), value);
  for (std::size_t cut = 0; cut < value.size(); ++cut) EXPECT_FALSE(decode(value.substr(0, cut))) << cut;
  EXPECT_FALSE(decode(value + '\0'));
}

TEST(Rows, Messages) {
  for (const Message& message : {Message(), full_message()}) {
    const auto encode = [](const Message& one) { return rows::encode(one); };
    expect_tight(
        rows::encode(message), [](const std::string& value) { return rows::decode_message(value, Uid{7}); }, encode);
  }
}

TEST(Rows, AnOrdinaryMessageIsSmall) {
  Message message = full_message();
  message.there = message.here;
  message.email_id = 0;
  message.local = {};
  message.hidden_by = {};
  EXPECT_LE(rows::encode(message).size(), 64u);
}

TEST(Rows, Operations) {
  for (const Operation& operation : {Operation(), full_operation()})
    expect_tight(
        rows::encode(operation), [](const std::string& value) { return rows::decode_operation(value); },
        [](const Operation& one) { return rows::encode(one); });
}

TEST(Rows, Mailboxes) {
  Mailbox mailbox;
  mailbox.id = MailboxId{3};
  mailbox.name = "Öl";
  mailbox.uid_validity = UidValidity{99};
  mailbox.special_use = SpecialUse::sent;
  mailbox.listed = mailbox.deleted_here = mailbox.retired = true;
  mailbox.upstream = {"&ANY-l", true, true, 5, 6, 7, "M1", Tick{8}, Tick{9}};
  mailbox.guard = {{{1'780'000'000, 30, 200}, {1'780'000'600, 1, 170}}, true, Tick{10}};
  expect_tight(
      rows::encode(mailbox), [](const std::string& value) { return rows::decode_mailbox(value); },
      [](const Mailbox& one) { return rows::encode(one); });
}

TEST(Rows, Settings) {
  AccountSettings settings;
  settings.id = AccountId{2};
  settings.name = "one";
  settings.host = "mail.example.org";
  settings.port = 143;
  settings.security = Security::starttls;
  settings.password = "secret";
  settings.clients = {{"default", "abc"}, {"phone", "def"}};
  expect_tight(
      rows::encode(settings), [](const std::string& value) { return rows::decode_settings(value); },
      [](const AccountSettings& one) { return rows::encode(one); });
}

TEST(Rows, TheRest) {
  const auto encode = [](const auto& one) { return rows::encode(one); };
  Rescued rescued{ContentNumber{1}, {2, 3, 4, 5}, "INBOX", 6, 7, {}, 8};
  rescued.flags.add("\\Seen");
  expect_tight(
      rows::encode(rescued), [](const std::string& value) { return rows::decode_rescued(value); }, encode);
  expect_tight(
      rows::encode(rows::Counters{1, 2, 3}), [](const std::string& value) { return rows::decode_counters(value); },
      encode);
  expect_tight(
      rows::encode(rows::Location{std::string(32, 'h'), 300'000, {{1, 64, 1000, 2000}, {2, 64, 5, 6}}}),
      [](const std::string& value) { return rows::decode_location(value); }, encode);
  expect_tight(
      rows::encode(Vanished{ModSeq{5}, {Uid{1}, Uid{9}, Uid{4'000'000'000}}, {{Uid{20}, Uid{30}}}}),
      [](const std::string& value) { return rows::decode_vanished(value, ModSeq{5}); }, encode);
  expect_tight(
      rows::encode(Subscription{true, false}),
      [](const std::string& value) { return rows::decode_subscription(value); }, encode);
}

TEST(Rows, TheAccountsState) {
  AccountState state;
  state.delimiter = '.';
  state.listed = state.upstream_alters = true;
  state.tick = Tick{77};
  state.last_mailbox = 5;
  const std::string value = rows::encode_state(state);
  AccountState other;
  ASSERT_TRUE(rows::decode_state(value, other));
  EXPECT_EQ(rows::encode_state(other), value);
  for (std::size_t cut = 0; cut < value.size(); ++cut)
    EXPECT_FALSE(rows::decode_state(value.substr(0, cut), other)) << cut;
}

TEST(Rows, KeysAreOrderedAsTheirNumbers) {
  const AccountId account{1};
  EXPECT_LT(rows::message(account, {MailboxId{1}, Uid{255}}), rows::message(account, {MailboxId{1}, Uid{256}}));
  EXPECT_LT(rows::message(account, {MailboxId{1}, Uid{UINT32_MAX}}), rows::message(account, {MailboxId{2}, Uid{1}}));
  EXPECT_LT(rows::content(ContentNumber{65'535}), rows::content(ContentNumber{65'536}));
  EXPECT_TRUE(rows::message(account, {MailboxId{1}, Uid{1}}).starts_with(rows::message_prefix(account)));
  EXPECT_EQ(rows::number_in(rows::message(account, {MailboxId{1}, Uid{77}}), 9, 4), 77u);
}

}  // namespace
}  // namespace satchel::store
