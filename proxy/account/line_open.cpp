// Opening a line: connect, secure, log in, and one flight for all that needs nothing but the capabilities.
#include "proxy/account/imap_line.hpp"
#include "proxy/stream/socket_stream.hpp"

namespace satchel::account {
namespace {

bool is_portal(const Error& error) {
  return error.code == ErrorCode::malformed;
}

// What the server says of itself in that flight.
struct Introduced {
  std::set<std::string> enabled;
  std::string prefix;
  std::optional<char> delimiter;

  void take(const imap::Response& response) {
    if (const auto* data = std::get_if<imap::EnabledData>(&response)) {
      enabled.insert(data->capabilities.begin(), data->capabilities.end());
    } else if (const auto* names = std::get_if<imap::NamespaceData>(&response); names && !names->personal.empty()) {
      prefix = names->personal.front().prefix;
      delimiter = names->personal.front().delimiter;
    }
  }
};

using Kind = imap::StatusResponse::Kind;

}  // namespace

awaitable<LoginTried> ImapLine::open(Along along) {
  if (along == Along::list) learned_->uid_validities.clear();
  selected_.clear();
  has_selected_ = false;
  listed_.reset();
  stream::Connected connected = co_await connector_->connect();
  if (!connected.stream) {
    using stream::ConnectFailure;
    const State state = connected.failure == ConnectFailure::certificate      ? State::certificate_problem
                        : connected.failure == ConnectFailure::captive_portal ? State::captive_portal
                                                                              : State::offline;
    co_return LoginTried{state, std::move(connected.detail)};
  }
  connection_ = std::make_unique<upstream::Connection>(executor_, std::move(connected.stream), deadlines_);
  const auto greeted = co_await connection_->greet();
  if (!greeted) co_return tell(greeted.error());
  if (settings_.security == store::Security::starttls) {
    const auto secured = co_await connection_->start_tls();
    if (!secured) co_return tell_handshake(secured.error());
  }
  const auto logged_in = co_await log_in();
  if (!logged_in) {
    const bool refused = logged_in.error().code == ErrorCode::refused;
    if (refused) co_return LoginTried{State::login_refused, logged_in.error().text};
    co_return tell(logged_in.error());
  }
  const auto introduced = co_await introduce(along);
  note_failures();
  // Something that came along cannot be read; by itself, and without what was learned of it, it may.
  if (!introduced && unreadable_ && along != Along::nothing) co_return co_await open(Along::nothing);
  if (!introduced) co_return tell(introduced.error());
  co_return LoginTried{State::online, "The login works."};
}

LoginTried ImapLine::tell(const Error& error) const {
  if (is_portal(error))
    return {State::captive_portal, "Something other than a mail server answers: log in to the network first?"};
  return {State::offline, error.text};
}

LoginTried ImapLine::tell_handshake(const Error& error) const {
  if (stream::handshake_failure(error) == stream::ConnectFailure::captive_portal)
    return {State::captive_portal, error.text};
  if (error.code == ErrorCode::refused) return {State::certificate_problem, error.text};
  return tell(error);
}

// What was said in clear is asked again: it is not believed. What the greeting or the answer to the login said
// under TLS counts.
awaitable<Result<>> ImapLine::log_in() {
  if (!connection_->secure() || !connection_->knows_capabilities()) {
    const auto before = co_await connection_->read_capabilities();
    if (!before) co_return before.error();
  }
  const auto logged_in = co_await connection_->login(settings_.user, settings_.password);
  if (!logged_in) co_return logged_in.error();
  if (!connection_->secure() || !connection_->knows_capabilities()) {
    const auto after = co_await connection_->read_capabilities();
    if (!after) co_return after.error();
  }
  for (const std::string& capability : learned_->denied) connection_->forget(capability);
  co_return Result<>{};
}

awaitable<Result<>> ImapLine::introduce(Along along) {
  const bool enables = has("ENABLE") && (has("QRESYNC") || has("CONDSTORE"));
  const bool names = has("NAMESPACE");
  const bool lists = along == Along::list && names;
  const bool compresses = has("COMPRESS=DEFLATE");
  qresync_enabled_ = enables && has("QRESYNC");  // until the server says otherwise
  count_abilities();
  std::vector<imap::Command> flight;
  if (enables) flight.push_back(imap::Enable{{has("QRESYNC") ? "QRESYNC" : "CONDSTORE"}});
  if (names) flight.push_back(imap::Namespace{});
  if (lists) flight.push_back(list_command(abilities_, status_items()));
  if (lists) flight.push_back(lsub_command());
  Introduced told;
  ListHeard listed;
  if (!flight.empty() || compresses) {
    const auto on_data = [&](imap::Response& response) {
      told.take(response);
      if (lists) listed.take(response);
      if (listed.endless) connection_->close();
    };
    using Last = upstream::Connection::Last;
    const auto answers =
        co_await connection_->execute_all(std::move(flight), on_data, compresses ? Last::compress : Last::nothing);
    unreadable_ = !answers && answers.error().code == ErrorCode::malformed;
    if (lists) note_odd_ids(listed.odd_ids);
    if (listed.endless)
      co_return fail(ErrorCode::retry, std::string("The server's mailboxes cannot be listed: ") + too_many_names);
    if (!answers) co_return answers.error();
    auto answer = answers->begin();
    if (enables) qresync_enabled_ = (answer++)->kind == Kind::ok && told.enabled.contains("QRESYNC");
    if (names && (answer++)->kind == Kind::bad) deny("NAMESPACE");
    if (lists && answer[0].kind == Kind::ok && answer[1].kind == Kind::ok) listed_ = listed.finish();
    if (compresses && answers->back().kind == Kind::bad) deny("COMPRESS=DEFLATE");
  }
  count_abilities();
  abilities_.prefix = std::move(told.prefix);
  abilities_.delimiter = told.delimiter.value_or(0);
  if (told.delimiter) co_return Result<>{};
  co_return co_await ask_delimiter();
}

// LIST "" "" tells the delimiter alone.
awaitable<Result<>> ImapLine::ask_delimiter() {
  std::optional<char> delimiter;
  const auto on_data = [&delimiter](imap::Response& response) {
    if (const auto* list = std::get_if<imap::ListData>(&response)) delimiter = list->delimiter;
  };
  imap::List list;
  list.patterns.push_back("");
  const auto answer = co_await connection_->execute(std::move(list), on_data);
  if (!answer) co_return answer.error();
  abilities_.delimiter = delimiter.value_or('/');
  co_return Result<>{};
}

}  // namespace satchel::account
