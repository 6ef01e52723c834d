// One seeded world: clients, a colleague, a line that breaks, a program that dies; and what must hold.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "client.hpp"
#include "conflicts.hpp"
#include "observer.hpp"
#include "process.hpp"
#include "remembered.hpp"

namespace satchel::sim {

// What people did to one content. Commands whose answer never came make ranges of numbers.
struct Tally {
  int added = 0, perhaps_added = 0;      // by clients and the colleague; perhaps includes the sure ones
  int removed = 0, perhaps_removed = 0;  // by clients
  int moves = 0, copies = 0;             // by clients, answered or not
  int taken = 0;                         // expunged by the colleague
  int moved = 0;                         // by the colleague
  bool colleague = false;                // a colleague did something else with it, or in such a moment
  bool put_back = false;                 // it was held, and the user wants it
  bool unsure = false;                   // two people did something to it at once
};

// What is left out of a world, to see what of it goes wrong without that.
struct LeftOut {
  std::set<int> acts;   // by number; those that stay are the same as before
  bool breaks = false;  // true: no connection breaks by itself
  // The acts at the end, until enough had happened: c(lient), b(reak), d(eath). None: as many as it takes.
  std::optional<std::string> more;
};

// What a world has at least.
constexpr std::uint64_t least_operations = 30, least_crashes = 3, least_cuts = 5;

struct Figures {
  std::uint64_t commands = 0, crashes = 0, reopenings = 0, cuts = 0, connections = 0, parked = 0, not_compared = 0;
  std::uint64_t colleagues = 0, bodies = 0, fetched_again = 0, backups = 0, put_backs = 0;
  std::uint64_t moved_unanswered = 0;  // by colleagues, while the program waited: there may be two (design section 5)
  RowCounts conflicts{};

  void add(const Figures& other);
};

// A message as the server names it.
struct Upstream {
  std::string mailbox;
  model::Uid uid = 0;
};

// The number in the Message-ID of what people here write; 0: of nobody here.
int content_in(std::string_view bytes);

class World {
 public:
  World(std::uint64_t seed, const model::Traits& traits, bool verbose, LeftOut left_out = {});
  ~World();

  // What went wrong, if anything did.
  std::optional<std::string> run();
  Figures figures;
  int last_act() const { return last_act_; }                        // numbers go from 1 to that
  const std::string& more() const { return more_; }                 // as LeftOut has it
  const std::vector<std::string>& story() const { return story_; }  // the acts, in words

  // A message as clients see it.
  struct Place {
    std::string mailbox;
    std::uint32_t uid = 0;
    int content = 0;  // 0: nobody knows yet
    bool deleted = false;
  };

 private:
  struct Person {
    std::unique_ptr<Client> client;
    std::string words;  // what waits for its answer
    std::function<void(const std::vector<std::string>&)> answer;
    std::set<int> about;  // contents
    int reopenings = 0;   // so many there were when it began
    bool alone = false;   // nobody else had asked for anything then
    Remembered remembered;
  };
  // The home as it was at one moment, and what was known of it then.
  struct HomeCopy {
    std::unique_ptr<Disks> disks;
    std::map<int, Tally> tallies;
    std::set<int> was_here, about;
    std::uint32_t put_backs = 0;
  };
  // UIDVALIDITY and UID (0: the mailbox itself): name of the mailbox and flags.
  using Seen = std::map<std::pair<std::uint32_t, std::uint32_t>, std::string>;

  void log(const std::string& line);
  void tell_of(const std::string& act);
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  std::size_t pick(std::size_t count) { return std::size_t(random_() % count); }

  // acts.cpp: clients
  void act(Person& person);
  void act_on_mailbox(Person& person);
  void append(Person& person, const std::string& to);
  void store_flag(Person& person, const Place& place, const std::string& flag, bool on);
  void copy(Person& person, const Place& place, const std::string& to);
  void move(Person& person, const Place& place, const std::string& to);
  void expunge(Person& person, const Place& place);
  void subscribe(Person& person, const std::string& mailbox, bool on);
  void rename(Person& person, const std::string& mailbox, const std::string& to);
  void remove(Person& person, const std::string& mailbox);
  void tell(Person& person, const std::string& words, std::vector<std::string> commands, std::set<int> about,
            std::function<void(const std::vector<std::string>&)> answer);
  void hear(Person& person);
  std::string new_message();
  std::vector<Place> places(std::string_view in = {}) const;
  std::optional<Place> any_place();
  std::optional<std::string> any_mailbox(bool not_inbox = false);
  const std::string& any_name();
  const std::string& any_flag();

  // colleague.cpp
  void colleague();
  void colleague_on_mailbox();
  void colleague_appends(const std::string& to);
  void colleague_flags(const Upstream& place, const std::string& flag, bool on);
  void colleague_moves(const Upstream& place, const std::string& to);
  void colleague_copies(const Upstream& place, const std::string& to);
  void colleague_expunges(const std::string& mailbox, const std::vector<model::Uid>& uids);
  void colleague_creates(const std::string& name);
  void colleague_subscribes(const std::string& mailbox, bool on);
  void colleague_renames(const std::string& mailbox, const std::string& to);
  void colleague_removes(const std::string& mailbox);
  void server_renumbers(const std::string& mailbox);
  void touch_all(const std::string& mailbox);
  void name_changes_hands(const std::string& name);
  int content_at(const Upstream& place) const;
  bool waits_for_an_answer(int content);
  void colleague_is_quick(bool somebody_waits);
  void see_what_was_heard();
  std::uint64_t losses() const { return wire_.losses + std::uint64_t(reopenings_); }

  // put_back.cpp
  void back_up();
  void restore_backup();
  void copy_home();
  void put_home_back(bool mark_tells);

  // stage.cpp
  void stage();
  void set_the_stage(std::size_t messages);
  std::string new_name();
  bool shows(const Place& place, const std::string& flag) const;
  void stage_on_message(Person& person, Row row);
  void stage_in_mailbox(Person& person, Row row);
  std::optional<std::string> any_known_mailbox(bool not_inbox, bool taken_away, std::string& name);
  std::optional<Upstream> upstream_of(const Place& place) const;

  // world.cpp
  void draw_for(int act);
  void set_up();
  void perform(unsigned what);
  void act_of_somebody();
  void break_line();
  std::optional<unsigned> one_more();
  void pass(Span span);
  Seen die();  // what was to be seen then
  void crash();
  void reopening();
  void start(std::uint32_t put_backs = 0);
  std::optional<std::string> quiesce();
  std::optional<std::string> come_to_rest();
  void look_for_conflicts();
  void decide_what_is_held();
  void audit_all();
  bool drop_what_is_parked();
  void tell_what_is_left();

  // check.cpp
  Seen seen() const;
  int content_of(const store::Message& message) const;
  std::optional<std::string> watch();
  std::optional<std::string> check_identity(const store::Mailbox& mailbox);
  std::optional<std::string> check_flag(const Place& place, const std::string& flag, bool set) const;
  std::optional<std::string> check_after_crash(const Seen& before);
  std::optional<std::string> check_equal();
  std::optional<std::string> check_counts();
  std::optional<std::string> check_flags() const;
  std::optional<std::string> check_subscriptions() const;
  std::optional<std::string> check_quiet();
  std::optional<std::string> check_told();
  void look_at_bodies(Span said);

  std::uint64_t seed_;
  model::Traits traits_;
  bool verbose_;
  LeftOut left_out_;
  Random random_, line_random_;  // anew for each act
  Time time_;
  boost::asio::io_context loop_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE};  // one thread
  model::Account upstream_;
  Wire wire_;
  std::unique_ptr<Disks> disks_;
  Conflicts conflicts_{guard_messages};
  std::unique_ptr<Process> process_;
  std::vector<Person> people_;
  std::unique_ptr<Observer> observer_;
  std::map<int, Tally> tallies_;
  // The flags of contents as clients were told last that they are; none: nobody can say.
  std::map<std::pair<int, std::string>, std::optional<bool>> flags_told_;
  std::map<std::string, std::optional<bool>> subscribed_told_;  // the same of mailboxes
  // The colleague takes away what the program appends next, at once: the number of acts upstream when that began.
  std::optional<std::size_t> quick_since_;
  // What it took so, and what was lost by then: whether the program hears that it was appended is not known yet.
  std::map<int, std::uint64_t> taken_unheard_;
  std::set<int> was_here_;                      // contents whose bytes were in the replica
  std::map<int, Span> here_since_;              // ... and those that are, since when at least
  std::size_t bodies_ = 0;                      // that upstream told, looked at
  std::map<std::uint64_t, int> by_message_id_;  // hash as the store has it: content
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> uid_log_;
  std::map<std::uint32_t, store::MailboxId> identities_;  // here, by UIDVALIDITY upstream
  std::map<std::uint32_t, std::uint64_t> modseqs_;        // HIGHESTMODSEQ by UIDVALIDITY
  std::map<std::string, std::uint32_t> highest_;          // UIDNEXT by mailbox and UIDVALIDITY
  int contents_ = 0;                                      // the number of the last one
  int act_ = 0, last_act_ = 0;
  std::string more_;
  std::vector<std::string> story_;
  int names_made_ = 0;
  std::uint32_t connections_ = 1;  // that the program may have at once
  bool with_mailboxes_ = false;
  bool with_colleague_ = true;
  bool with_backups_ = false;
  bool with_put_backs_ = false;
  bool parked_ = false;
  std::optional<model::Account> backup_;
  std::optional<HomeCopy> copy_;
  std::uint32_t put_backs_ = 0;  // that the mark counted
  int reopenings_ = 0;           // of the store, after failed writes
  bool shaken_ = false;          // ... during the command that is answered: a NO does not say that nothing was done
  std::size_t unanswered_ = 0;   // commands, when it died
  std::optional<std::string> wrong_;
};

}  // namespace satchel::sim
