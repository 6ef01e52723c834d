#include "proxy/upstream/connection.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

namespace satchel::upstream {
namespace {

constexpr std::size_t read_size = 128 * 1024;
constexpr std::chrono::milliseconds write_limit{120'000};

// Whether a literal goes out without waiting for the server's "+".
bool sends_literal_at_once(const std::vector<imap::CommandPiece>& pieces) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const imap::CommandPiece& piece) { return piece.bytes.find("+}\r\n") != std::string::npos; });
}

// Tags start at random, so that no answer can be prepared for them (attack U4).
std::string random_prefix() {
  unsigned char bytes[3] = {};
  RAND_bytes(bytes, sizeof bytes);
  std::string prefix;
  for (const unsigned char byte : bytes) prefix += char('a' + byte % 26);
  return prefix;
}

}  // namespace

Connection::Connection(boost::asio::any_io_executor executor, stream::StreamPtr stream, Deadlines deadlines)
    : executor_(std::move(executor)),
      stream_(std::move(stream)),
      tag_prefix_(random_prefix()),
      deadlines_(deadlines),
      read_limit_(deadlines.command) {}

Connection::~Connection() {
  if (backlog_) stream_->close();  // nobody waits for what is read there
}

imap::LiteralSupport Connection::literal_support() const {
  if (has("LITERAL+")) return imap::LiteralSupport::plus;
  if (has("LITERAL-")) return imap::LiteralSupport::minus;
  return imap::LiteralSupport::synchronising;
}

std::string Connection::next_tag() {
  responses_ = 0;
  return tag_prefix_ + std::to_string(++tag_number_);
}

Error Connection::lost(Error error) {
  alive_ = false;
  stream_->close();
  return error;
}

// What is no IMAP. Where it came compressed, compression may be what made it so.
Error Connection::odd(std::string text) {
  compression_failed_ = compression_failed_ || compressed_;
  return lost(fail(ErrorCode::malformed, std::move(text)));
}

void Connection::close() {
  alive_ = false;
  stream_->close();
}

awaitable<Result<>> Connection::write(std::string bytes) {
  bytes.insert(0, std::exchange(unsent_, {}));
  const auto written = co_await stream_->write(bytes, write_limit);
  if (!written) co_return lost(written.error());
  co_return Result<>{};
}

void Connection::read_on() {
  if (!alive_ || !ahead_ || ahead_->answer || backlog_) return;
  backlog_ = std::make_unique<stream::Backlog>(executor_, stream_, read_limit_);
}

// How many bytes came; 0: the server closed the line.
awaitable<Result<std::size_t>> Connection::feed_reader(std::chrono::milliseconds limit) {
  if (backlog_) {
    const auto piece = co_await backlog_->take();
    if (!piece) co_return piece.error();
    reader_.feed(*piece);
    if (!piece->empty()) co_return piece->size();
    backlog_.reset();
  }
  const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
  const auto count = co_await stream_->read_some(buffer.get(), read_size, limit);
  if (count) reader_.feed(std::string_view(buffer.get(), *count));
  co_return count;
}

awaitable<Result<Connection::Event>> Connection::next() {
  while (true) {
    const Event event = reader_.next();
    if (event == Event::malformed) co_return odd(reader_.error());
    if (event == Event::response && ++responses_ > most_responses_) co_return odd("The server talks without end.");
    if (event == Event::response && was_ahead()) continue;
    if (event != Event::need_more) co_return event;
    const auto limit = compression_doubtful_ ? std::min(read_limit_, deadlines_.compression) : read_limit_;
    const auto count = co_await feed_reader(limit);
    if (!count || *count == 0) compression_silent_ = compression_doubtful_;
    if (!count && count.error().code == ErrorCode::refused) {
      compression_failed_ = true;
      co_return lost(fail(ErrorCode::retry, count.error().text));
    }
    if (!count) co_return lost(count.error());
    if (*count == 0) co_return lost(fail(ErrorCode::retry, "The server closed the line."));
    if (compressed_) compression_doubtful_ = false;
  }
}

awaitable<Result<>> Connection::greet() {
  read_limit_ = deadlines_.greeting;
  const auto event = co_await next();
  read_limit_ = deadlines_.command;
  if (!event) co_return event.error();
  const auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
  if (*event != Event::response || status == nullptr || !status->tag.empty())
    co_return lost(fail(ErrorCode::malformed, "Something that is no mail server answered."));
  if (status->kind == imap::StatusResponse::Kind::ok) {
    note_capabilities(status->code);
    co_return Result<>{};
  }
  if (status->kind == imap::StatusResponse::Kind::bye)
    co_return lost(fail(ErrorCode::retry, "The server is not ready."));
  co_return lost(fail(ErrorCode::refused, "The server skipped the login, which is not to be trusted."));
}

void Connection::note_capabilities(const imap::ResponseCode& code) {
  if (code.name != "CAPABILITY") return;
  capabilities_ = std::set<std::string>(code.words.begin(), code.words.end());
  told_ = true;
}

awaitable<Result<>> Connection::read_capabilities() {
  std::set<std::string> found;
  const auto take = [&found](imap::Response& response) {
    if (const auto* data = std::get_if<imap::CapabilityData>(&response))
      found.insert(data->capabilities.begin(), data->capabilities.end());
  };
  const auto answer = co_await execute(imap::Capability{}, take);
  if (!answer) co_return answer.error();
  capabilities_ = std::move(found);
  co_return Result<>{};
}

awaitable<Result<>> Connection::start_tls() {
  const auto answer = co_await execute(imap::StartTls{}, {});
  if (!answer) co_return answer.error();
  if (answer->kind != imap::StatusResponse::Kind::ok)
    co_return lost(fail(ErrorCode::refused, "The server refuses STARTTLS, so no password is sent."));
  if (!reader_.drained())
    co_return lost(fail(ErrorCode::refused, "Bytes stood before the TLS handshake: somebody is in the line."));
  const auto secured = co_await stream_->start_tls();
  if (!secured) co_return lost(secured.error());
  reader_ = imap::ResponseReader();
  capabilities_.clear();
  co_return Result<>{};
}

awaitable<Result<std::optional<imap::StatusResponse>>> Connection::wait_for_continuation(std::string tag) {
  while (true) {
    const auto event = co_await next();
    if (!event) co_return event.error();
    if (*event != Event::response)
      co_return lost(fail(ErrorCode::malformed, "The server sent a message nobody asked for."));
    if (std::holds_alternative<imap::Continuation>(reader_.response())) co_return std::nullopt;
    auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
    if (status == nullptr) continue;
    if (status->tag == tag) co_return std::optional(std::move(*status));
    if (status->kind == imap::StatusResponse::Kind::bye)
      co_return lost(fail(ErrorCode::retry, "The server said good-bye."));
  }
}

// Nothing: all was sent. A status: the server answered before it had the whole command.
awaitable<Result<std::optional<imap::StatusResponse>>> Connection::send_pieces(std::string tag,
                                                                               std::vector<imap::CommandPiece> pieces) {
  for (imap::CommandPiece& piece : pieces) {
    const bool wait = piece.wait;
    const auto written = co_await write(std::move(piece.bytes));
    if (!written) co_return written.error();
    if (!wait) continue;
    auto early = co_await wait_for_continuation(tag);
    // OK to what was not sent whole is no answer to it (attack U4).
    if (early && *early && (*early)->kind == imap::StatusResponse::Kind::ok)
      co_return lost(fail(ErrorCode::retry, "The server answered before it had the command."));
    if (!early || *early) co_return early;
  }
  co_return std::nullopt;
}

awaitable<Result<imap::StatusResponse>> Connection::wait_tagged(std::string tag, OnData on_data) {
  while (true) {
    const auto event = co_await next();
    if (!event) co_return event.error();
    if (*event != Event::response) continue;  // a large literal nobody asked for: let it pass
    auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
    if (status != nullptr && !status->tag.empty()) {
      if (status->tag != tag)
        co_return lost(fail(ErrorCode::malformed, "The server answered a command that was not sent."));
      note_capabilities(status->code);
      co_return std::move(*status);
    }
    if (status != nullptr && status->kind == imap::StatusResponse::Kind::bye) {
      // LOGOUT aside, the tagged answer will not come.
      co_return lost(fail(ErrorCode::retry, "The server said good-bye."));
    }
    if (on_data) on_data(reader_.response());
  }
}

awaitable<Result<Connection::Sent>> Connection::send(imap::Command command) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  std::optional<Sent> ahead = take_ahead(command);
  if (ahead) co_return std::move(*ahead);
  const auto free = co_await read_away_ahead();
  if (!free) co_return free.error();
  const std::string tag = next_tag();
  auto pieces = imap::write_command(tag, command, literal_support());
  if (!pieces) co_return pieces.error();
  const auto early = co_await send_pieces(tag, std::move(*pieces));
  if (!early) co_return early.error();
  if (*early) co_return lost(fail(ErrorCode::retry, "The server answered before it had the command."));
  co_return Sent{tag, std::nullopt};
}

awaitable<Result<imap::StatusResponse>> Connection::execute(imap::Command command, OnData on_data,
                                                            std::optional<imap::Command> ahead) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  std::optional<Sent> sent = take_ahead(command);
  bool literal = false;
  if (!sent) {
    const auto free = co_await read_away_ahead();
    if (!free) co_return free.error();
    sent.emplace();
    sent->tag = next_tag();
    auto pieces = imap::write_command(sent->tag, command, literal_support());
    if (!pieces) co_return pieces.error();
    literal = sends_literal_at_once(*pieces);
    if (ahead && pieces->size() == 1 && !pieces->front().wait) {
      unsent_ = std::move(pieces->front().bytes);
    } else {
      auto early = co_await send_pieces(sent->tag, std::move(*pieces));
      if (!early) co_return early.error();
      if (*early) co_return std::move(**early);
    }
  }
  if (ahead) {
    auto written = co_await send_ahead(std::move(*ahead));
    if (written && !unsent_.empty()) written = co_await write({});
    if (!written) co_return written.error();
  }
  if (sent->answer) co_return std::move(*sent->answer);
  auto status = co_await wait_tagged(sent->tag, std::move(on_data));
  if (!status) co_return status;
  co_return answered(std::move(*status), literal);
}

imap::StatusResponse Connection::answered(imap::StatusResponse status, bool had_literal) {
  if (had_literal && status.kind == imap::StatusResponse::Kind::bad) {
    literal_refused_ = true;
    close();
  }
  return status;
}

awaitable<Result<imap::StatusResponse>> Connection::append(imap::Append command, NextPiece next_piece) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  const auto free = co_await read_away_ahead();
  if (!free) co_return free.error();
  const std::string tag = next_tag();
  const imap::Command whole = std::move(command);
  auto pieces = imap::write_command(tag, whole, literal_support());
  if (!pieces) co_return pieces.error();
  const bool literal = sends_literal_at_once(*pieces);
  auto early = co_await send_pieces(tag, std::move(*pieces));
  if (!early) co_return early.error();
  if (*early) co_return std::move(**early);
  while (true) {
    auto piece = co_await next_piece();
    if (!piece) co_return lost(piece.error());  // the literal cannot be ended any more
    if (piece->empty()) break;
    const auto written = co_await write(std::move(*piece));
    if (!written) co_return written.error();
  }
  const auto ended = co_await write("\r\n");
  if (!ended) co_return ended.error();
  auto status = co_await wait_tagged(tag, {});
  if (!status) co_return status;
  co_return answered(std::move(*status), literal);
}

}  // namespace satchel::upstream
