// The server's side of one line: state, commands, and what is told without being asked. The commands are
// in the files named <what>_command(s).cpp; each reads its arguments, then answers by ok(), no() or bad().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account.hpp"
#include "command_reader.hpp"
#include "random.hpp"
#include "scanner.hpp"
#include "traits.hpp"
#include "view.hpp"

namespace satchel::sim::model {

class Session {
 public:
  Session(Account& account, const Traits& traits, std::uint64_t seed);

  std::string greet();
  void receive(std::string_view bytes);
  std::string take_output() { return std::exchange(output_, {}); }
  bool closed() const { return closed_; }
  void tell();
  bool idling() const { return waits_ == Waits::done; }
  Who number() const { return number_; }

 private:
  enum class Waits { command, response, done };     // response: of AUTHENTICATE; done: the end of IDLE
  enum class News { none, all_but_expunges, all };  // what may be told before the tagged answer
  enum class Needs { nothing, no_login, login, selected };

  struct Line {
    std::string bytes;
    bool movable;  // may change places with its neighbours that are movable, too
  };
  // One command of the table.
  struct Command {
    const char* name;
    void (Session::*run)(Scanner&);
    Needs needs;
    News news;
    bool Traits::*extension;  // null: RFC 3501
    bool may_follow_uid;
  };
  // What a FETCH, STORE, COPY, MOVE or SEARCH is about: places in the view.
  using Places = std::vector<std::size_t>;
  struct FetchItem;
  struct FetchAsked;
  struct SearchKey;
  struct SearchWord;
  struct StoreAsked;
  struct ListAsked;

  static const Command* command_of(std::string_view name);

  // Framing and answering (session.cpp).
  void take_literal();
  void take_command();
  void run(const Command& command, Scanner& in);
  bool throttled();
  void ok(std::string_view text, const std::string& code = {});
  void no(std::string_view text, const std::string& code = {});
  void bad(std::string_view text);
  void bye(std::string_view text, const std::string& code = {});
  void untagged(std::string line, bool movable = false);
  void flush();
  void finish(News news);

  // News (news.cpp).
  void announce(News news);
  void announce_flags(const Mailbox& mailbox);
  void announce_expunges(const Mailbox& mailbox);
  void announce_new(const Mailbox& mailbox);
  void lie_about_expunges(const Mailbox& mailbox);
  void tell_keywords(const Mailbox& mailbox);
  void tell_flags(std::size_t place, bool with_uid, bool with_flags);
  std::string flags_told(const Seen& seen) const;
  bool lies(Lie lie, const std::string& mailbox);
  ModSeq modseq_told(ModSeq truth, const std::string& mailbox);
  Uid uid_next_told(const Mailbox& mailbox);

  // Session and login (session_commands.cpp).
  std::string capabilities() const;
  void capability(Scanner& in);
  void noop(Scanner& in);
  void logout(Scanner& in);
  void login(Scanner& in);
  void authenticate(Scanner& in);
  void take_sasl(const std::string& response);
  void log_in(const std::string& user, const std::string& password);
  void enable(Scanner& in);
  void enable_condstore();
  void id(Scanner& in);
  void name_space(Scanner& in);
  void idle(Scanner& in);

  // Mailboxes (mailbox_commands.cpp, list_commands.cpp, select_commands.cpp).
  void create(Scanner& in);
  void remove(Scanner& in);
  void rename(Scanner& in);
  void subscribe(Scanner& in);
  void unsubscribe(Scanner& in);
  void status(Scanner& in);
  bool status_known(const std::vector<std::string>& items) const;
  void tell_status(const Mailbox& mailbox, const std::vector<std::string>& items);
  void answer(Done done, std::string_view text);
  void list(Scanner& in);
  void lsub(Scanner& in);
  std::string attributes(const std::string& name, const ListAsked& asked) const;
  bool read_list_options(Scanner& in, ListAsked& asked);
  void select(Scanner& in);
  void examine(Scanner& in);
  void open(Scanner& in, bool read_only);
  void tell_selected(const Mailbox& mailbox, std::uint32_t told_validity);
  void tell_vanished(const Mailbox& mailbox, ModSeq since, const SequenceSet* among);
  void tell_since(const Mailbox& mailbox, ModSeq since, const SequenceSet* known);
  void leave();
  void unselect(Scanner& in);
  void close(Scanner& in);

  // Messages (message_commands.cpp, store_command.cpp, fetch_command.cpp, search_command.cpp).
  void append(Scanner& in);
  void store(Scanner& in);
  bool read_store(Scanner& in, StoreAsked& asked);
  bool choose_stored(StoreAsked& asked, std::vector<Uid>& uids, std::vector<std::uint32_t>& modified);
  void tell_stored(const StoreAsked& asked, const std::vector<Uid>& uids, const std::vector<Uid>& changed);
  void copy(Scanner& in);
  void move(Scanner& in);
  void transfer(Scanner& in, bool moves);
  void expunge(Scanner& in);
  void expunge_where(const SequenceSet* uids);
  void fetch(Scanner& in);
  bool read_fetch_items(Scanner& in, FetchAsked& asked);
  bool read_fetch_item(Scanner& in, FetchAsked& asked);
  bool read_section(Scanner& in, FetchItem& item);
  bool read_fetch_modifiers(Scanner& in, FetchAsked& asked);
  bool tell_fetched(const Places& chosen, const FetchAsked& asked);
  std::string fetched(std::size_t place, const Message* message, const FetchAsked& asked);
  void search(Scanner& in);
  bool read_keys(Scanner& in, std::vector<SearchKey>& keys, bool until_parenthesis);
  bool read_key(Scanner& in, std::vector<SearchKey>& keys);
  bool read_argument(Scanner& in, const SearchWord& word, SearchKey& key);
  static const SearchWord* search_word(std::string_view name);
  bool matches(const SearchKey& key, std::size_t place, const Message& message) const;
  void tell_found(const Places& found, const std::optional<std::vector<std::string>>& options, bool with_modseq);

  // The mailbox of the view, null where it is not what it was.
  const Mailbox* selected() const;
  // Places that a set names, in order. Nothing where it names a number that is not.
  std::optional<Places> places(const SequenceSet& set) const;
  bool read_only() const { return view_ && view_->read_only; }
  std::string with_code(const char* code) const { return traits_.response_codes ? code : ""; }

  Account& account_;
  const Traits traits_;
  Random random_;
  const Who number_;
  std::uint64_t epoch_;

  CommandReader reader_;
  std::string output_;
  std::vector<Line> untagged_;
  bool closed_ = false;
  Waits waits_ = Waits::command;
  std::string tag_;
  std::string answer_;  // the tagged one, without its tag
  bool uid_ = false;    // the command under way is one of UIDs
  bool logged_in_ = false;
  bool condstore_ = false;
  bool qresync_ = false;
  bool vanished_told_ = false;  // by the command under way: its answer tells HIGHESTMODSEQ
  std::uint64_t commands_ = 0;
  std::uint64_t last_command_ = 0;  // after which is BYE; 0: none
  std::optional<View> view_;
};

}  // namespace satchel::sim::model
