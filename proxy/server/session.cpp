#include "proxy/server/session.hpp"

#include "proxy/imap/response_writer.hpp"
#include "proxy/server/capabilities.hpp"
#include "proxy/server/command_table.hpp"

namespace satchel::server {
namespace {

constexpr std::size_t read_size_before_login = 4 * 1024;
constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t full_output = 128 * 1024;
constexpr std::uint64_t longest_literal_before_login = 4096;
constexpr int most_bad_commands_before_login = 3;

imap::StatusResponse::Kind wire_kind(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::ok:
      return imap::StatusResponse::Kind::ok;
    case Answer::Kind::no:
      return imap::StatusResponse::Kind::no;
    case Answer::Kind::bad:
      return imap::StatusResponse::Kind::bad;
    case Answer::Kind::bye:
    case Answer::Kind::said:
      break;
  }
  return imap::StatusResponse::Kind::bye;
}

}  // namespace

Session::Session(stream::Stream& stream, SessionContext context)
    : stream_(stream), context_(std::move(context)), news_(context_.executor) {
  if (!context_.shared) context_.shared = std::make_shared<SharedMarks>();
}

State Session::state() const {
  if (!account_) return State::not_authenticated;
  return selected_ ? State::selected : State::authenticated;
}

void Session::say(std::string_view sentence) const {
  if (context_.log) context_.log(sentence);
}

awaitable<void> Session::run() {
  if (context_.door && !context_.door->peer_allowed()) {
    say("A connection of another user of this computer was refused.");
    stream_.close();
    co_return;
  }
  login_until_ = context_.clock->steady() + context_.times.before_login;
  co_await greet();
  while (!ending_ && !lost_) {
    const auto event = co_await next_event();
    if (!event) break;
    co_await take_event(*event);
    if (!lost_) co_await flush();
  }
  if (!lost_) co_await flush();
  unselect();
  stream_.close();
}

awaitable<void> Session::greet() {
  imap::StatusResponse greeting;
  greeting.code.name = "CAPABILITY";
  greeting.code.argument = capability_words(*this);
  greeting.text = "Satchel is ready.";
  imap::write_status(out_, greeting);
  co_await flush();
}

awaitable<bool> Session::write(std::string_view bytes) {
  if (lost_) co_return false;
  const auto written = co_await stream_.write(bytes, context_.times.write);
  if (!written) lost_ = true;
  co_return !lost_;
}

awaitable<bool> Session::flush() {
  if (out_.empty()) co_return !lost_;
  const bool written = co_await write(out_);
  out_.clear();
  if (out_.capacity() > 4 * full_output) out_.shrink_to_fit();
  co_return written;
}

awaitable<bool> Session::flush_when_full() {
  if (out_.size() < full_output) co_return !lost_;
  co_return co_await flush();
}

std::chrono::milliseconds Session::patience() const {
  if (account_) return context_.times.idle;
  const auto left = login_until_ - context_.clock->steady();
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(0));
}

awaitable<std::optional<Session::Event>> Session::next_event() {
  while (true) {
    const Event event = reader_.next();
    if (event != Event::need_more) co_return event;
    if (!co_await flush()) co_return std::nullopt;
    const auto limit = patience();
    if (limit.count() == 0) {
      bye("No login came in time.");
      co_return std::nullopt;
    }
    input_.resize(account_ ? read_size : read_size_before_login);
    const auto count = co_await stream_.read_some(input_.data(), input_.size(), limit);
    if (!count && count.error().code == ErrorCode::retry) {
      bye(account_ ? "Nothing came for a long time." : "No login came in time.");
      co_return std::nullopt;
    }
    if (!count || *count == 0) {
      lost_ = true;
      co_return std::nullopt;
    }
    reader_.feed(std::string_view(input_).substr(0, *count));
  }
}

awaitable<void> Session::take_event(Event event) {
  switch (event) {
    case Event::command:
    case Event::append_begin:
      co_await take_command();
      break;
    case Event::continuation:
      if (!account_ && reader_.literal_size() > longest_literal_before_login)
        co_await refuse_early_literal();
      else
        imap::write_continuation(out_, "Go on.");
      break;
    case Event::malformed:
      co_await take_malformed();
      break;
    case Event::append_bytes:
    case Event::line:
    case Event::need_more:
      break;
  }
}

awaitable<void> Session::refuse_early_literal() {
  reader_.refuse_literal();
  tag_ = reader_.tag();
  finish(bad("A literal of this size cannot come before a login."), Updates::none);
  co_return;
}

awaitable<void> Session::take_command() {
  tag_ = reader_.tag();
  if (account_ && !catch_up()) {
    bye("The account was removed.");
    co_return;
  }
  const CommandEntry& entry = command_entry(reader_.command());
  if ((entry.states & unsigned(state())) == 0) {
    if (std::holds_alternative<imap::Append>(reader_.command())) reader_.refuse_literal();
    finish(bad(std::string(entry.name) + " cannot be used now."), Updates::none);
    co_return;
  }
  imap::Command command = std::move(reader_.command());
  const Updates updates = entry.updates(command);
  const Answer answer = co_await entry.handle(*this, std::move(command));
  if (lost_ || said_bye_) co_return;
  if (account_ && !catch_up()) {
    bye("The account was removed.");
    co_return;
  }
  finish(answer, updates);
}

awaitable<void> Session::take_malformed() {
  const imap::CommandError& error = reader_.error();
  if (error.kind == imap::CommandError::Kind::foreign) {
    say("Another protocol was spoken at the IMAP port: the connection was closed.");
    ending_ = true;
    out_.clear();
    co_return;
  }
  tag_ = error.tag;
  if (error.fatal) {
    bye(error.text);
    co_return;
  }
  Answer answer = bad(error.text);
  if (error.kind == imap::CommandError::Kind::literal_too_big) answer = no("LIMIT", error.text);
  if (error.kind == imap::CommandError::Kind::literal_too_big && tag_.empty()) answer.kind = Answer::Kind::bad;
  finish(answer, Updates::none);
}

// Untagged data first, then the tagged line: what it says holds for all before it.
void Session::finish(const Answer& answer, Updates updates) {
  if (answer.kind == Answer::Kind::said) return;
  if (selected_ && updates != Updates::none) selected_->tell(out_, updates, mod_seqs_);
  imap::StatusResponse status;
  if (answer.kind != Answer::Kind::bye) status.tag = tag_;
  status.kind = wire_kind(answer.kind);
  const std::size_t space = answer.code.find(' ');
  status.code.name = answer.code.substr(0, space);
  if (space != std::string::npos) status.code.argument = answer.code.substr(space + 1);
  status.text = answer.text;
  imap::write_status(out_, status);
  if (answer.kind == Answer::Kind::bye) ending_ = true;
  count_bad(answer);
}

void Session::count_bad(const Answer& answer) {
  if (account_ || answer.kind != Answer::Kind::bad) return;
  if (++bad_commands_ >= most_bad_commands_before_login) bye("Too many bad commands before a login.");
}

void Session::bye(std::string_view text) {
  imap::StatusResponse status;
  status.kind = imap::StatusResponse::Kind::bye;
  status.text = text;
  imap::write_status(out_, status);
  ending_ = said_bye_ = true;
}

awaitable<void> Session::part() {
  bye("The account was removed.");
  co_await flush();
  stream_.close();
}

awaitable<bool> Session::start_tls() {
  const auto done = co_await stream_.start_tls();
  reader_ = imap::CommandReader();
  if (!done) lost_ = true;
  co_return done.has_value();
}

}  // namespace satchel::server
