// One client's session: its connection, its state (RFC 3501 section 3), its selected mailbox. The
// handlers of commands work on it. Owned by run_session(); the event loop's thread.
#pragma once

#include <optional>
#include <string>

#include "proxy/imap/command_reader.hpp"
#include "proxy/server/answer.hpp"
#include "proxy/server/mailbox_view.hpp"
#include "proxy/server/session_context.hpp"
#include "proxy/stream/signal.hpp"

namespace satchel::server {

enum class State : std::uint8_t { not_authenticated = 1, authenticated = 2, selected = 4 };

class Session {
 public:
  using Event = imap::CommandReader::Event;

  Session(stream::Stream& stream, SessionContext context);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  awaitable<void> run();

  // --- the connection
  std::string& out() { return out_; }  // responses gather here
  // False: the connection is lost; the handler returns, whatever it answers.
  awaitable<bool> flush();
  awaitable<bool> flush_when_full();
  awaitable<bool> write(std::string_view bytes);  // beside out(): IDLE
  bool lost() const { return lost_; }
  void give_up() { lost_ = true; }  // what was begun cannot be ended
  awaitable<void> part();           // the account is no more: says so and closes, also while the client waits
  // The reader's next event, reading as needed; none: the connection ended.
  awaitable<std::optional<Event>> next_event();
  imap::CommandReader& reader() { return reader_; }
  bool secure() const { return stream_.secure(); }
  // Turns the stream into TLS and forgets what came before. False: the connection is to be closed.
  awaitable<bool> start_tls();
  void end() { ending_ = true; }  // after this command's answer
  void say(std::string_view sentence) const;

  // --- the state
  const SessionContext& context() const { return context_; }
  State state() const;
  store::AccountId account() const { return account_; }
  awaitable<Answer> log_in(std::string user, std::string password);
  const std::string& tag() const { return tag_; }
  ModSeqs mod_seqs() const { return mod_seqs_; }
  void enable_condstore() { mod_seqs_ = ModSeqs::tell; }

  // --- the replica
  store::Store& store() const { return *context_.store; }
  Backfill& backfill() const { return *context_.backfill; }
  const store::View& view() const { return *view_; }  // as of the last catch_up(); after login only
  // Takes in what was published since. False: the account is no more, the session ends.
  bool catch_up();
  // Durable when it returns; then catch_up() was called.
  awaitable<Result<>> change(store::Store::Change change);
  void select(store::MailboxPtr mailbox, Access access);
  void unselect();
  bool has_selected() const { return selected_.has_value(); }
  MailboxView& selected() { return *selected_; }

  // --- news, for IDLE: returns after a batch was published, or after stop_waiting()
  awaitable<void> wait_for_news();
  void stop_waiting();

 private:
  awaitable<void> greet();
  awaitable<void> take_event(Event event);
  awaitable<void> take_command();
  awaitable<void> take_malformed();
  awaitable<void> refuse_early_literal();
  void finish(const Answer& answer, Updates updates);
  void count_bad(const Answer& answer);
  void bye(std::string_view text);
  std::chrono::milliseconds patience() const;

  stream::Stream& stream_;
  SessionContext context_;
  imap::CommandReader reader_;
  std::string input_;  // what is being read into
  std::string out_;
  std::string tag_;
  bool lost_ = false;
  bool ending_ = false;
  bool said_bye_ = false;
  int bad_commands_ = 0;
  int failed_logins_ = 0;
  std::chrono::steady_clock::time_point login_until_;

  store::AccountId account_;
  ModSeqs mod_seqs_ = ModSeqs::leave_out;
  std::shared_ptr<const store::View> view_;
  std::optional<MailboxView> selected_;
  stream::Signal news_;
  bool news_waiting_ = false;
  std::unique_ptr<store::Subscriber> subscriber_;
};

}  // namespace satchel::server
