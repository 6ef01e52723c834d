// Short dialogues with a model server, each about one rule: what is asked, what is not, and what is
// there in the end.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "client_acts.hpp"
#include "simulation.hpp"

namespace satchel::sync::test {

using store::MailboxId;
using store::MessageRef;
using Contents = std::vector<std::string>;

inline ServerMail mail(int number) {
  const ServerMail one{"mail" + std::to_string(number), std::uint64_t(number) + 100, number * 10, 50};
  remember(one);
  return one;
}

// INBOX with three mails, and an empty mailbox Work; all of it is here.
class Dialogue : public testing::Test {
 protected:
  void with(const std::string& personality) { with(personalities().at(personality)); }
  void with(const Traits& traits) {
    world_.emplace(traits);
    world_->server.create("Work");
    for (int i = 1; i <= 3; ++i) world_->server.put(*world_->server.find("INBOX"), mail(i), {}, 0);
    ASSERT_TRUE(world_->run());
    world_->asked.clear();
  }
  MessageRef in_inbox(std::size_t index) { return world_->visible("INBOX").at(index); }
  MailboxId work() { return world_->mailbox("Work"); }
  store::Transaction& tx() { return world_->account; }
  bool sync() {
    world_->connect();
    return world_->run();
  }
  std::size_t times_asked(const std::string& question) {
    return std::size_t(std::count(world_->asked.begin(), world_->asked.end(), question));
  }
  // Until upstream answered this question, and the journal knows; then the process dies.
  void crash_after(const std::string& question) {
    for (int i = 0; i < 1000 && !times_asked(question); ++i) world_->step(0, 0);
    ASSERT_EQ(times_asked(question), 1u);
    world_->step(0, 0);
    world_->crash(0);
  }
  Contents plain_upstream(const std::string& name) {
    Contents all = world_->contents_upstream(name);
    for (std::string& one : all) one = plain(one);
    return all;
  }
  bool shows(MessageRef ref, const std::string& flag) {
    return tx().flags(tx().state().find(ref)->effective).has(flag);
  }
  std::optional<Simulation> world_;
};

}  // namespace satchel::sync::test
