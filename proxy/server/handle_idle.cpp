// IDLE (RFC 2177): news are told at once, until DONE.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/server/handlers.hpp"

namespace satchel::server {
namespace {

struct Done {
  bool ended = false;
  bool good = false;  // DONE was read
};

// Reads until DONE. The handler waits for `ended`, so the session outlives it.
awaitable<void> read_done(Session& session, std::shared_ptr<Done> done) {
  session.reader().expect_line();
  while (true) {
    const auto event = session.reader().next();
    if (event == imap::CommandReader::Event::line) {
      const std::string& line = session.reader().line();
      done->good = line.size() == 4 && (line[0] | 32) == 'd' && (line[1] | 32) == 'o' && (line[2] | 32) == 'n' &&
                   (line[3] | 32) == 'e';
      break;
    }
    if (event != imap::CommandReader::Event::need_more) break;
    const bool more = co_await session.read_more(session.context().idle_limit);
    if (!more) {
      session.log_out();
      break;
    }
  }
  done->ended = true;
  session.news().notify();
}

}  // namespace

awaitable<void> handle(Session& session, imap::Idle) {
  imap::write_continuation(session.out(), "idling");
  const auto done = std::make_shared<Done>();
  boost::asio::co_spawn(session.context().executor, read_done(session, done), boost::asio::detached);
  while (!done->ended) {
    session.tell_updates(Expunges::tell);
    const bool left = session.state() == Session::State::logout;
    const bool sent = co_await session.flush();
    if (left || !sent) session.stream().close();
    if (!done->ended) co_await session.news().wait(std::chrono::minutes(1));
  }
  if (session.state() == Session::State::logout) co_return;
  session.tell_updates(Expunges::tell);
  if (done->good)
    session.ok("Done.");
  else
    session.bad("DONE was expected.");
}

}  // namespace satchel::server
