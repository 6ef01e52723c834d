// Framing, the table of commands, and how they are answered.
#include "session.hpp"

#include <utility>

#include "connection.hpp"

namespace satchel::sim::model {

// Commands that may not tell an EXPUNGE are allowed to where they are commands of UIDs (RFC 3501 section 7.4.1).
const Session::Command* Session::command_of(std::string_view name) {
  using S = Session;
  using T = Traits;
  static constexpr Command commands[] = {
      {"CAPABILITY", &S::capability, Needs::nothing, News::none, nullptr, false},
      {"NOOP", &S::noop, Needs::nothing, News::all, nullptr, false},
      {"LOGOUT", &S::logout, Needs::nothing, News::none, nullptr, false},
      {"ID", &S::id, Needs::nothing, News::none, &T::id, false},
      {"LOGIN", &S::login, Needs::no_login, News::none, nullptr, false},
      {"AUTHENTICATE", &S::authenticate, Needs::no_login, News::none, &T::auth_plain, false},
      {"ENABLE", &S::enable, Needs::login, News::none, &T::enable, false},
      {"NAMESPACE", &S::name_space, Needs::login, News::none, &T::name_space, false},
      {"IDLE", &S::idle, Needs::login, News::all, &T::idle, false},
      {"CREATE", &S::create, Needs::login, News::none, nullptr, false},
      {"DELETE", &S::remove, Needs::login, News::none, nullptr, false},
      {"RENAME", &S::rename, Needs::login, News::none, nullptr, false},
      {"SUBSCRIBE", &S::subscribe, Needs::login, News::none, nullptr, false},
      {"UNSUBSCRIBE", &S::unsubscribe, Needs::login, News::none, nullptr, false},
      {"LIST", &S::list, Needs::login, News::none, nullptr, false},
      {"LSUB", &S::lsub, Needs::login, News::none, nullptr, false},
      {"STATUS", &S::status, Needs::login, News::none, nullptr, false},
      {"SELECT", &S::select, Needs::login, News::none, nullptr, false},
      {"EXAMINE", &S::examine, Needs::login, News::none, nullptr, false},
      {"APPEND", &S::append, Needs::login, News::all, nullptr, false},
      {"CHECK", &S::noop, Needs::selected, News::all, nullptr, false},
      {"CLOSE", &S::close, Needs::selected, News::none, nullptr, false},
      {"UNSELECT", &S::unselect, Needs::selected, News::none, &T::unselect, false},
      {"EXPUNGE", &S::expunge, Needs::selected, News::all, nullptr, true},
      {"FETCH", &S::fetch, Needs::selected, News::all_but_expunges, nullptr, true},
      {"STORE", &S::store, Needs::selected, News::all_but_expunges, nullptr, true},
      {"SEARCH", &S::search, Needs::selected, News::all_but_expunges, nullptr, true},
      {"COPY", &S::copy, Needs::selected, News::all, nullptr, true},
      {"MOVE", &S::move, Needs::selected, News::all, &T::move, true},
  };
  for (const Command& command : commands)
    if (name == command.name) return &command;
  return nullptr;
}

Session::Session(Account& account, const Traits& traits, std::uint64_t seed)
    : account_(account), traits_(traits), random_(seed), number_(account.next_connection()), epoch_(account.epoch()) {
  if (traits_.bye_after != 0) last_command_ = 1 + random_.below(traits_.bye_after);
}

void Session::receive(std::string_view bytes) {
  if (closed_) return;
  reader_.feed(bytes);
  while (!closed_) {
    switch (reader_.next()) {
      case CommandReader::Event::need_more:
        return;
      case CommandReader::Event::literal:
        take_literal();
        break;
      case CommandReader::Event::command:
        take_command();
        break;
      case CommandReader::Event::too_long:
        tag_ = Scanner(reader_.text()).tag();
        bad("Too long a line.");
        finish(News::none);
        bye("Too long a line.");
        break;
    }
  }
}

// Whether a literal that is announced may come. A message for a mailbox that is not there is refused at once
// where the client waits.
void Session::take_literal() {
  Scanner in(reader_.text());
  tag_ = in.tag();
  in.space();
  const bool appends = in.word() == "APPEND";
  in.space();
  const std::string mailbox = in.astring();
  const bool named = appends && !in.failed();
  if (!reader_.synchronising() && !traits_.literal_plus) {
    bad("No such literal here.");
    finish(News::none);
    return bye("No such literal here.");
  }
  const std::uint64_t limit = traits_.append_limit == 0 ? longest_message : traits_.append_limit;
  const bool too_large = reader_.literal_size() > (named ? limit : longest_argument);
  const bool missing = named && logged_in_ && account_.find(mailbox) == nullptr;
  if (!too_large && (!missing || !reader_.synchronising())) {
    if (reader_.synchronising()) output_ += "+ Ready for the literal.\r\n";
    return reader_.accept();
  }
  if (missing)
    no("No such mailbox.", "TRYCREATE");
  else
    no("Too large.", with_code("TOOBIG"));
  finish(News::none);
  if (!reader_.synchronising()) return bye("Too large.");
  reader_.refuse();
}

void Session::take_command() {
  if (account_.epoch() != epoch_) return bye("The server was restored from a backup.", with_code("UNAVAILABLE"));
  const std::string text = reader_.text();
  reader_.begin();
  if (waits_ == Waits::response) {
    waits_ = Waits::command;
    if (text == "*")
      bad("Given up.");
    else
      take_sasl(text);
    return finish(News::none);
  }
  if (waits_ == Waits::done) {
    waits_ = Waits::command;
    if (upper_case(text) == "DONE")
      ok("No longer idle.");
    else
      bad("Expected DONE.");
    return finish(News::all);
  }
  Scanner in(text);
  tag_ = in.tag();
  if (in.failed()) tag_ = "*";
  in.space();
  std::string name = in.word();
  uid_ = name == "UID";
  if (uid_) {
    in.space();
    name = in.word();
  }
  const Command* const command = in.failed() ? nullptr : command_of(name);
  if (command == nullptr || (command->extension != nullptr && !(traits_.*command->extension)) ||
      (uid_ && !command->may_follow_uid)) {
    bad("No such command.");
    return finish(News::none);
  }
  if (view_ && selected() == nullptr) return bye("The selected mailbox was deleted, or made again.");
  run(*command, in);
}

void Session::run(const Command& command, Scanner& in) {
  const bool allowed = command.needs == Needs::nothing || (command.needs == Needs::no_login && !logged_in_) ||
                       (command.needs == Needs::login && logged_in_) ||
                       (command.needs == Needs::selected && logged_in_ && view_);
  if (!allowed) {
    bad("Not now.");
    return finish(News::none);
  }
  const bool ends = command.run == &Session::logout || command.run == &Session::capability;
  if (!ends && throttled()) return;
  (this->*command.run)(in);
  if (closed_ || answer_.empty()) return;  // an answer follows later
  const bool expunges_told = uid_ || command.news != News::all_but_expunges;
  News news = expunges_told && command.news != News::none ? News::all : command.news;
  if (traits_.reorders && news == News::none && command.run != &Session::select && command.run != &Session::examine &&
      !ends)
    news = News::all;
  if (last_command_ != 0 && commands_ >= last_command_ && !ends) {  // it took effect, which nobody is told
    untagged_.clear();
    answer_.clear();
    return bye("Too many commands.", with_code("UNAVAILABLE"));
  }
  finish(news);
}

// NO, or BYE, instead of the command.
bool Session::throttled() {
  ++commands_;
  if (last_command_ != 0 && commands_ >= last_command_ && random_.once_in(2)) {
    bye("Too many commands.", with_code("UNAVAILABLE"));
    return true;
  }
  if (!random_.once_in(traits_.refusal_rate)) return false;
  constexpr const char* codes[] = {"UNAVAILABLE", "LIMIT", "INUSE"};
  no("Not now, try again later.", with_code(codes[random_.below(3)]));
  finish(News::none);
  return true;
}

void Session::ok(std::string_view text, const std::string& code) {
  answer_ = "OK " + (code.empty() ? "" : "[" + code + "] ") + std::string(text);
}

void Session::no(std::string_view text, const std::string& code) {
  answer_ = "NO " + (code.empty() ? "" : "[" + code + "] ") + std::string(text);
}

void Session::bad(std::string_view text) {
  answer_ = "BAD " + std::string(text);
}

void Session::bye(std::string_view text, const std::string& code) {
  flush();
  output_ += "* BYE " + (code.empty() ? "" : "[" + code + "] ") + std::string(text) + "\r\n";
  closed_ = true;
}

void Session::untagged(std::string line, bool movable) {
  untagged_.push_back({"* " + std::move(line) + "\r\n", movable});
}

void Session::flush() {
  for (std::size_t at = 0; traits_.reorders && at < untagged_.size();) {
    std::size_t end = at;
    while (end < untagged_.size() && untagged_[end].movable) ++end;
    random_.shuffle(untagged_, at, end);
    at = end + 1;
  }
  for (const Line& line : untagged_) output_ += line.bytes;
  untagged_.clear();
}

void Session::finish(News news) {
  if (!untagged_.empty()) untagged_.push_back({{}, false});  // answers and news keep apart
  announce(news);
  if (closed_) return;
  const Mailbox* const mailbox = std::exchange(vanished_told_, false) ? selected() : nullptr;
  if (mailbox != nullptr && !mailbox->no_modseq && answer_.starts_with("OK ") && !answer_.starts_with("OK ["))
    answer_.insert(3, "[HIGHESTMODSEQ " + std::to_string(mailbox->highest_modseq) + "] ");
  flush();
  output_ += (tag_.empty() ? "*" : tag_) + ' ' + std::exchange(answer_, {}) + "\r\n";
  uid_ = false;
}

void Session::tell() {
  if (closed_ || waits_ != Waits::done) return;
  if (account_.epoch() != epoch_) return bye("The server was restored from a backup.", with_code("UNAVAILABLE"));
  announce(News::all);
  flush();
}

const Mailbox* Session::selected() const {
  if (!view_) return nullptr;
  const Mailbox* const mailbox = account_.find_id(view_->mailbox_id);
  return mailbox != nullptr && mailbox->uid_validity == view_->uid_validity ? mailbox : nullptr;
}

std::optional<Session::Places> Session::places(const SequenceSet& set) const {
  Places places;
  const std::uint32_t largest = uid_ ? view_->largest_uid() : view_->exists();
  if (!uid_ && (set.highest() > view_->exists() || view_->messages.empty())) return std::nullopt;
  for (std::size_t place = 0; place < view_->messages.size(); ++place)
    if (set.contains(uid_ ? view_->messages[place].uid : std::uint32_t(place + 1), largest)) places.push_back(place);
  return places;
}

Connection::Connection(Account& account, const Traits& traits, std::uint64_t seed)
    : session_(std::make_unique<Session>(account, traits, seed)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;

std::string Connection::greet() {
  return session_->greet();
}
void Connection::receive(std::string_view bytes) {
  session_->receive(bytes);
}
std::string Connection::take_output() {
  return session_->take_output();
}
bool Connection::closed() const {
  return session_->closed();
}
void Connection::tell() {
  session_->tell();
}
bool Connection::idling() const {
  return session_->idling();
}
Who Connection::number() const {
  return session_->number();
}

}  // namespace satchel::sim::model
