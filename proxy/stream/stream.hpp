// A connection as the code that talks sees it: bytes in, bytes out, each wait with a deadline.
// Implemented by sockets (plain or TLS, socket_stream.hpp) and in memory (memory_stream.hpp), so
// that sessions and upstream connections run the same in a test as on a wire.
// One coroutine reads and one may write at the same time; all on the event loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace satchel::stream {

using boost::asio::awaitable;

class Stream {
 public:
  virtual ~Stream() = default;

  // Between 1 and `size` bytes into `into`; 0 is the orderly end. Errors: retry (lost, or nothing
  // came within `limit`), cancelled (closed from this side).
  virtual awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) = 0;

  // All of `bytes`, which must stay alive until the call returns. Errors as above.
  virtual awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds limit) = 0;

  // Turns the plain stream into TLS in place; bytes already read but not consumed are the
  // caller's to refuse. Errors: refused (certificate, name, protocol), retry.
  virtual awaitable<Result<>> start_tls() = 0;

  virtual bool secure() const = 0;

  // Ends both directions; pending and later calls return cancelled. May be called twice.
  virtual void close() = 0;
};

using StreamPtr = std::unique_ptr<Stream>;

// Opens the connection to one upstream host. Errors carry what status shows (design section 6).
enum class ConnectFailure { none, no_network, timed_out, certificate, captive_portal };

struct Connected {
  StreamPtr stream;
  ConnectFailure failure = ConnectFailure::none;
  std::string detail;  // one sentence, when failure is not none
};

class Connector {
 public:
  virtual ~Connector() = default;
  // Connects, and with implicit TLS finishes the handshake, names verified.
  virtual awaitable<Connected> connect() = 0;
};

// Time as an injected value: the real one, or a test's.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
  // Returns cancelled when the awaiting coroutine was cancelled.
  virtual awaitable<Result<>> sleep(std::chrono::milliseconds span) = 0;
};

}  // namespace satchel::stream
