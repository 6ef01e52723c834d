// What a session lives in, in a test: a store in memory, an upstream that can be cut off, a clock,
// and clients on memory streams. All on the test's thread; every wait has a deadline.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/server/run_session.hpp"
#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"

namespace satchel::server::test {

// Sleeps return at once and are counted; time stands still but for them.
class TestClock final : public stream::Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'780'000'000)) + slept;
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point() + slept;
  }
  stream::awaitable<Result<>> sleep(std::chrono::milliseconds span) override {
    slept += span;
    co_return Result<>{};
  }
  std::chrono::milliseconds slept{0};
};

class World;

// Upstream as a session sees it: brings what the test put aside, while it is online.
class TestBackfill final : public Backfill {
 public:
  explicit TestBackfill(World& world) : world_(world) {}
  bool online(store::AccountId) const override { return is_online; }
  void opened(store::AccountId, store::MailboxId mailbox) override { ++open_mailboxes[mailbox]; }
  void closed(store::AccountId, store::MailboxId mailbox) override { --open_mailboxes[mailbox]; }
  void changed(store::AccountId) override { ++changes; }
  awaitable<Result<>> fetch_now(store::AccountId, store::MailboxId mailbox, std::vector<Uid> uids, What what) override;
  awaitable<Result<>> wait_list(store::AccountId) override;
  awaitable<Result<>> wait_listed(store::AccountId, store::MailboxId mailbox) override;

  bool is_online = false;
  int changes = 0;
  int fetches = 0;
  std::map<store::MailboxId, int> open_mailboxes;

 private:
  World& world_;
};

class TestDoor final : public Door {
 public:
  explicit TestDoor(store::Store& store) : store_(store) {}
  bool peer_allowed() const override { return allowed; }
  std::optional<store::AccountId> authenticate(std::string_view user, std::string_view password) override {
    const auto accounts = store_.accounts();
    return find_login(accounts, user, password);
  }
  bool allowed = true;

 private:
  store::Store& store_;
};

class Client {
 public:
  Client(World& world, stream::StreamPtr stream);
  ~Client();
  void send(std::string_view bytes);         // as they are
  void send_slowly(std::string_view bytes);  // one at a time
  // The next line, CRLF taken off; "<closed>" at the end, "<nothing>" where none comes in time.
  std::string line();
  std::string bytes(std::size_t count);  // of a literal
  bool has_line() const;
  // Sends a command, gives its answer, the tagged line last.
  std::vector<std::string> command(const std::string& text);
  std::string last(const std::string& text);  // the tagged line without its tag
  void login();
  void close();
  bool closed() const { return closed_; }

 private:
  World& world_;
  std::shared_ptr<stream::Stream> stream_;
  std::string got_;
  std::size_t taken_ = 0;
  bool closed_ = false;
  bool reading_ = false;
  int tags_ = 0;

  static awaitable<void> read_all(Client* client, std::shared_ptr<stream::Stream> stream);
};

struct Delivery {
  std::vector<std::string> flags;
  std::int64_t date = 1'700'000'000;
  std::int16_t zone = 0;
  enum class Here { all, header, metadata, listing } here = Here::all;
};

class World {
 public:
  World();
  ~World();

  // Runs the loop until it is so; false after the deadline.
  bool until(const std::function<bool()>& condition);
  void settle();  // until nothing is left to do at once
  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, T value) {
      thrown = error;
      result.emplace(std::move(value));
    });
    if (!until([&] { return result.has_value(); })) throw std::runtime_error("nothing came of it");
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*result);
  }

  std::unique_ptr<Client> connect();
  std::unique_ptr<Client> connect_and_login();

  // --- what happens at another place
  void change(const std::function<void(store::Transaction&)>& change);
  store::MailboxId mailbox(const std::string& name, store::SpecialUse use = store::SpecialUse::none);
  Uid deliver(const std::string& mailbox, const std::string& content, const Delivery& how = {});
  void set_flags(const std::string& mailbox, std::uint32_t uid, const std::vector<std::string>& flags);
  void expunge(const std::string& mailbox, std::uint32_t uid);
  const store::Mailbox& find(const std::string& mailbox) const;
  void damage_contents();
  SessionContext context();
  void end_sessions();

  boost::asio::io_context loop{1};
  boost::asio::thread_pool pool{1};
  std::shared_ptr<store::MemoryDatabaseDisk> database = std::make_shared<store::MemoryDatabaseDisk>();
  std::shared_ptr<store::MemorySegmentsDisk> segments = std::make_shared<store::MemorySegmentsDisk>();
  std::unique_ptr<store::Store> store;
  store::AccountId account;
  TestBackfill backfill{*this};
  std::shared_ptr<TestDoor> door;
  TestClock clock;
  std::shared_ptr<SharedMarks> shared = std::make_shared<SharedMarks>();
  std::vector<std::string> log;
  bool tls_offered = true;
  SessionTimes times;
  std::map<store::ContentNumber, std::string> upstream;  // contents that are not here
  std::vector<store::Extent> extents;                    // of the contents that are
  OpenSessions sessions;
  int running = 0;

 private:
  static awaitable<void> session(World* world, stream::StreamPtr stream);
};

store::FlagSet flag_set(const std::vector<std::string>& names);

}  // namespace satchel::server::test
