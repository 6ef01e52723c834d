// One client's conversation: reads commands, hands each to its handler (handlers.hpp), writes the
// answers. It sees the replica only through durable views, so nothing is told that a crash could
// take back. Owned by the app's listener; the event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proxy/imap/command_reader.hpp"
#include "proxy/imap/response_writer.hpp"
#include "proxy/server/backfill.hpp"
#include "proxy/server/door.hpp"
#include "proxy/server/mailbox_view.hpp"
#include "proxy/stream/signal.hpp"
#include "proxy/stream/stream.hpp"
#include "store/store.hpp"

namespace satchel::server {

// What all sessions share.
struct SessionContext {
  boost::asio::any_io_executor executor;
  store::Store* store = nullptr;
  Door* door = nullptr;
  Backfill* backfill = nullptr;
  stream::Clock* clock = nullptr;
  std::function<void(std::string_view)> log;  // sentences without names or passwords
  // UIDs from here on are \Recent for the next session that selects the mailbox read-write.
  std::map<std::pair<store::AccountId, store::MailboxId>, Uid> recent_from;
  std::chrono::milliseconds login_limit{30'000};
  std::chrono::milliseconds idle_limit{35 * 60'000};
  std::chrono::milliseconds delay_after_failure{1'000};
};

// Until the client leaves, is ended, or the stream closes.
awaitable<void> run_session(stream::StreamPtr stream, std::shared_ptr<SessionContext> context);

class Session {
 public:
  enum class State : std::uint8_t { not_authenticated, authenticated, selected, logout };

  Session(stream::StreamPtr stream, std::shared_ptr<SessionContext> context);
  ~Session();
  awaitable<void> run();

  SessionContext& context() { return *context_; }
  store::Store& store() { return *context_->store; }
  Backfill& backfill() { return *context_->backfill; }
  stream::Stream& stream() { return *stream_; }
  imap::CommandReader& reader() { return reader_; }
  std::string& out() { return out_; }  // sent by flush(), or when it is large
  const std::string& tag() const { return tag_; }

  State state() const { return state_; }
  void log_in(store::AccountId account);
  void log_out() { state_ = State::logout; }
  store::AccountId account() const { return account_; }
  std::shared_ptr<const store::View> view() const { return context_->store->view(account_); }

  MailboxView* mailbox() { return mailbox_ ? &*mailbox_ : nullptr; }
  void select(MailboxView view);
  void unselect();
  bool condstore() const { return condstore_; }
  void enable_condstore() { condstore_ = true; }

  // Tagged answers.
  void ok(std::string_view text, std::string_view code = {});
  void no(std::string_view text, std::string_view code = {});
  void bad(std::string_view text);
  void no(const Error& error);  // errors.cpp: the one place that turns errors into codes

  // Sends what is in out(). False: the client is gone.
  awaitable<bool> flush();
  awaitable<bool> flush_if_large();

  // Tells what happened in the selected mailbox since the last time.
  void tell_updates(Expunges expunges);
  // Of these UIDs the next tell_updates() leaves the flags out (STORE.SILENT), but for MODSEQ.
  void keep_silent(std::set<Uid> uids) { silent_ = std::move(uids); }
  void write_flags_of(Uid uid);  // "* n FETCH (UID FLAGS [MODSEQ])"
  std::string_view flag_list(store::FlagSetId flags, Uid uid);  // "(\\Seen ...)", \Recent included

  stream::Signal& news() { return news_; }  // the account changed
  awaitable<bool> read_more(std::chrono::milliseconds limit);  // feeds the reader; false: gone or silent

  void note_bad_command() { ++bad_commands_; }

 private:
  awaitable<void> handle_command();
  awaitable<bool> handle_malformed();
  void tagged(const char* kind, std::string_view text, std::string_view code);

  stream::StreamPtr stream_;
  std::shared_ptr<SessionContext> context_;
  imap::CommandReader reader_;
  std::string out_;
  std::string tag_;
  State state_ = State::not_authenticated;
  store::AccountId account_;
  std::optional<MailboxView> mailbox_;
  bool condstore_ = false;
  std::set<Uid> silent_;
  std::map<std::pair<store::FlagSetId, bool>, std::string> flag_lists_;
  std::shared_ptr<stream::Signal> news_owner_;
  stream::Signal& news_;
  std::unique_ptr<store::Subscriber> subscriber_;
  int bad_commands_ = 0;
};

}  // namespace satchel::server
