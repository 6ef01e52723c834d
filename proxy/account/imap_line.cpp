#include "proxy/account/imap_line.hpp"

#include <algorithm>

#include "proxy/sync/verdict.hpp"

namespace satchel::account {
namespace {

constexpr const char* compression_once_silent = "COMPRESS, of which one line died";

// What a response says happened in the mailbox that is watched.
bool is_news(const imap::Response& response) {
  return std::holds_alternative<imap::ExistsData>(response) || std::holds_alternative<imap::ExpungeData>(response) ||
         std::holds_alternative<imap::FetchData>(response) || std::holds_alternative<imap::VanishedData>(response);
}

upstream::Deadlines no_longer_than(std::chrono::milliseconds limit) {
  upstream::Deadlines deadlines;
  deadlines.command = limit;
  for (auto* other : {&deadlines.greeting, &deadlines.end_of_idle, &deadlines.compression})
    *other = std::min(*other, limit);
  return deadlines;
}

}  // namespace

ImapLine::ImapLine(boost::asio::any_io_executor executor, store::AccountSettings settings,
                   std::unique_ptr<stream::Connector> connector, store::Contents& contents,
                   std::shared_ptr<Learned> learned, std::chrono::seconds answer_limit)
    : executor_(executor),
      settings_(std::move(settings)),
      connector_(std::move(connector)),
      contents_(contents),
      learned_(std::move(learned)),
      deadlines_(no_longer_than(answer_limit)),
      interrupted_(executor) {}

bool ImapLine::has(const std::string& capability) const {
  return connection_->has(capability) && !learned_->denied.contains(capability);
}

void ImapLine::count_abilities() {
  sync::Abilities can;
  can.qresync = qresync_enabled_ && has("QRESYNC") && !learned_->denied.contains("CONDSTORE");
  can.condstore = can.qresync || has("CONDSTORE");
  can.uidplus = has("UIDPLUS");
  can.move = has("MOVE");
  can.object_id = has("OBJECTID");
  can.gmail = has("X-GM-EXT-1");
  can.list_status = has("LIST-STATUS") && has("LIST-EXTENDED");
  can.list_extended = has("LIST-EXTENDED");
  can.special_use = has("SPECIAL-USE");
  can.create_special_use = has("CREATE-SPECIAL-USE");
  can.esearch = has("ESEARCH");
  can.name_space = has("NAMESPACE");
  can.unselect = has("UNSELECT");
  can.idle = has("IDLE");
  for (const std::string& word : connection_->capabilities())
    if (word.starts_with("APPENDLIMIT=")) can.append_limit = std::strtoull(word.c_str() + 12, nullptr, 10);
  can.prefix = abilities_.prefix;
  can.delimiter = abilities_.delimiter;
  abilities_ = std::move(can);
}

void ImapLine::deny(const std::string& capability) {
  learned_->denied.insert(capability);
  shrank_ = true;
  count_abilities();
}

void ImapLine::give_back(const Words& capabilities) {
  for (const std::string& capability : capabilities) learned_->denied.erase(capability);
  shrank_ = false;
  count_abilities();
}

namespace {

const sync::Outcome& outcome_of(const sync::Answer& answer) {
  static const sync::Outcome none;
  const auto visit = [](const auto& one) -> const sync::Outcome& {
    if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
      return none;
    else
      return one.outcome;
  };
  return std::visit(visit, answer);
}

}  // namespace

// What is refused is asked again without the capability that it leaned on.
awaitable<sync::Answer> ImapLine::perform(const sync::Ask& ask) {
  if (alive()) count_abilities();  // another line may have learned something
  for_good_ = false;
  Words without;
  while (true) {
    another_validity_ = false;
    refused_.clear();
    const auto visit = [this](const auto& question) -> awaitable<sync::Answer> {
      auto copy = question;
      auto answer = co_await put(std::move(copy));
      co_return sync::Answer(std::move(answer));
    };
    auto answer = co_await std::visit(visit, ask);
    const sync::Outcome& outcome = outcome_of(answer);
    if (outcome.ok() || !alive()) co_return answer;
    if (refused_.empty()) {
      // Refused in each way: then it was not for the capabilities.
      if (!without.empty() && !for_good_) give_back(without);
      co_return answer;
    }
    without.push_back(refused_.front());
    deny(refused_.front());
  }
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
  if (answer->kind != imap::StatusResponse::Kind::ok) result.retry_after = sync::suggested_pause(result.text);
  if (answer->kind == imap::StatusResponse::Kind::no) result.kind = Kind::no;
  if (answer->kind == imap::StatusResponse::Kind::bad) result.kind = Kind::bad;
  return result;
}

void ImapLine::note_exists(std::uint32_t exists) {
  exists_ = exists;
  connection_->allow_responses(upstream::Connection::usual_responses + 4ull * exists_);
}

void ImapLine::look_at(const imap::Response& response) {
  if (const auto* exists = std::get_if<imap::ExistsData>(&response); exists != nullptr && exists->number > exists_)
    note_exists(exists->number);
  const auto* status = std::get_if<imap::StatusResponse>(&response);
  if (status == nullptr || status->code.name != "UIDVALIDITY" || selected_.empty()) return;
  if (status->code.number != uid_validity_) another_validity_ = true;
}

awaitable<sync::Outcome> ImapLine::run(imap::Command command, upstream::OnData on_data, Words leans_on,
                                       imap::ResponseCode* code, std::optional<imap::Command> ahead) {
  const auto both = [this, &on_data](imap::Response& response) {
    look_at(response);
    if (on_data) on_data(response);
  };
  auto answer = co_await connection_->execute(std::move(command), both, std::move(ahead));
  if (answer && code != nullptr) *code = answer->code;
  const sync::Outcome result = outcome(answer);
  unreadable_ = !answer && answer.error().code == ErrorCode::malformed;
  note_failures();
  note_refusal(result, leans_on);
  co_return result;
}

awaitable<std::vector<sync::Outcome>> ImapLine::run_all(std::vector<imap::Command> commands, upstream::OnData on_data) {
  const auto both = [this, &on_data](imap::Response& response) {
    look_at(response);
    on_data(response);
  };
  const std::size_t count = commands.size();
  auto answers = co_await connection_->execute_all(std::move(commands), both);
  note_failures();
  unreadable_ = !answers && answers.error().code == ErrorCode::malformed;
  std::vector<sync::Outcome> outcomes;
  for (std::size_t i = 0; i < count; ++i)
    outcomes.push_back(answers ? outcome(std::move((*answers)[i])) : outcome(answers.error()));
  co_return outcomes;
}

void ImapLine::note_refusal(const sync::Outcome& result, const Words& leans_on) {
  using Kind = sync::Outcome::Kind;
  refused_.clear();
  if (result.kind == Kind::bad || (result.kind == Kind::no && result.code.empty()))
    std::copy_if(leans_on.begin(), leans_on.end(), std::back_inserter(refused_),
                 [this](const std::string& word) { return has(word); });
}

void ImapLine::note_failures() {
  if (connection_->compression_works()) learned_->denied.erase(compression_once_silent);
  // Any line may die at that moment; twice in a row it is compression.
  const bool silent = connection_->compression_was_silent() && !learned_->denied.insert(compression_once_silent).second;
  if (connection_->compression_failed() || silent) learned_->denied.insert("COMPRESS=DEFLATE");
  if (!connection_->literal_refused()) return;
  learned_->denied.insert("LITERAL+");
  learned_->denied.insert("LITERAL-");
}

awaitable<bool> ImapLine::watch(std::string mailbox, std::chrono::milliseconds limit, std::function<void()> news) {
  watching_ = true;  // from here on an interrupt counts
  interrupt_wanted_ = false;
  const bool perhaps = co_await look_for_news(std::move(mailbox), limit, std::move(news));
  watching_ = false;
  note_failures();
  co_return perhaps;
}

// A mailbox that stays selected is never selected anew: what changed meanwhile would be part of what is opened, and
// be told by nobody. For the same reason what is opened for the first time is news.
awaitable<bool> ImapLine::look_for_news(std::string mailbox, std::chrono::milliseconds limit,
                                        std::function<void()> news) {
  if (selected_ != mailbox) {
    const sync::Ask question = sync::SelectAsk{std::move(mailbox)};
    const sync::Answer selected = co_await perform(question);
    if (interrupt_wanted_) co_return false;
    if (outcome_of(selected).ok()) co_return true;
    if (alive()) co_await interrupted_.wait(std::min<std::chrono::milliseconds>(limit, std::chrono::seconds(20)));
    co_return false;
  }
  const auto on_data = [news](const imap::Response& response) {
    if (!is_news(response)) return false;
    news();
    return true;
  };
  if (abilities_.idle) {
    const auto found = co_await connection_->idle(on_data, limit);
    if (!found && alive()) deny("IDLE");
  } else {
    (void)co_await connection_->listen(on_data, limit);
  }
  co_return false;
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
                                     std::shared_ptr<Learned> learned, std::chrono::seconds answer_limit) {
  return std::make_unique<ImapLine>(executor, settings, std::move(connector), contents, std::move(learned),
                                    answer_limit);
}

}  // namespace satchel::account
