// One client's connection, from the greeting to its end. The caller limits how many there are,
// spawns this, and keeps what the context names alive until it returns.
#pragma once

#include <set>

#include "proxy/server/session_context.hpp"

namespace satchel::server {

// Never throws. Returns when the connection has ended, for whatever reason.
awaitable<void> run_session(std::unique_ptr<stream::Stream> stream, SessionContext context);

// The streams of running sessions, so that they can be ended when the program stops.
class OpenSessions {
 public:
  // run_session(), counted.
  awaitable<void> run(std::unique_ptr<stream::Stream> stream, SessionContext context);
  void close_all();  // each run() returns soon after
  std::size_t count() const { return streams_.size(); }

 private:
  std::set<stream::Stream*> streams_;
};

}  // namespace satchel::server
