#include "proxy/server/run_session.hpp"

#include "proxy/server/session.hpp"

namespace satchel::server {

awaitable<void> run_session(std::unique_ptr<stream::Stream> stream, SessionContext context) {
  const auto log = context.log;
  Session session(*stream, std::move(context));
  try {
    co_await session.run();
  } catch (const std::exception&) {  // a broken promise; its text may hold anything
    if (log) log("A client's session ended by an internal error.");
    stream->close();
    session.unselect();
  }
}

bool OpenSessions::make_room() {
  std::size_t open = 0;
  Line* oldest = nullptr;
  for (auto& [number, line] : *lines_) {
    if (line.ended) continue;
    ++open;
    if (oldest == nullptr && !line.logged_in) oldest = &line;
  }
  if (open < most_) return true;
  if (oldest == nullptr) return false;
  oldest->ended = true;
  oldest->stream->close();
  return true;
}

awaitable<void> OpenSessions::run(std::unique_ptr<stream::Stream> stream, SessionContext context, Handshake handshake) {
  if (!make_room()) {
    stream->close();
    co_return;
  }
  const std::uint64_t number = ++last_;
  // Also where something throws, or the loop ends before it: a line that is gone is in no list.
  struct Listed {
    std::shared_ptr<Lines> lines;
    std::uint64_t number;
    ~Listed() { lines->erase(number); }
  };
  const Listed listed{lines_, number};
  lines_->emplace(number, Line{stream.get()});
  context.logged_in = [lines = lines_, number] { lines->at(number).logged_in = true; };
  bool ready = true;
  if (handshake == Handshake::first) {
    const auto secured = co_await stream->start_tls();
    ready = secured.has_value();
  }
  if (ready) co_await run_session(std::move(stream), std::move(context));
}

void OpenSessions::close_all() {
  for (auto& [number, line] : *lines_) {
    if (!line.ended) line.stream->close();
    line.ended = true;
  }
}

}  // namespace satchel::server
