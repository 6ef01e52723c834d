#include "proxy/stream/backlog.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "proxy/stream/signal.hpp"

namespace satchel::stream {
namespace {

constexpr std::size_t read_size = 128 * 1024;

}  // namespace

struct Backlog::State {
  State(boost::asio::any_io_executor executor, std::shared_ptr<Stream> from)
      : stream(std::move(from)), changed(std::move(executor)) {}

  std::shared_ptr<Stream> stream;
  Signal changed;
  std::deque<std::string> pieces;
  std::size_t bytes = 0;
  bool reading = true;
  bool wanted = false;  // the owner is back: no further read begins
  std::optional<Error> failed;
};

Backlog::Backlog(boost::asio::any_io_executor executor, std::shared_ptr<Stream> stream, std::chrono::milliseconds limit)
    : state_(std::make_shared<State>(executor, std::move(stream))) {
  boost::asio::co_spawn(executor, read_on(state_, limit), boost::asio::detached);
}

Backlog::~Backlog() {
  state_->wanted = true;
}

awaitable<void> Backlog::read_on(std::shared_ptr<State> state, std::chrono::milliseconds limit) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
  while (!state->wanted && state->bytes < most_bytes) {
    const auto count = co_await state->stream->read_some(buffer.get(), read_size, limit);
    if (!count) state->failed = count.error();
    if (!count || *count == 0) break;  // an orderly end is there to be read again
    state->pieces.emplace_back(buffer.get(), *count);
    state->bytes += *count;
    state->changed.notify();
  }
  state->reading = false;
  state->changed.notify();
}

awaitable<Result<std::string>> Backlog::take() {
  const auto state = state_;
  state->wanted = true;
  while (state->pieces.empty() && state->reading) co_await state->changed.wait(std::chrono::hours(1));
  if (state->pieces.empty() && state->failed) co_return *state->failed;
  if (state->pieces.empty()) co_return std::string();
  std::string piece = std::move(state->pieces.front());
  state->pieces.pop_front();
  state->bytes -= piece.size();
  co_return piece;
}

}  // namespace satchel::stream
