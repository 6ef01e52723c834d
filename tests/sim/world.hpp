// One seeded world: clients, a colleague, a line that breaks, a program that dies; and what must hold.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "client.hpp"
#include "process.hpp"

namespace satchel::sim {

// What people did to one content. Commands whose answer never came make ranges of numbers.
struct Tally {
  int added = 0, perhaps_added = 0;      // by clients and the colleague; perhaps includes the sure ones
  int removed = 0, perhaps_removed = 0;  // by clients
  bool colleague = false;                // a colleague touched it
  bool unsure = false;                   // two people did something to it at once
};

struct Figures {
  std::uint64_t commands = 0, crashes = 0, cuts = 0, connections = 0, parked = 0;
};

// The number in the Message-ID of what people here write; 0: of nobody here.
int content_in(std::string_view bytes);

class World {
 public:
  World(std::uint64_t seed, const model::Traits& traits, bool verbose);
  ~World();

  // What went wrong, if anything did.
  std::optional<std::string> run();
  Figures figures;

 private:
  struct Person {
    std::unique_ptr<Client> client;
    std::string words;  // what waits for its answer
    std::function<void(const std::vector<std::string>&)> answer;
    std::set<int> about;  // contents
  };
  struct Place {
    std::string mailbox;
    std::uint32_t uid = 0;
    int content = 0;  // 0: nobody knows yet
    bool deleted = false;
  };
  // Mailbox, UIDVALIDITY and UID: flags.
  using Seen = std::map<std::tuple<std::string, std::uint32_t, std::uint32_t>, std::string>;

  void log(const std::string& line);
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::size_t pick(std::size_t count) { return std::size_t(random_() % count); }

  // acts.cpp
  void act(Person& person);
  void act_on_mailbox(Person& person);
  void append(Person& person);
  void colleague();
  void colleague_on_mailbox();
  void tell(Person& person, const std::string& words, std::vector<std::string> commands, std::set<int> about,
            std::function<void(const std::vector<std::string>&)> answer);
  void hear(Person& person);
  std::string new_message();
  std::vector<Place> places(std::string_view in = {}) const;
  std::optional<std::string> any_mailbox(bool not_inbox = false);

  // world.cpp
  void pass(Span span);
  void crash();
  void start();
  std::optional<std::string> quiesce();

  // check.cpp
  Seen seen() const;
  int content_of(const store::Message& message) const;
  std::optional<std::string> watch();
  std::optional<std::string> check_after_crash(const Seen& before);
  std::optional<std::string> check_equal();
  std::optional<std::string> check_counts();
  std::optional<std::string> check_quiet();

  model::Traits traits_;
  bool verbose_;
  Random random_;
  Time time_;
  boost::asio::io_context loop_;
  model::Account upstream_;
  Wire wire_;
  Disks disks_;
  std::unique_ptr<Process> process_;
  std::vector<Person> people_;
  std::map<int, Tally> tallies_;
  std::map<std::uint64_t, int> by_message_id_;  // hash as the store has it: content
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> uid_log_;
  std::map<std::string, std::uint32_t> highest_;  // UIDNEXT by mailbox and UIDVALIDITY
  int contents_ = 0;
  bool with_mailboxes_ = false;
  bool with_colleague_ = true;
  bool parked_ = false;
  std::size_t unanswered_ = 0;  // commands, when it died
  std::optional<std::string> wrong_;
};

}  // namespace satchel::sim
