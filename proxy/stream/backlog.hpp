// Reads a stream on while its owner has no time for what comes: the other side goes on sending meanwhile. From
// its making until take() gives nothing, nobody else reads that stream. The event loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "proxy/stream/stream.hpp"

namespace satchel::stream {

class Backlog {
 public:
  static constexpr std::size_t most_bytes = 8 * 1024 * 1024;  // that are kept; then the other side waits

  // `limit`: of each wait for bytes.
  Backlog(boost::asio::any_io_executor executor, std::shared_ptr<Stream> stream, std::chrono::milliseconds limit);
  ~Backlog();
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

  // Some of what came, in order; waits for it where a read is under way. Empty: all was taken, and the stream is to be
  // read again by who owns it. Errors: those of Stream::read_some, once all before was taken.
  awaitable<Result<std::string>> take();

 private:
  struct State;
  static awaitable<void> read_on(std::shared_ptr<State> state, std::chrono::milliseconds limit);

  std::shared_ptr<State> state_;
};

}  // namespace satchel::stream
