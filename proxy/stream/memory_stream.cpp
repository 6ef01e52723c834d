#include "proxy/stream/memory_stream.hpp"

#include <algorithm>
#include <cstring>

#include "proxy/stream/timer.hpp"

namespace satchel::stream {
namespace {

// One direction: bytes on their way, and a timer that the reader waits on.
struct Pipe {
  explicit Pipe(const boost::asio::any_io_executor& executor) : wake(executor) {}

  std::string bytes;
  std::size_t taken = 0;
  bool ended = false;
  bool secure = false;
  Timer wake;

  bool empty() const { return taken == bytes.size(); }
  std::size_t take(char* into, std::size_t size) {
    const std::size_t count = std::min(size, bytes.size() - taken);
    std::memcpy(into, bytes.data() + taken, count);
    taken += count;
    if (empty()) {
      bytes.clear();
      taken = 0;
    }
    return count;
  }
};

class MemoryStream final : public Stream {
 public:
  MemoryStream(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out) : in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryStream() override { MemoryStream::close(); }

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) override {
    const auto in = in_;
    const auto closed = closed_;
    const auto deadline = time_now() + limit;
    while (in->empty() && !in->ended && !*closed) {
      if (time_now() >= deadline) co_return fail(ErrorCode::retry, "Nothing came in time.");
      in->wake.expires_at(deadline);
      co_await in->wake.wait();
    }
    if (*closed) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    co_return in->empty() ? 0 : in->take(into, size);
  }

  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds) override {
    if (*closed_) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    if (out_->ended) co_return fail(ErrorCode::retry, "The other side closed the line.");
    out_->bytes.append(bytes);
    out_->wake.cancel();
    co_return Result<>{};
  }

  awaitable<Result<>> start_tls() override {
    in_->secure = out_->secure = true;
    co_return Result<>{};
  }

  bool secure() const override { return in_->secure; }

  void close() override {
    *closed_ = true;
    in_->ended = out_->ended = true;
    in_->wake.cancel();
    out_->wake.cancel();
  }

 private:
  std::shared_ptr<Pipe> in_;
  std::shared_ptr<Pipe> out_;
  std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
};

}  // namespace

std::pair<StreamPtr, StreamPtr> make_memory_pair(boost::asio::any_io_executor executor) {
  auto forth = std::make_shared<Pipe>(executor);
  auto back = std::make_shared<Pipe>(executor);
  return {std::make_unique<MemoryStream>(back, forth), std::make_unique<MemoryStream>(forth, back)};
}

}  // namespace satchel::stream
