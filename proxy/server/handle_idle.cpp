// IDLE, RFC 2177: what is published is told at once, until DONE. One coroutine reads, one writes.
#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "proxy/imap/response_writer.hpp"
#include "proxy/imap/scanner.hpp"
#include "proxy/server/session.hpp"

namespace satchel::server {
namespace {

struct Pushing {
  explicit Pushing(boost::asio::any_io_executor executor) : ended_signal(std::move(executor)) {}
  bool stop = false;
  bool ended = false;
  stream::Signal ended_signal;
};

constexpr std::chrono::hours long_wait{1};

awaitable<void> push_news(Session& session, std::shared_ptr<Pushing> pushing) {
  std::string news;
  while (!pushing->stop && !session.lost()) {
    co_await session.wait_for_news();
    if (pushing->stop) break;
    if (!session.catch_up()) {
      co_await session.part();
      break;
    }
    if (!session.has_selected() || !session.selected().has_news(Updates::all)) continue;
    session.selected().tell(news, Updates::all, session.mod_seqs());
    co_await session.write(news);
    news.clear();
  }
}

}  // namespace

awaitable<Answer> handle_idle(Session& session, imap::Idle) {
  const auto executor = session.context().executor;
  const auto pushing = std::make_shared<Pushing>(executor);
  imap::write_continuation(session.out(), "idling");
  if (session.has_selected()) session.selected().tell(session.out(), Updates::all, session.mod_seqs());
  session.reader().expect_line();
  if (!co_await session.flush()) co_return ok("");
  boost::asio::co_spawn(executor, push_news(session, pushing), [pushing](std::exception_ptr) {
    pushing->ended = true;
    pushing->ended_signal.notify();
  });
  const auto event = co_await session.next_event();
  const bool done =
      event && *event == Session::Event::line && imap::equal_without_case(session.reader().line(), "DONE");
  pushing->stop = true;
  session.stop_waiting();
  while (!pushing->ended) co_await pushing->ended_signal.wait(long_wait);
  co_return done ? ok("You are back.") : bad("DONE was expected.");
}

}  // namespace satchel::server
