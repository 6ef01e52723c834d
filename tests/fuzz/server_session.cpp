// links: satchel_server
// A whole session on a small store in memory: any bytes of a client, before a login ("!" first) and
// after one. It must end when the client does, and every line that it says must end in CRLF.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <cstdlib>

#include "proxy/server/run_session.hpp"
#include "proxy/stream/memory_stream.hpp"
#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"
#include "tests/support/mime_summariser.hpp"

using namespace satchel;
using boost::asio::awaitable;

namespace {

class FrozenClock final : public stream::Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  awaitable<Result<>> sleep(std::chrono::milliseconds) override { co_return Result<>{}; }
};

class Offline final : public server::Backfill {
 public:
  bool online(store::AccountId) const override { return false; }
  void opened(store::AccountId, store::MailboxId) override {}
  void closed(store::AccountId, store::MailboxId) override {}
  void changed(store::AccountId) override {}
  awaitable<Result<>> fetch_now(store::AccountId, store::MailboxId, std::vector<Uid>, server::What) override {
    co_return fail(ErrorCode::unavailable, "Offline.");
  }
  awaitable<Result<>> wait_list(store::AccountId) override { co_return fail(ErrorCode::unavailable, "Offline."); }
  awaitable<Result<>> wait_listed(store::AccountId, store::MailboxId) override {
    co_return fail(ErrorCode::unavailable, "Offline.");
  }
};

class AnyDoor final : public server::Door {
 public:
  explicit AnyDoor(store::AccountId account) : account_(account) {}
  bool peer_allowed() const override { return true; }
  std::optional<store::AccountId> authenticate(std::string_view, std::string_view password) override {
    return password == "secret" ? std::optional(account_) : std::nullopt;
  }

 private:
  store::AccountId account_;
};

struct Fuzzed {
  boost::asio::io_context loop{1};
  boost::asio::thread_pool pool{1};
  std::unique_ptr<store::Store> store;
  FrozenClock clock;
  Offline backfill;
  store::AccountId account;
  std::string said;
  bool ended = false;
};

awaitable<void> prepare(Fuzzed& world) {
  store::AccountSettings settings;
  settings.email = "u";
  world.account = *co_await world.store->add_account(std::move(settings));
  std::vector<std::string> contents = {
      "From: a@b\r\nSubject: hello\r\n\r\nhello\r\n",
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>hello\r\n--x--\r\n"};
  const auto stored = co_await world.store->contents().put(std::move(contents));
  store::Store::Change change = [&stored](store::Transaction& tx) -> Result<> {
    tx.set_delimiter('/');
    tx.set_listed();
    const store::MailboxId inbox = tx.make_mailbox("INBOX");
    tx.edit(inbox)->listed = true;
    for (const store::StoredContent& one : *stored) {
      store::Message row;
      row.content = tx.new_content();
      tx.attach(row.content, one);
      row.here.size = std::uint32_t(one.size);
      row.metadata = row.header = true;
      tx.add_message(inbox, row);
    }
    store::Message missing;
    missing.metadata = true;
    tx.add_message(inbox, missing);
    return {};
  };
  if (!co_await world.store->change(world.account, std::move(change))) std::abort();
}

awaitable<void> serve(Fuzzed& world, stream::StreamPtr stream) {
  server::SessionContext context;
  context.executor = world.loop.get_executor();
  context.pool = world.pool.get_executor();
  context.store = world.store.get();
  context.backfill = &world.backfill;
  context.door = std::make_shared<AnyDoor>(world.account);
  context.clock = &world.clock;
  context.tls_offered = true;
  co_await server::run_session(std::move(stream), std::move(context));
  world.ended = true;
}

awaitable<void> talk(Fuzzed& world, stream::StreamPtr stream, std::string bytes) {
  (void)co_await stream->write(bytes, std::chrono::seconds(1));
  std::string piece(64 * 1024, '\0');
  while (true) {
    const auto count = co_await stream->read_some(piece.data(), piece.size(), std::chrono::milliseconds(5));
    if (!count || *count == 0) break;
    world.said.append(piece, 0, *count);
  }
  stream->close();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Fuzzed world;
  store::StoreParts parts;
  parts.database = store::open_memory_database(std::make_shared<store::MemoryDatabaseDisk>());
  parts.segments = store::open_memory_segments(std::make_shared<store::MemorySegmentsDisk>());
  auto opened = store::Store::open(
      store::Executors{world.loop.get_executor(), world.pool.get_executor()}, std::move(parts),
      [] { return std::make_unique<tests::MimeSummariser>(); }, [] { return std::int64_t{1'780'000'000}; });
  world.store = std::move(*opened);
  boost::asio::co_spawn(world.loop, prepare(world), boost::asio::detached);
  world.loop.run();
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with('!'))
    bytes.erase(0, 1);
  else
    bytes.insert(0, "l LOGIN u secret\r\n");
  bytes += "\r\nz LOGOUT\r\n";
  auto [ours, theirs] = stream::make_memory_pair(world.loop.get_executor());
  boost::asio::co_spawn(world.loop, serve(world, std::move(theirs)), boost::asio::detached);
  boost::asio::co_spawn(world.loop, talk(world, std::move(ours), std::move(bytes)), boost::asio::detached);
  world.loop.restart();
  world.loop.run();
  world.pool.join();
  if (!world.ended) std::abort();
  if (!world.said.empty() && !world.said.ends_with("\r\n")) std::abort();
  return 0;
}
