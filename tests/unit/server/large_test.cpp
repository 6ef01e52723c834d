// Large messages go in and out in pieces; large mailboxes cost what changed, not what there is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace satchel::server::test {
namespace {

using testing::StartsWith;

std::string large_message(std::size_t size) {
  std::string message = "Subject: large\r\n\r\n";
  for (std::size_t line = 0; message.size() < size; ++line)
    message += "line " + std::to_string(line) + " of many that together make a large message\r\n";
  return message;
}

TEST(Large, AMessageComesBackAsItWasAppended) {
  World world;
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  const std::string message = large_message(5'000'000);
  client->send("a APPEND INBOX {" + std::to_string(message.size()) + "}\r\n");
  EXPECT_EQ(client->line(), "+ Go on.");
  client->send(message);
  client->send("\r\n");
  EXPECT_EQ(client->line(), "* 1 EXISTS");
  EXPECT_EQ(client->line(), "* 1 RECENT");
  EXPECT_THAT(client->line(), StartsWith("a OK [APPENDUID "));
  client->send("b FETCH 1 BODY.PEEK[]\r\n");
  EXPECT_EQ(client->line(), "* 1 FETCH (BODY[] {" + std::to_string(message.size()) + "}");
  EXPECT_EQ(client->bytes(message.size()), message);
  EXPECT_EQ(client->line(), ")");
  EXPECT_EQ(client->line(), "b OK Done.");
}

TEST(Large, PiecesOf64KbAreReadWhereTheyLie) {
  World world;
  const std::string message = large_message(3'000'000);
  world.deliver("INBOX", message);
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  std::string together;
  while (true) {
    client->send("a UID FETCH 1 BODY.PEEK[]<" + std::to_string(together.size()) + ".65536>\r\n");
    const std::string head = client->line();
    if (head.ends_with("\"\")")) break;
    const std::size_t size = std::stoul(head.substr(head.find('{') + 1));
    together += client->bytes(size);
    client->line();
    client->line();
  }
  EXPECT_EQ(together, message);
}

TEST(Large, TheTextOfALargeMessageIsSearched) {
  World world;
  world.deliver("INBOX", large_message(2'000'000) + "a needle in it\r\n");
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  EXPECT_EQ(client->command("SEARCH BODY \"a NEEDLE in\"").front(), "* SEARCH 1");
  EXPECT_EQ(client->command("SEARCH BODY \"no needle\"").front(), "* SEARCH");
  EXPECT_EQ(client->command("SEARCH NOT BODY \"no needle\" SUBJECT large").front(), "* SEARCH 1");
}

TEST(Large, AHeaderLongerThanWhatIsKeptApartIsServedWhole) {
  World world;
  std::string message = "From: a@example.org\r\n";
  for (int i = 0; i < 3000; ++i)
    message += "X-Filler-" + std::to_string(i) + ": some forty bytes of nothing at all\r\n";
  message += "X-Last: here\r\n\r\nBody.\r\n";
  const std::size_t header = message.find("\r\n\r\n") + 4;
  world.deliver("INBOX", message);
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  client->send("a FETCH 1 BODY.PEEK[HEADER]\r\n");
  EXPECT_EQ(client->line(), "* 1 FETCH (BODY[HEADER] {" + std::to_string(header) + "}");
  EXPECT_EQ(client->bytes(header), message.substr(0, header));
  EXPECT_EQ(client->line(), ")");
  client->line();
  EXPECT_EQ(client->command("FETCH 1 BODY.PEEK[HEADER.FIELDS (X-Last)]")[1], "X-Last: here");
  EXPECT_EQ(client->command("SEARCH HEADER X-Last here").front(), "* SEARCH 1");
}

TEST(Large, ManyMessagesAreFetchedInOrderAndWhole) {
  World world;
  const store::MailboxId inbox = world.find("INBOX").id;
  std::vector<std::string> contents;
  for (int i = 1; i <= 1500; ++i) contents.push_back("Subject: " + std::to_string(i) + "\r\n\r\nBody.\r\n");
  const auto stored = world.wait(world.store->contents().put(contents));
  world.change([&](store::Transaction& tx) {
    for (const store::StoredContent& one : *stored) {
      store::Message row;
      row.content = tx.new_content();
      tx.attach(row.content, one);
      row.here = {one.message_id_hash, one.header_hash, 1'700'000'000, std::uint32_t(one.size)};
      row.metadata = row.header = true;
      tx.add_message(inbox, row);
    }
  });
  auto client = world.connect_and_login();
  client->last("SELECT INBOX");
  const auto envelopes = client->command("FETCH 1:* ENVELOPE");
  ASSERT_EQ(envelopes.size(), 1501u);
  for (int i = 1; i <= 1500; ++i)
    EXPECT_THAT(envelopes[std::size_t(i - 1)],
                StartsWith("* " + std::to_string(i) + " FETCH (ENVELOPE (NIL \"" + std::to_string(i) + "\" "));
  const auto subjects = client->command("UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]");
  ASSERT_EQ(subjects.size(), 1500u * 4 + 1);
  const auto bodies = client->command("FETCH 1:* BODY[]");
  EXPECT_EQ(bodies.back().substr(bodies.back().find(' ') + 1), "OK Done.");
  EXPECT_EQ(client->command("SEARCH UNSEEN").front(), "* SEARCH");
  const auto expunged = [&] {
    client->last("STORE 2:1499 +FLAGS.SILENT (\\Deleted)");
    return client->command("EXPUNGE");
  }();
  EXPECT_EQ(expunged.size(), 1499u);
  EXPECT_EQ(expunged.front(), "* 2 EXPUNGE");
  EXPECT_EQ(client->command("FETCH 1:2 UID").front(), "* 1 FETCH (UID 1)");
  EXPECT_EQ(client->command("FETCH 2 UID").front(), "* 2 FETCH (UID 1500)");
}

}  // namespace
}  // namespace satchel::server::test
