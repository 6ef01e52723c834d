// IDLE (RFC 2177), and what stands in for it. One coroutine reads; another, which outlives the connection
// if it must, sends the last word (DONE, or NOOP) in time and ends the line when nobody answers that.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/stream/signal.hpp"
#include "proxy/upstream/connection.hpp"

namespace satchel::upstream {

struct Idling {
  Idling(boost::asio::any_io_executor executor, std::string word)
      : changed(std::move(executor)), last_word(std::move(word)) {}

  stream::Signal changed;
  std::string last_word;
  bool enough = false;   // the last word is wanted
  bool writing = false;  // it goes out just now
  bool over = false;     // the tagged answer came, or the line is lost
};

namespace {

constexpr std::chrono::milliseconds done_limit{10'000};

awaitable<void> end_in_time(std::shared_ptr<Idling> idling, std::shared_ptr<stream::Stream> stream,
                            std::chrono::milliseconds limit, std::chrono::milliseconds end_of_idle) {
  if (!idling->enough && !idling->over) co_await idling->changed.wait(limit);
  if (idling->over) co_return;
  idling->enough = true;
  idling->writing = true;
  (void)co_await stream->write(idling->last_word, done_limit);
  idling->writing = false;
  idling->changed.notify();
  if (!idling->over) co_await idling->changed.wait(end_of_idle);
  if (!idling->over) stream->close();
}

}  // namespace

awaitable<Result<bool>> Connection::idle(std::function<bool(const imap::Response&)> news,
                                         std::chrono::milliseconds limit) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  const auto free = co_await read_away_ahead();
  if (!free) co_return free.error();
  const std::string tag = next_tag();
  const auto idling = std::make_shared<Idling>(executor_, "DONE\r\n");
  idling_ = idling;  // from here on end_idle() counts, though the server has not begun
  const auto begun = co_await begin_idle(tag);
  if (!begun) {
    idling_.reset();
    co_return begun.error();
  }
  co_return co_await hear_out(tag, std::move(news), limit);
}

awaitable<Result<bool>> Connection::listen(std::function<bool(const imap::Response&)> news,
                                           std::chrono::milliseconds limit) {
  if (!alive_) co_return fail(ErrorCode::retry, "The line is lost.");
  const auto free = co_await read_away_ahead();
  if (!free) co_return free.error();
  const std::string tag = next_tag();
  responses_ = 0;
  idling_ = std::make_shared<Idling>(executor_, tag + " NOOP\r\n");
  co_return co_await hear_out(tag, std::move(news), limit);
}

awaitable<Result<bool>> Connection::hear_out(std::string tag, std::function<bool(const imap::Response&)> news,
                                             std::chrono::milliseconds limit) {
  const auto idling = idling_;
  boost::asio::co_spawn(executor_, end_in_time(idling, stream_, limit, deadlines_.end_of_idle), boost::asio::detached);
  // The line is closed for it before that.
  read_limit_ = limit + deadlines_.end_of_idle + done_limit + deadlines_.command;
  const auto found = co_await read_news(tag, std::move(news));
  read_limit_ = deadlines_.command;
  idling_.reset();
  idling->over = true;
  idling->changed.notify();
  while (idling->writing) co_await idling->changed.wait(done_limit);  // the next command goes behind it
  // Not the result itself: made from a const one, a Result<bool> is true where that has any value.
  if (!found) co_return found.error();
  co_return *found;
}

awaitable<Result<>> Connection::begin_idle(std::string tag) {
  const auto sent = co_await write(tag + " IDLE\r\n");
  if (!sent) co_return sent.error();
  const auto early = co_await wait_for_continuation(tag);
  if (!early) co_return early.error();
  if (*early) co_return fail(ErrorCode::refused, "The server refuses IDLE.");
  co_return Result<>{};
}

awaitable<Result<bool>> Connection::read_news(std::string tag, std::function<bool(const imap::Response&)> news) {
  bool found = false;
  while (true) {
    const auto event = co_await next();
    if (!event) co_return event.error();
    if (*event != Event::response) continue;
    const auto* status = std::get_if<imap::StatusResponse>(&reader_.response());
    if (status != nullptr && status->tag == tag) co_return found;
    if (status != nullptr && status->kind == imap::StatusResponse::Kind::bye)
      co_return lost(fail(ErrorCode::retry, "The server said good-bye."));
    if (!news(reader_.response()) || found) continue;  // each is told, the first one ends it
    found = true;
    end_idle();
  }
}

void Connection::end_idle() {
  if (!idling_ || idling_->enough) return;
  idling_->enough = true;
  idling_->changed.notify();
}

}  // namespace satchel::upstream
