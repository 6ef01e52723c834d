// An engine on a store in memory, an upstream that the test plays, and a time that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "scripted_upstream.hpp"
#include "store/memory_database.hpp"
#include "store/memory_segments.hpp"
#include "tests/support/mime_summariser.hpp"

namespace satchel::account::test {

// Stands still until the test moves it.
class MovedClock final : public stream::Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'780'000'000) + passed);
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1) + passed);
  }
  awaitable<Result<>> sleep(std::chrono::milliseconds) override { co_return Result<>{}; }

  std::chrono::milliseconds passed{0};
};

class EngineWorld : public testing::Test {
 protected:
  EngineWorld() {
    store::StoreParts parts;
    parts.database = store::open_memory_database(disk_);
    parts.segments = store::open_memory_segments(std::make_shared<store::MemorySegmentsDisk>());
    auto opened = store::Store::open(
        store::Executors{loop_.get_executor(), pool_.get_executor(), writer_.get_executor()}, std::move(parts),
        [] { return std::make_unique<tests::MimeSummariser>(); },
        [this] { return std::chrono::duration_cast<std::chrono::seconds>(clock_.passed).count() + 1'780'000'000; });
    store_ = std::move(*opened);
    upstream_.contents = &store_->contents();
    store::AccountSettings settings;
    settings.name = "one";
    account_ = *wait(store_->add_account(std::move(settings)));
  }
  ~EngineWorld() override {
    upstream_.let_contents_through();
    stop();
    writer_.join();
    pool_.join();
    loop_.poll();
    store_.reset();
  }

  void deliver(int count) {
    for (int i = 0; i < count; ++i)
      upstream_.messages.push_back("Subject: " + std::to_string(upstream_.messages.size() + 1) + "\r\n\r\ntext\r\n");
  }

  void start(std::uint32_t connections, std::uint32_t jitter_seed = 0) {
    Options options;
    options.connections = connections;
    options.jitter_seed = jitter_seed;
    engine_ = make_engine(
        loop_.get_executor(), *store_, account_, [this] { return std::make_unique<ScriptedLine>(upstream_); }, clock_,
        std::move(options));
    engine_->start();
  }
  void stop() {
    if (engine_) wait(stopped(*engine_));
    engine_.reset();
  }
  void start_in_sync(std::uint32_t connections) {
    start(connections);
    ASSERT_TRUE(until([this] { return status().in_sync; }));
  }

  Status status() { return wait(engine_->status()); }
  std::uint32_t exists() const {
    const auto inbox = store_->view(account_)->find_name("INBOX");
    return inbox ? inbox->exists : 0;
  }
  store::MailboxId inbox() const { return store_->view(account_)->find_name("INBOX")->id; }
  bool here(std::uint32_t uid) const {
    const auto view = store_->view(account_);
    const store::Message* message = view->find(inbox())->messages.find(Uid{uid});
    return message != nullptr && view->here(message->content);
  }

  // Lets happen what can happen at this moment.
  void settle() {
    loop_.restart();
    while (loop_.poll() > 0) {
    }
  }
  void pass(std::chrono::milliseconds span) {
    clock_.passed += span;
    engine_->changed();  // whoever waits looks at the clock
    settle();
  }

  // False where it did not come true within ten seconds.
  template <class Condition>
  bool until(Condition condition) {
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    bool met = condition();
    while (!met && std::chrono::steady_clock::now() < late) {
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(100));
      met = condition();
    }
    return met;
  }

  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop_, keep(std::move(work), result), boost::asio::detached);
    EXPECT_TRUE(until([&result] { return result.has_value(); }));
    return std::move(*result);
  }
  template <class T>
  static awaitable<void> keep(awaitable<T> work, std::optional<T>& into) {
    into.emplace(co_await std::move(work));
  }

  boost::asio::io_context loop_;
  boost::asio::thread_pool pool_{1};
  boost::asio::thread_pool writer_{1};  // of the store's batches
  MovedClock clock_;
  std::shared_ptr<store::MemoryDatabaseDisk> disk_ = std::make_shared<store::MemoryDatabaseDisk>();
  std::unique_ptr<store::Store> store_;
  store::AccountId account_;
  Upstream upstream_{loop_.get_executor()};
  std::unique_ptr<Engine> engine_;

 private:
  static awaitable<bool> stopped(Engine& engine) {
    co_await engine.stop();
    co_return true;
  }
};

}  // namespace satchel::account::test
