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

awaitable<void> OpenSessions::run(std::unique_ptr<stream::Stream> stream, SessionContext context) {
  stream::Stream* const key = stream.get();
  streams_.insert(key);
  co_await run_session(std::move(stream), std::move(context));
  streams_.erase(key);
}

void OpenSessions::close_all() {
  for (stream::Stream* stream : streams_) stream->close();
}

}  // namespace satchel::server
