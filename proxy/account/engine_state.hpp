// What the parts of the engine share; for proxy/account's own files.
#pragma once

#include <deque>
#include <map>
#include <random>
#include <set>

#include "proxy/account/line.hpp"
#include "proxy/stream/signal.hpp"
#include "proxy/sync/plan.hpp"

namespace satchel::account {

struct EngineState {
  EngineState(boost::asio::any_io_executor on, store::Store& in, store::AccountId of, MakeLine make, stream::Clock& by,
              Options with)
      : executor(on),
        store(in),
        account(of),
        make_line(std::move(make)),
        clock(by),
        options(std::move(with)),
        plan(sync::Rules{options.guard_share, options.guard_messages}),
        jitter(options.jitter_seed ? options.jitter_seed : std::random_device{}()),
        changed(on) {}

  boost::asio::any_io_executor executor;
  store::Store& store;
  store::AccountId account;
  MakeLine make_line;
  stream::Clock& clock;
  Options options;
  sync::Plan plan;
  std::minstd_rand jitter;

  // Notified whenever anything below, the plan or the replica changed.
  stream::Signal changed;

  State state = State::connecting;
  std::string detail = "Connecting for the first time.";
  bool stopping = false;
  bool try_now = false;       // wake(): do not wait for the back-off
  bool attempting = false;    // a connection is being opened, whatever the state says of the last one
  int coroutines = 0;         // alive; stop() waits for 0
  int jobs = 0;               // running
  int losses = 0;             // lines that were lost under a job
  std::uint32_t fresh = 0;    // grows when each worker is to go on with another connection
  bool alone = false;         // no second line can be had: the first worker does everything
  std::uint32_t session = 0;  // grows when the last line is lost: workers of an older one end
  // Asked while the session's line was opened: the answer to its first question, if that is LIST.
  std::optional<sync::ListAnswer> listed;
  std::set<Line*> lines;  // open or opening, for close and interrupt
  sync::Wants wants;
  std::multiset<store::MailboxId> opened;  // by client sessions
  store::MailboxId last_opened;
  std::int64_t last_pull = 0;
  std::string trouble;           // a sentence, while what comes cannot be stored here
  std::deque<std::string> told;  // sentences for the user, newest last

  bool online() const { return state == State::online; }
  std::int64_t now() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count();
  }
  void set(State next, std::string sentence) {
    state = next;
    detail = std::move(sentence);
    changed.notify();
  }
};

// Counts a coroutine of the engine as long as it lives.
class Alive {
 public:
  explicit Alive(std::shared_ptr<EngineState> engine) : engine_(std::move(engine)) { ++engine_->coroutines; }
  ~Alive() {
    --engine_->coroutines;
    engine_->changed.notify();
  }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;

 private:
  std::shared_ptr<EngineState> engine_;
};

using EnginePtr = std::shared_ptr<EngineState>;

// Each ends when its session is over or the engine stops.
awaitable<void> keep_connected(EnginePtr engine);                                                       // supervise.cpp
awaitable<void> work(EnginePtr engine, std::unique_ptr<Line> line, std::uint32_t session, int number);  // worker.cpp
awaitable<void> keep_watch(EnginePtr engine, std::uint32_t session, int number);                        // watcher.cpp
awaitable<void> keep_time(EnginePtr engine, std::uint32_t session);                                     // watcher.cpp

awaitable<void> try_again(EnginePtr engine);  // hints.cpp: what waits for its pause is tried now
void heed(const EnginePtr& engine, Hint hint);

bool session_over(const EngineState& engine, std::uint32_t session);

// Waits for all of `span`, whatever happens meanwhile but for the session's end.
awaitable<void> stay_away(EnginePtr engine, std::uint32_t session, std::chrono::milliseconds span);  // worker.cpp

}  // namespace satchel::account
