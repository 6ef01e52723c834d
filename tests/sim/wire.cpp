#include "wire.hpp"

#include <algorithm>
#include <cstring>

#include "proxy/stream/timer.hpp"

namespace satchel::sim {

using stream::awaitable;

struct Link : std::enable_shared_from_this<Link> {
  Link(Wire& in, Time& of, const boost::asio::any_io_executor& executor, model::Connection other)
      : wire(in), time(of), wake(executor), server(std::move(other)) {}

  // Both ends lose the line; what came before is still there to be read. What is on its way to the server may still
  // reach it: it acts when nobody hears its answer any more.
  void lose() {
    if (lost) return;
    lost = true;
    ++wire.losses;
    late = wire.random_() % 2 == 0;
    late_by = std::chrono::milliseconds(wire.random_() % 4000);
    if (!late) server.reset();
    wake.cancel();
  }

  // One direction's share of what is sent; nullopt: all of it. The line breaks behind it.
  std::size_t may_pass(std::optional<std::size_t>& left, std::size_t bytes) {
    if (!left) return bytes;
    const std::size_t passes = std::min(*left, bytes);
    *left -= passes;
    return passes;
  }

  void up(std::string bytes) {
    if (lost) return;
    const std::size_t passes = may_pass(left_up, bytes.size());
    const bool breaks = passes < bytes.size();
    bytes.resize(passes);
    wire.bytes_up += passes;
    if (wire.trace) wire.trace(bytes);
    time.after(wire.habits.delay, [self = shared_from_this(), bytes = std::move(bytes), breaks, said = time.passed()] {
      if (self->lost) return self->receive_late(bytes);
      self->server->receive(bytes);
      if (self->wire.heard) self->wire.heard(said);
      if (breaks) {
        ++self->wire.cuts;
        return self->lose();
      }
      self->wire.tell_all();
    });
  }

  void receive_late(const std::string& bytes) {
    if (!late) return;
    time.after(late_by, [self = shared_from_this(), bytes] {
      self->server->receive(bytes);
      if (self->wire.heard) self->wire.heard({});  // nobody waits for it
      self->wire.tell_all();
    });
  }

  // What the server has to say goes on its way.
  void down() {
    if (lost) return;
    std::string bytes = server->take_output();
    const bool ends = server->closed();
    if (bytes.empty() && !ends) return;
    const std::size_t passes = may_pass(left_down, bytes.size());
    const bool breaks = passes < bytes.size();
    bytes.resize(passes);
    wire.bytes_down += passes;
    if (breaks || ends) closing = true;
    time.after(wire.habits.delay, [self = shared_from_this(), bytes = std::move(bytes), breaks, ends] {
      if (self->lost) return;
      self->came.append(bytes);
      self->wake.cancel();
      if (breaks) ++self->wire.cuts;
      if (ends && !breaks) self->ended = true;
      if (breaks || ends) self->lose();
    });
  }

  Wire& wire;
  Time& time;
  stream::Timer wake;
  std::optional<model::Connection> server;
  std::string came;
  std::optional<std::size_t> left_up, left_down;  // bytes until it breaks
  bool lost = false;
  bool late = false;  // the server has not noticed yet
  Span late_by{};
  bool ended = false;    // by the server, in order
  bool closing = false;  // nothing more is said
};

namespace {

class LinkStream final : public stream::Stream {
 public:
  explicit LinkStream(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~LinkStream() override { LinkStream::close(); }

  awaitable<Result<std::size_t>> read_some(char* into, std::size_t size, std::chrono::milliseconds limit) override {
    const auto link = link_;
    const auto closed = closed_;
    const auto deadline = stream::time_now() + limit;
    while (link->came.empty() && !link->lost && !*closed) {
      if (stream::time_now() >= deadline) co_return fail(ErrorCode::retry, "Nothing came in time.");
      link->wake.expires_at(deadline);
      co_await link->wake.wait();
    }
    if (*closed) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    if (link->came.empty() && !link->ended) co_return fail(ErrorCode::retry, "The line was lost.");
    const std::size_t count = std::min(size, link->came.size());
    std::memcpy(into, link->came.data(), count);
    link->came.erase(0, count);
    co_return count;
  }

  awaitable<Result<>> write(std::string_view bytes, std::chrono::milliseconds) override {
    if (*closed_) co_return fail(ErrorCode::cancelled, "The stream was closed.");
    if (link_->lost) co_return fail(ErrorCode::retry, "The line was lost.");
    link_->up(std::string(bytes));
    co_return Result<>{};
  }

  awaitable<Result<>> start_tls() override { co_return Result<>{}; }
  bool secure() const override { return true; }
  void close() override {
    *closed_ = true;
    link_->lose();
  }

 private:
  std::shared_ptr<Link> link_;
  std::shared_ptr<bool> closed_ = std::make_shared<bool>(false);
};

}  // namespace

class WireConnector final : public stream::Connector {
 public:
  WireConnector(Wire& wire, boost::asio::any_io_executor executor) : wire_(wire), executor_(std::move(executor)) {}
  awaitable<stream::Connected> connect() override {
    stream::Connected connected;
    if (wire_.habits.connects) {
      connected.stream = wire_.connect(executor_);
    } else {
      connected.failure = stream::ConnectFailure::no_network;
      connected.detail = "There is no network.";
    }
    co_return connected;
  }

 private:
  Wire& wire_;
  boost::asio::any_io_executor executor_;
};

Wire::Wire(Time& time, model::Account& account, const model::Traits& traits, Random& random)
    : time_(time), account_(account), traits_(traits), random_(random) {}
Wire::~Wire() = default;

std::unique_ptr<stream::Connector> Wire::connector(boost::asio::any_io_executor executor) {
  return std::make_unique<WireConnector>(*this, std::move(executor));
}

stream::StreamPtr Wire::connect(const boost::asio::any_io_executor& executor) {
  ++connections;
  const auto link = std::make_shared<Link>(*this, time_, executor, model::Connection(account_, traits_, random_()));
  if (habits.cut_rate && random_() % habits.cut_rate == 0) {
    auto& left = random_() % 2 ? link->left_up : link->left_down;
    left = std::size_t(random_() % std::max<std::size_t>(habits.cut_within, 1));
  }
  std::erase_if(links_, [](const auto& one) { return one.expired(); });
  links_.push_back(link);
  link->came = link->server->greet();
  return std::make_unique<LinkStream>(link);
}

bool Wire::connected() const {
  return std::any_of(links_.begin(), links_.end(), [](const auto& one) {
    const auto link = one.lock();
    return link && !link->lost;
  });
}

void Wire::cut_all() {
  if (connected()) ++cuts;
  lose_all();
}

void Wire::lose_all() {
  for (const auto& one : std::vector(links_))
    if (const auto link = one.lock()) link->lose();
}

void Wire::tell_all() {
  for (const auto& one : std::vector(links_)) {
    const auto link = one.lock();
    if (!link || link->lost) continue;
    link->server->tell();
    if (!link->closing) link->down();
  }
}

}  // namespace satchel::sim
