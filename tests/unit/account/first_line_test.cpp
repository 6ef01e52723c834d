// The line on which a login was tried: the account's engine goes on with it.
#include "engine_world.hpp"
#include "imap_line_world.hpp"

namespace satchel::account::test {
namespace {

class FirstLineTest : public EngineWorld {
 protected:
  FirstLineTest() {
    script_->rules = {{"CAPABILITY", "* CAPABILITY IMAP4rev1 NAMESPACE\r\nTAG OK\r\n"},
                      {"LOGIN", "TAG OK in\r\n"},
                      {"NAMESPACE", "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\nTAG OK\r\n"},
                      {"LIST", "* LIST () \"/\" INBOX\r\nTAG OK\r\n"},
                      {"LSUB", "TAG OK\r\n"},
                      {"EXAMINE", "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 1] n\r\nTAG OK\r\n"},
                      {"UID SEARCH", "* SEARCH\r\nTAG OK\r\n"}};
  }

  FirstLinePtr tried() {
    return wait(open_first_line(connectors(), store::AccountSettings(), store_->contents(), Options().answer_limit));
  }
  void go_on_with(FirstLinePtr first) {
    Options options;
    options.connections = 1;
    engine_ = Engine::make(loop_.get_executor(), *store_, account_, connectors(), clock_, std::move(options),
                           std::move(first));
    engine_->start();
    ASSERT_TRUE(until([this] { return status().in_sync; }));
  }
  MakeConnector connectors() {
    return [this](const store::AccountSettings&) -> Result<std::unique_ptr<stream::Connector>> {
      return std::make_unique<ScriptedConnector>(loop_, script_, false);
    };
  }

  std::shared_ptr<Script> script_ = std::make_shared<Script>();
};

TEST_F(FirstLineTest, TheEngineGoesOnWithIt) {
  FirstLinePtr first = tried();
  ASSERT_EQ(first->tried.state, State::online) << first->tried.detail;
  go_on_with(std::move(first));
  EXPECT_EQ(script_->count("LOGIN"), 1);
  EXPECT_EQ(script_->count("LIST"), 1) << "what went along with the login is an answer";
}

TEST_F(FirstLineTest, WhereItWasLostAnotherOneIsOpened) {
  FirstLinePtr first = tried();
  first->line->close();
  go_on_with(std::move(first));
  EXPECT_EQ(script_->count("LOGIN"), 2);
}

TEST_F(FirstLineTest, ALoginThatIsRefusedGivesNone) {
  script_->rules.insert(script_->rules.begin(), Rule{"LOGIN", "TAG NO wrong\r\n"});
  EXPECT_EQ(tried()->tried.state, State::login_refused);
  EXPECT_EQ(script_->count("LIST"), 0);
}

}  // namespace
}  // namespace satchel::account::test
