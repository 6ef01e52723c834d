#include "proxy/stream/deflate_stream.hpp"

#include <zlib.h>

#include <algorithm>

namespace satchel::stream {
namespace {

constexpr int raw_window = -15;  // the largest window, no header
constexpr std::size_t input_size = 64 * 1024;
constexpr std::size_t output_step = 32 * 1024;

Bytef* bytes_of(char* text) {
  return reinterpret_cast<Bytef*>(text);
}

// What may still come out: grows with what comes in, up to the allowance.
class Measure {
 public:
  bool within(std::uint64_t in, std::uint64_t out) {
    left_ = std::min(inflation_allowance, left_ + in * inflation_ratio);
    if (out > left_) return false;
    left_ -= out;
    return true;
  }

 private:
  std::uint64_t left_ = inflation_allowance;
};

class Inflater {
 public:
  Inflater() { ready_ = inflateInit2(&zlib_, raw_window) == Z_OK; }
  ~Inflater() {
    if (ready_) inflateEnd(&zlib_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool hungry() const { return at_ == input_.size() && !more_; }
  bool ended() const { return ended_; }
  void feed(std::string bytes) {
    input_ = std::move(bytes);
    at_ = 0;
  }

  // How many bytes came out; 0 where it takes more input first.
  Result<std::size_t> take(char* into, std::size_t size) {
    if (!ready_) return fail(ErrorCode::refused, "There is no memory to expand what the server sends.");
    zlib_.next_in = bytes_of(input_.data() + at_);
    zlib_.avail_in = uInt(input_.size() - at_);
    zlib_.next_out = bytes_of(into);
    zlib_.avail_out = uInt(std::min<std::size_t>(size, 1 << 30));
    const uInt room = zlib_.avail_out;
    const int code = inflate(&zlib_, Z_SYNC_FLUSH);
    const std::size_t used = input_.size() - at_ - zlib_.avail_in;
    const std::size_t made = room - zlib_.avail_out;
    at_ += used;
    more_ = zlib_.avail_out == 0;  // perhaps there is more inside
    ended_ = code == Z_STREAM_END;
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return fail(ErrorCode::refused, "What the server sends compressed cannot be expanded.");
    if (!measure_.within(used, made))
      return fail(ErrorCode::refused, "What the server sends compressed expands without measure.");
    return made;
  }

 private:
  z_stream zlib_{};
  std::string input_;
  std::size_t at_ = 0;
  bool ready_ = false;
  bool more_ = false;
  bool ended_ = false;
  Measure measure_;
};

class Deflater {
 public:
  Deflater() {
    ready_ = deflateInit2(&zlib_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, raw_window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() {
    if (ready_) deflateEnd(&zlib_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // The compressed bytes, flushed; empty where there is no memory for it.
  std::string put(std::string_view bytes) {
    std::string out;
    if (!ready_) return out;
    zlib_.next_in = bytes_of(const_cast<char*>(bytes.data()));  // zlib does not write there
    zlib_.avail_in = uInt(bytes.size());
    do {
      const std::size_t size = out.size();
      out.resize(size + output_step);
      zlib_.next_out = bytes_of(out.data() + size);
      zlib_.avail_out = output_step;
      deflate(&zlib_, Z_SYNC_FLUSH);
      out.resize(size + output_step - zlib_.avail_out);
    } while (zlib_.avail_out == 0);
    return out;
  }

 private:
  z_stream zlib_{};
  bool ready_ = false;
};

class DeflateStream final : public Stream {
 public:
  DeflateStream(std::shared_ptr<Stream> inner, std::string first) : inner_(std::move(inner)) {
    inflater_.feed(std::move(first));
  }

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) override {
    while (true) {
      if (inflater_.ended()) co_return 0;
      if (!inflater_.hungry()) {
        const auto made = inflater_.take(into, size);
        if (!made || *made > 0) co_return made;
        continue;
      }
      std::string input(input_size, '\0');
      const auto count = co_await inner_->read_some(input.data(), input.size(), limit);
      if (!count || *count == 0) co_return count;
      input.resize(*count);
      inflater_.feed(std::move(input));
    }
  }

  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds limit) override {
    if (bytes.empty()) co_return Result<>{};
    const std::string out = deflater_.put(bytes);
    if (out.empty()) co_return fail(ErrorCode::retry, "There is no memory to compress what is sent.");
    co_return co_await inner_->write(out, limit);
  }

  awaitable<Result<>> start_tls() override {
    co_return fail(ErrorCode::refused, "TLS cannot be started on a compressed line.");
  }
  bool secure() const override { return inner_->secure(); }
  void close() override { inner_->close(); }

 private:
  std::shared_ptr<Stream> inner_;
  Inflater inflater_;
  Deflater deflater_;
};

}  // namespace

std::unique_ptr<Stream> make_deflate_stream(std::shared_ptr<Stream> inner, std::string first) {
  return std::make_unique<DeflateStream>(std::move(inner), std::move(first));
}

}  // namespace satchel::stream
