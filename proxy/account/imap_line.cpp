#include "proxy/account/imap_line.hpp"

namespace satchel::account {
namespace {

bool is_portal(const Error& error) {
  return error.code == ErrorCode::malformed;
}

// What a response says happened in the mailbox that is watched.
bool is_news(const imap::Response& response) {
  return std::holds_alternative<imap::ExistsData>(response) || std::holds_alternative<imap::ExpungeData>(response) ||
         std::holds_alternative<imap::FetchData>(response) || std::holds_alternative<imap::VanishedData>(response);
}

}  // namespace

ImapLine::ImapLine(boost::asio::any_io_executor executor, store::AccountSettings settings,
                   std::unique_ptr<stream::Connector> connector, store::Contents& contents, stream::Clock& clock)
    : executor_(executor),
      settings_(std::move(settings)),
      connector_(std::move(connector)),
      contents_(contents),
      clock_(clock),
      interrupted_(executor) {}

awaitable<LoginTried> ImapLine::open() {
  selected_.clear();
  stream::Connected connected = co_await connector_->connect();
  if (!connected.stream) {
    using stream::ConnectFailure;
    const State state = connected.failure == ConnectFailure::certificate      ? State::certificate_problem
                        : connected.failure == ConnectFailure::captive_portal ? State::captive_portal
                                                                              : State::offline;
    co_return LoginTried{state, std::move(connected.detail)};
  }
  connection_ = std::make_unique<upstream::Connection>(executor_, std::move(connected.stream));
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
  const auto asked = co_await enable_and_ask();
  if (!asked) co_return tell(asked.error());
  co_return LoginTried{State::online, "The login works."};
}

LoginTried ImapLine::tell(const Error& error) const {
  if (is_portal(error))
    return {State::captive_portal, "Something other than a mail server answers: log in to the network first?"};
  return {State::offline, error.text};
}

LoginTried ImapLine::tell_handshake(const Error& error) const {
  if (error.code == ErrorCode::refused) return {State::certificate_problem, error.text};
  return tell(error);
}

awaitable<Result<>> ImapLine::log_in() {
  // What was said before TLS or in the greeting is asked again: nothing else is believed.
  const auto before = co_await connection_->read_capabilities();
  if (!before) co_return before.error();
  const auto logged_in = co_await connection_->login(settings_.user, settings_.password);
  if (!logged_in) co_return logged_in.error();
  co_return co_await connection_->read_capabilities();
}

awaitable<Result<>> ImapLine::enable_and_ask() {
  upstream::Connection& line = *connection_;
  sync::Abilities can;
  if (line.has("ENABLE") && (line.has("QRESYNC") || line.has("CONDSTORE"))) {
    imap::Enable enable;
    enable.capabilities.push_back(line.has("QRESYNC") ? "QRESYNC" : "CONDSTORE");
    std::set<std::string> enabled;
    const auto on_data = [&enabled](imap::Response& response) {
      if (const auto* data = std::get_if<imap::EnabledData>(&response))
        enabled.insert(data->capabilities.begin(), data->capabilities.end());
    };
    const auto answer = co_await line.execute(std::move(enable), on_data);
    if (!answer) co_return answer.error();
    can.qresync = enabled.contains("QRESYNC");
  }
  can.condstore = can.qresync || line.has("CONDSTORE");
  can.uidplus = line.has("UIDPLUS");
  can.move = line.has("MOVE");
  can.object_id = line.has("OBJECTID");
  can.gmail = line.has("X-GM-EXT-1");
  can.list_status = line.has("LIST-STATUS") && line.has("LIST-EXTENDED");
  can.list_extended = line.has("LIST-EXTENDED");
  can.special_use = line.has("SPECIAL-USE");
  can.create_special_use = line.has("CREATE-SPECIAL-USE");
  can.esearch = line.has("ESEARCH");
  can.name_space = line.has("NAMESPACE");
  can.unselect = line.has("UNSELECT");
  can.idle = line.has("IDLE");
  for (const std::string& word : line.capabilities())
    if (word.starts_with("APPENDLIMIT=")) can.append_limit = std::strtoull(word.c_str() + 12, nullptr, 10);
  const bool has_namespace = can.name_space;
  const auto on_data = [&can](imap::Response& response) {
    if (const auto* data = std::get_if<imap::NamespaceData>(&response)) {
      if (data->personal.empty()) return;
      can.prefix = data->personal.front().prefix;
      can.delimiter = data->personal.front().delimiter;
    } else if (const auto* list = std::get_if<imap::ListData>(&response)) {
      can.delimiter = list->delimiter;
    }
  };
  Result<imap::StatusResponse> answer = fail(ErrorCode::retry, "");
  if (has_namespace) {
    answer = co_await line.execute(imap::Namespace{}, on_data);
  } else {
    imap::List list;  // LIST "" "" tells the delimiter alone
    list.patterns.push_back("");
    answer = co_await line.execute(std::move(list), on_data);
  }
  if (!answer) co_return answer.error();
  abilities_ = std::move(can);
  co_return Result<>{};
}

awaitable<sync::Answer> ImapLine::perform(const sync::Ask& ask) {
  another_validity_ = false;
  const auto visit = [this](const auto& question) -> awaitable<sync::Answer> {
    auto copy = question;
    auto answer = co_await put(std::move(copy));
    co_return sync::Answer(std::move(answer));
  };
  co_return co_await std::visit(visit, ask);
}

sync::Outcome ImapLine::outcome(const Result<imap::StatusResponse>& answer) {
  sync::Outcome result;
  using Kind = sync::Outcome::Kind;
  if (!answer) {
    result.kind = answer.error().code == ErrorCode::refused ? Kind::bad : Kind::lost;
    result.text = answer.error().text;
    return result;
  }
  if (another_validity_) {
    selected_.clear();
    result.kind = Kind::uid_validity_changed;
    return result;
  }
  result.code = answer->code.name;
  result.text = answer->text;
  if (answer->kind == imap::StatusResponse::Kind::no) result.kind = Kind::no;
  if (answer->kind == imap::StatusResponse::Kind::bad) result.kind = Kind::bad;
  return result;
}

void ImapLine::look_at(const imap::Response& response) {
  const auto* status = std::get_if<imap::StatusResponse>(&response);
  if (status == nullptr || status->code.name != "UIDVALIDITY" || selected_.empty()) return;
  if (status->code.number != uid_validity_) another_validity_ = true;
}

awaitable<sync::Outcome> ImapLine::run(imap::Command command, upstream::OnData on_data, imap::ResponseCode* code) {
  const auto both = [this, &on_data](imap::Response& response) {
    look_at(response);
    if (on_data) on_data(response);
  };
  auto answer = co_await connection_->execute(std::move(command), both);
  if (answer && code != nullptr) *code = answer->code;
  co_return outcome(answer);
}

awaitable<bool> ImapLine::watch(std::string mailbox, std::chrono::milliseconds limit) {
  if (interrupt_wanted_) {
    interrupt_wanted_ = false;
    co_return false;
  }
  const std::uint32_t before = selected_ == mailbox ? uid_validity_ : 0;
  const sync::SelectAnswer selected = co_await select(mailbox, Access::read);
  if (!selected.outcome.ok()) {
    if (alive()) co_await interrupted_.wait(std::min<std::chrono::milliseconds>(limit, std::chrono::seconds(20)));
    co_return before != 0;
  }
  bool news = false;
  watching_ = true;
  if (abilities_.idle) {
    const auto found = co_await connection_->idle(is_news, limit);
    news = found && *found;
  } else {
    co_await interrupted_.wait(limit);
    const auto on_data = [&news](imap::Response& response) { news = news || is_news(response); };
    (void)co_await run(imap::Noop{}, on_data);
  }
  watching_ = false;
  interrupt_wanted_ = false;
  co_return news;
}

void ImapLine::interrupt() {
  if (!watching_ || !connection_) return;
  interrupt_wanted_ = true;
  connection_->end_idle();
  interrupted_.notify();
}

void ImapLine::close() {
  if (connection_) connection_->close();
  interrupted_.notify();
}

std::unique_ptr<Line> make_imap_line(boost::asio::any_io_executor executor, const store::AccountSettings& settings,
                                     std::unique_ptr<stream::Connector> connector, store::Contents& contents,
                                     stream::Clock& clock) {
  return std::make_unique<ImapLine>(executor, settings, std::move(connector), contents, clock);
}

}  // namespace satchel::account
