// One seeded world: a client, a colleague, lost answers, crashes; and what must hold at its end.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "simulation.hpp"

namespace satchel::sync::test {

std::string describe(const store::Operation& operation);

class World {
 public:
  World(std::uint64_t seed, const std::string& personality);

  // What went wrong, if anything did.
  std::optional<std::string> run();
  // Without a colleague: everything is as exact as clients see it.
  std::optional<std::string> run_alone();

 private:
  // What people did to a content (without what a server altered), in any mailbox.
  struct Tally {
    int adds = 0;
    int client_removed = 0;
    int colleague_removed = 0;
    int shown_twice = 0;  // times a client moved one of two rows that are one message, which a colleague had moved
    bool moved_unsettled = false;  // by the colleague, while an addition of it was perhaps done: may be two
    bool touched = false;          // by the colleague, or in a way that makes counts inexact
  };
  using Random = std::mt19937_64;
  using Shown = std::map<std::string, std::map<std::uint32_t, std::string>>;  // mailbox, UID: flags

  void client();
  void colleague();
  void client_on_mailbox(int kind);
  void colleague_on_mailbox(int kind);
  void steps(int count);
  void quiesce();
  void decide_held();
  void touch_guessed();
  bool chance(int percent) { return int(random_() % 100) < percent; }
  std::size_t pick(std::size_t count) { return std::size_t(random_() % count); }
  ServerMail new_mail();
  std::optional<store::MessageRef> any_message();
  std::string content_of(store::MessageRef ref) const;  // plain; empty if nobody can tell
  std::string content_shared_by(store::MessageRef ref) const;
  std::string content_upstream(store::ContentNumber number) const;
  store::MailboxId any_mailbox();
  std::string any_name();
  bool is_ghost(store::MessageRef ref) const;
  int other_halves(store::MessageRef moved, const std::string& content) const;
  bool perhaps_done(const std::string& content) const;
  bool waits_to_be_added(const std::string& content) const;
  void remove_upstream(ServerMailbox& mailbox, std::uint32_t uid);
  void log(const std::string& line);

  std::optional<std::string> watch();
  std::optional<std::string> watch_flags(const store::Mailbox& mailbox, const store::Message& row);
  Shown shown() const;
  bool subscribed(const std::string& name) const;
  std::optional<std::string> watch_alone();
  std::optional<std::string> quiesce_alone(bool cut);
  void forget_flags(store::MessageRef ref);  // a client is about to change them
  std::optional<std::string> check();
  std::optional<std::string> check_mailboxes();
  std::optional<std::string> check_messages(const store::Mailbox& mailbox, const ServerMailbox& there);
  std::optional<std::string> check_counts();
  std::optional<std::string> check_journal();
  bool waits(store::MessageRef ref) const;

  Random random_;
  Simulation sim_;
  std::map<std::string, Tally> tally_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> uid_log_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::string>> flags_log_;  // as clients last saw them
  std::set<std::string> seen_by_colleague_;                                                // contents
  std::map<store::OperationId, std::string> told_;           // the journal, as the log told it
  std::set<std::pair<std::string, std::uint32_t>> guessed_;  // mailbox and upstream UID of what was never measured
  std::optional<std::string> wrong_;
  Shown shown_;  // after the last act of a client
  int mails_ = 0;
  int act_ = 0;
  bool alone_ = false;
  std::size_t alone_kinds_ = 0;  // the more, the more is done to mailboxes
  bool with_mailboxes_ = false;
  bool with_uid_validity_ = false;
};

}  // namespace satchel::sync::test
