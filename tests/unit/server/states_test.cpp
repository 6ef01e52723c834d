// Every command in every state (RFC 3501 section 3): out of its state it is BAD and nothing happens; in
// it, it is never said to be out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.hpp"

namespace satchel::server::test {
namespace {

enum class In : std::uint8_t { not_authenticated, authenticated, selected };

struct Row {
  const char* command;
  bool before_login, after_login, selected;
};

constexpr Row rows[] = {
    {"CAPABILITY", true, true, true},
    {"NOOP", true, true, true},
    {"ID NIL", true, true, true},
    {"LOGOUT", true, true, true},
    {"STARTTLS", true, false, false},
    {"AUTHENTICATE PLAIN AHgAeQ==", true, false, false},
    {"LOGIN x y", true, false, false},
    {"ENABLE CONDSTORE", false, true, true},
    {"NAMESPACE", false, true, true},
    {"SELECT INBOX", false, true, true},
    {"EXAMINE INBOX", false, true, true},
    {"CREATE Work", false, true, true},
    {"DELETE Work", false, true, true},
    {"RENAME Work Plans", false, true, true},
    {"SUBSCRIBE Work", false, true, true},
    {"UNSUBSCRIBE Work", false, true, true},
    {"LIST \"\" *", false, true, true},
    {"LSUB \"\" *", false, true, true},
    {"STATUS INBOX (MESSAGES)", false, true, true},
    {"APPEND INBOX {5+}\r\nHello", false, true, true},
    {"CHECK", false, false, true},
    {"CLOSE", false, false, true},
    {"UNSELECT", false, false, true},
    {"EXPUNGE", false, false, true},
    {"UID EXPUNGE 1", false, false, true},
    {"SEARCH ALL", false, false, true},
    {"UID SEARCH ALL", false, false, true},
    {"FETCH 1 FLAGS", false, false, true},
    {"UID FETCH 1 FLAGS", false, false, true},
    {"STORE 1 FLAGS ()", false, false, true},
    {"UID STORE 1 FLAGS ()", false, false, true},
    {"COPY 1 INBOX", false, false, true},
    {"UID COPY 1 INBOX", false, false, true},
    {"MOVE 1 INBOX", false, false, true},
    {"UID MOVE 1 INBOX", false, false, true},
};

class States : public testing::TestWithParam<Row> {
 protected:
  std::string said_in(In state) {
    World world;
    world.deliver("INBOX", "Subject: x\r\n\r\nBody.\r\n");
    auto client = world.connect();
    if (state == In::not_authenticated)
      client->line();
    else
      client->login();
    if (state == In::selected) client->last("SELECT INBOX");
    std::string said = client->last(GetParam().command);
    if (out_of_state(said)) {
      EXPECT_EQ(client->last("NOOP"), "OK Done.") << "what comes next is read as a command";
      EXPECT_EQ(world.find("INBOX").exists, 1u);
    }
    return said;
  }
  static bool out_of_state(const std::string& said) {
    return said.starts_with("BAD ") && said.ends_with(" cannot be used now.");
  }
};

TEST_P(States, BeforeALogin) {
  EXPECT_EQ(out_of_state(said_in(In::not_authenticated)), !GetParam().before_login);
}
TEST_P(States, AfterALogin) {
  EXPECT_EQ(out_of_state(said_in(In::authenticated)), !GetParam().after_login);
}
TEST_P(States, WithAMailboxSelected) {
  EXPECT_EQ(out_of_state(said_in(In::selected)), !GetParam().selected);
}

INSTANTIATE_TEST_SUITE_P(All, States, testing::ValuesIn(rows), [](const auto& one) {
  std::string name;
  for (const char letter :
       std::string(one.param.command).substr(0, std::string(one.param.command).find_first_of("1{\"")))
    if (std::isalnum(static_cast<unsigned char>(letter)) != 0) name += letter;
  return name;
});

}  // namespace
}  // namespace satchel::server::test
