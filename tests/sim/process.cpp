#include "process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>
#include <stdexcept>

#include "proxy/app/summariser.hpp"
#include "proxy/stream/memory_stream.hpp"
#include "store/put_back.hpp"

namespace satchel::sim {

using namespace std::chrono_literals;
using stream::awaitable;

namespace {

class EveryDoor final : public server::Door {
 public:
  explicit EveryDoor(store::AccountId account) : account_(account) {}
  bool peer_allowed() const override { return true; }
  std::optional<store::AccountId> authenticate(std::string_view, std::string_view) override { return account_; }

 private:
  store::AccountId account_;
};

class OneBackfill final : public server::Backfill {
 public:
  explicit OneBackfill(account::Engine& engine) : engine_(engine) {}
  bool online(store::AccountId) const override { return engine_.online(); }
  void opened(store::AccountId, store::MailboxId mailbox) override { engine_.opened(mailbox); }
  void closed(store::AccountId, store::MailboxId mailbox) override { engine_.closed(mailbox); }
  void changed(store::AccountId) override { engine_.changed(); }
  awaitable<Result<>> fetch_now(store::AccountId, store::MailboxId mailbox, std::vector<Uid> uids,
                                server::What what) override {
    return engine_.fetch_now(mailbox, std::move(uids),
                             what == server::What::metadata ? account::What::metadata : account::What::content);
  }
  awaitable<Result<>> wait_list(store::AccountId) override { return engine_.wait_list(); }
  awaitable<Result<>> wait_listed(store::AccountId, store::MailboxId mailbox) override {
    return engine_.wait_listed(mailbox);
  }

 private:
  account::Engine& engine_;
};

template <class T>
awaitable<void> keep(awaitable<T> work, std::optional<T>& into) {
  into.emplace(co_await std::move(work));
}

awaitable<bool> stopped(account::Engine& engine) {
  co_await engine.stop();
  co_return true;
}

awaitable<void> serve(server::OpenSessions& sessions, stream::StreamPtr stream, server::SessionContext context,
                      int& running) {
  ++running;
  co_await sessions.run(std::move(stream), std::move(context));
  --running;
}

}  // namespace

template <class T>
T Process::wait(awaitable<T> work) {
  std::optional<T> result;
  boost::asio::co_spawn(loop_, keep(std::move(work), result), boost::asio::detached);
  for (int i = 0; i < 100'000 && !result; ++i) time_.run(loop_, 10ms);
  if (!result) throw std::logic_error("something of the program never ends");
  return std::move(*result);
}

template Result<> Process::wait(awaitable<Result<>>);
template account::Status Process::wait(awaitable<account::Status>);

void Process::look(std::function<void(const store::AccountState&)> at) {
  (void)wait(store_->inspect(account_, std::move(at)));
}

void Process::change(std::function<void(store::Transaction&)> act) {
  (void)wait(store_->change(account_, [act = std::move(act)](store::Transaction& tx) -> Result<> {
    act(tx);
    return {};
  }));
}

Process::Process(boost::asio::io_context& loop, Time& time, Wire& wire, Disks& disks, Random& random,
                 std::uint32_t connections, std::uint32_t put_backs)
    : loop_(loop), time_(time), wire_(wire), disks_(disks), clock_(loop.get_executor(), time) {
  auto parts = disks_.open();
  if (!parts) throw std::runtime_error("the disks do not open: " + parts.error().text);
  parts->reopen = [this]() -> Result<store::StoreParts> {
    if (dead_) return fail(ErrorCode::broken, "The program is dead.");
    if (reopening) reopening();
    return disks_.open();
  };
  const auto executor = loop_.get_executor();
  auto opened = store::Store::open({executor, executor, executor}, std::move(*parts), app::make_summarisers(),
                                   [&of = time_] { return of.seconds(); });
  if (!opened) throw std::runtime_error("the store does not open: " + opened.error().text);
  store_ = std::move(*opened);
  const auto accounts = store_->accounts();
  if (accounts.empty()) {
    store::AccountSettings settings;
    settings.name = "one";
    settings.email = "u@example.org";
    settings.user = "user";
    settings.password = "secret";
    auto added = wait(store_->add_account(std::move(settings)));
    if (!added) throw std::runtime_error("no account: " + added.error().text);
    account_ = *added;
  } else {
    account_ = accounts.front().id;
  }
  if (put_backs > 0) change([put_backs](store::Transaction& tx) { store::jump_after_put_back(tx, put_backs); });
  account::Options options;
  options.connections = connections;
  options.guard_messages = guard_messages;
  options.audit_every = audit_every;
  options.jitter_seed = std::uint32_t(random() | 1);
  auto connect = [&wire = wire_,
                  executor](const store::AccountSettings&) -> Result<std::unique_ptr<stream::Connector>> {
    return wire.connector(executor);
  };
  engine_ = account::Engine::make(executor, *store_, account_, connect, clock_, std::move(options));
  backfill_ = std::make_unique<OneBackfill>(*engine_);
  door_ = std::make_shared<EveryDoor>(account_);
  engine_->start();
}

Process::~Process() {
  if (engine_) end();
}

void Process::end() {
  sessions_.close_all();
  wait(stopped(*engine_));
  for (int i = 0; i < 10'000 && running_ > 0; ++i) time_.run(loop_, 10ms);
  if (running_ > 0) throw std::logic_error("a session never ends");
  time_.run(loop_, 10ms);
  backfill_.reset();
  engine_.reset();
  store_.reset();
}

void Process::die(Random& random) {
  dead_ = true;
  disks_.cut(random);
  const bool connects = std::exchange(wire_.habits.connects, false);
  wire_.lose_all();
  end();
  wire_.habits.connects = connects;
}

void Process::stop() {
  end();
}

server::SessionContext Process::context() {
  server::SessionContext context;
  context.executor = loop_.get_executor();
  context.pool = loop_.get_executor();
  context.store = store_.get();
  context.backfill = backfill_.get();
  context.door = door_;
  context.clock = &clock_;
  context.shared = marks_;
  context.version = "0";
  return context;
}

stream::StreamPtr Process::connect() {
  auto [ours, theirs] = stream::make_memory_pair(loop_.get_executor());
  boost::asio::co_spawn(loop_, serve(sessions_, std::move(theirs), context(), running_), boost::asio::detached);
  return std::move(ours);
}

}  // namespace satchel::sim
