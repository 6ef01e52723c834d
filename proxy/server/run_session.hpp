// One client's connection, from the greeting to its end. The caller spawns this, and keeps what the
// context names alive until it returns.
#pragma once

#include <map>
#include <memory>

#include "proxy/server/session_context.hpp"

namespace satchel::server {

// Never throws. Returns when the connection has ended, for whatever reason.
awaitable<void> run_session(std::unique_ptr<stream::Stream> stream, SessionContext context);

enum class Handshake : std::uint8_t { none, first };  // implicit TLS: the handshake comes first

// The running sessions: counted, bounded, and ended when the program stops. Connections that say nothing
// do not lock the user out (attack L9): when there are too many, the oldest that has not logged in goes.
class OpenSessions {
 public:
  explicit OpenSessions(std::size_t most = 200) : most_(most) {}

  // run_session(). Ends at once where all of too many have logged in.
  awaitable<void> run(std::unique_ptr<stream::Stream> stream, SessionContext context,
                      Handshake handshake = Handshake::none);
  void close_all();  // each run() returns soon after
  std::size_t count() const { return lines_->size(); }

 private:
  struct Line {
    stream::Stream* stream;
    bool logged_in = false;
    bool ended = false;  // its run() is about to return
  };
  bool make_room();

  std::size_t most_;
  std::uint64_t last_ = 0;
  using Lines = std::map<std::uint64_t, Line>;  // in the order in which they came
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
};

}  // namespace satchel::server
