// Several commands in one flight (RFC 3501 section 5.5), compression behind the last of them, and a command that
// is sent ahead: what a round trip costs is paid once.
#include <algorithm>

#include "proxy/stream/deflate_stream.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {
namespace {

// No literal is in it: it is sent whole, and what it is taken for does not depend on the server's extensions.
bool one_line(const std::vector<imap::CommandPiece>& pieces) {
  return pieces.size() == 1 && !pieces.front().wait && pieces.front().bytes.find("+}\r\n") == std::string::npos;
}

}  // namespace

// The tags, COMPRESS's last. None: some command has a literal, and nothing was sent.
awaitable<Result<std::vector<std::string>>> Connection::send_all(std::vector<imap::Command> commands, Last last) {
  std::vector<std::string> tags;
  std::string bytes;
  for (const imap::Command& command : commands) {
    tags.push_back(next_tag());
    auto pieces = imap::write_command(tags.back(), command, literal_support());
    if (!pieces) co_return pieces.error();
    if (!one_line(*pieces)) co_return std::vector<std::string>();
    bytes += pieces->front().bytes;
  }
  if (last == Last::compress) {
    tags.push_back(next_tag());
    bytes += tags.back() + " COMPRESS DEFLATE\r\n";
  }
  const auto written = co_await write(std::move(bytes));
  if (!written) co_return written.error();
  co_return tags;
}

awaitable<Result<std::vector<imap::StatusResponse>>> Connection::execute_all(std::vector<imap::Command> commands,
                                                                             OnData on_data, Last last) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  const auto free = co_await read_away_ahead();
  if (!free) co_return free.error();
  const auto tags = co_await send_all(commands, last);
  if (!tags) co_return tags.error();
  if (tags->empty()) co_return co_await execute_in_turn(std::move(commands), std::move(on_data), last);
  std::vector<imap::StatusResponse> answers(tags->size());
  std::size_t missing = answers.size();
  while (missing > 0) {
    if (last == Last::compress && missing == 1 && answers.back().tag.empty()) compression_doubtful_ = true;
    const auto event = co_await next();
    if (!event) co_return event.error();
    if (*event != Event::response) continue;
    auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
    if (status != nullptr && !status->tag.empty()) {
      const auto tag = std::find(tags->begin(), tags->end(), status->tag);
      if (tag == tags->end() || !answers[std::size_t(tag - tags->begin())].tag.empty())
        co_return lost(fail(ErrorCode::malformed, "The server answered a command that was not sent."));
      note_capabilities(status->code);
      if (last == Last::compress && *tag == tags->back()) {
        compression_doubtful_ = false;
        if (status->kind == imap::StatusResponse::Kind::ok) begin_compression();
      }
      answers[std::size_t(tag - tags->begin())] = std::move(*status);
      --missing;
      continue;
    }
    if (status != nullptr && status->kind == imap::StatusResponse::Kind::bye)
      co_return lost(fail(ErrorCode::retry, "The server said good-bye."));
    if (on_data) on_data(reader_.response());
  }
  co_return answers;
}

awaitable<Result<std::vector<imap::StatusResponse>>> Connection::execute_in_turn(std::vector<imap::Command> commands,
                                                                                 OnData on_data, Last last) {
  std::vector<imap::StatusResponse> answers;
  for (imap::Command& command : commands) {
    auto answer = co_await execute(std::move(command), on_data);
    if (!answer) co_return answer.error();
    answers.push_back(std::move(*answer));
  }
  if (last == Last::nothing) co_return answers;
  std::vector<imap::Command> none;
  auto compressed = co_await execute_all(std::move(none), std::move(on_data), last);
  if (!compressed) co_return compressed.error();
  answers.push_back(std::move(compressed->front()));
  co_return answers;
}

// What stands behind the OK is compressed already.
void Connection::begin_compression() {
  compressed_ = true;
  compression_doubtful_ = true;
  std::shared_ptr<stream::Stream> plain = std::move(stream_);
  stream_ = stream::make_deflate_stream(std::move(plain), reader_.take_rest());
}

awaitable<Result<>> Connection::send_ahead(imap::Command command) {
  if (!alive_ || ahead_) co_return Result<>{};
  const std::uint64_t heard = responses_;
  const std::string tag = next_tag();
  responses_ = heard;  // the command under way goes on
  auto pieces = imap::write_command(tag, command, literal_support());
  if (!pieces || !one_line(*pieces)) co_return Result<>{};
  const auto written = co_await write(std::move(pieces->front().bytes));
  if (!written) co_return written.error();
  ahead_ = Ahead{tag, std::move(command), std::nullopt};
  co_return Result<>{};
}

// Nothing: this command was not sent ahead.
std::optional<Connection::Sent> Connection::take_ahead(const imap::Command& command) {
  if (!is_ahead(command)) return std::nullopt;
  responses_ = 0;
  Sent sent{std::move(ahead_->tag), std::move(ahead_->answer)};
  ahead_.reset();
  return sent;
}

// Whether what came is the end of what was sent ahead, before anybody waits for it.
bool Connection::was_ahead() {
  auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
  if (status == nullptr || !ahead_ || ahead_->answer || status->tag != ahead_->tag) return false;
  ahead_->answer = std::move(*status);
  return true;
}

awaitable<Result<>> Connection::read_away_ahead() {
  if (!ahead_) co_return Result<>{};
  const std::string tag = ahead_->tag;
  const bool ended = ahead_->answer.has_value();
  ahead_.reset();
  if (ended) co_return Result<>{};
  responses_ = 0;
  while (true) {
    const auto event = co_await next();
    if (!event) co_return event.error();
    if (*event != Event::response) continue;
    const auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
    if (status == nullptr) continue;
    if (status->tag == tag) co_return Result<>{};
    if (!status->tag.empty())
      co_return lost(fail(ErrorCode::malformed, "The server answered a command that was not sent."));
    if (status->kind == imap::StatusResponse::Kind::bye)
      co_return lost(fail(ErrorCode::retry, "The server said good-bye."));
  }
}

}  // namespace satchel::upstream
