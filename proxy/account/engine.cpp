#include "proxy/account/engine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/account/engine_state.hpp"
#include "proxy/sync/restart.hpp"
#include "proxy/sync/undo.hpp"

namespace satchel::account {
namespace {

constexpr const char* kind_words[] = {"",       "store flags", "append", "copy",      "move",       "expunge",
                                      "create", "rename",      "delete", "subscribe", "unsubscribe"};
constexpr std::chrono::seconds client_patience{60};
constexpr std::int64_t soon_enough = 5;  // seconds
constexpr std::chrono::seconds retry_patience{30};
constexpr std::chrono::seconds sync_patience{90};
constexpr int many_losses = 5;
constexpr int losses_in_trouble = 2;  // for want of room, while somebody waits

awaitable<void> begin(EnginePtr engine) {
  const Alive alive(engine);
  const auto restarted = co_await engine->store.change(engine->account, [](store::Transaction& tx) -> Result<> {
    sync::restart(tx);
    return {};
  });
  if (!restarted) engine->set(State::offline, restarted.error().text);
  if (!engine->stopping) boost::asio::co_spawn(engine->executor, keep_connected(engine), boost::asio::detached);
}

// "1 mailbox", "2 mailboxes".
std::string counted(std::uint64_t count, const std::string& noun) {
  const std::string plural = noun.back() == 'x' ? noun + "es" : noun + "s";
  return std::to_string(count) + " " + (count == 1 ? noun : plural);
}

class EngineOnLines final : public Engine {
 public:
  explicit EngineOnLines(EnginePtr engine) : engine_(std::move(engine)) {}

  void start() override {
    subscription_ = engine_->store.subscribe(engine_->account, [engine = std::weak_ptr(engine_)] {
      if (const auto alive = engine.lock()) alive->changed.notify();
    });
    boost::asio::co_spawn(engine_->executor, begin(engine_), boost::asio::detached);
  }

  awaitable<void> stop() override {
    const auto engine = engine_;
    engine->stopping = true;
    subscription_.reset();
    for (Line* line : engine->lines) line->close();
    engine->changed.notify();
    while (engine->coroutines > 0) co_await engine->changed.wait(std::chrono::seconds(1));
  }

  awaitable<Result<>> sync(std::optional<store::MailboxId> mailbox) override {
    const auto engine = engine_;
    wake();
    co_await try_again(engine);
    auto give_up = engine->clock.steady() + sync_patience;  // put off by whatever gets done
    std::size_t least_left = SIZE_MAX;
    int losses = engine->losses;
    bool poked = false;
    bool looked_twice = false;
    while (true) {
      if (!engine->online()) {
        // A line that was lost is waited for; that there is none is told at once.
        const bool known = engine->state != State::connecting && !engine->attempting && !engine->try_now;
        if (engine->stopping || known || engine->clock.steady() > give_up)
          co_return fail(ErrorCode::unavailable, "Not in step: " + engine->detail);
        co_await engine->changed.wait(std::chrono::seconds(1));
        continue;
      }
      if (!std::exchange(poked, true)) poke(mailbox);
      const std::uint64_t seen = engine->changed.count();
      const Result<Left> left = co_await look();
      if (!left) co_return left.error();
      if (left->idle && left->in_step) co_return Result<>{};
      if (left->things < least_left) {
        least_left = left->things;
        losses = engine->losses;
        give_up = engine->clock.steady() + sync_patience;
      }
      const bool in_vain = engine->losses - losses >= many_losses && engine->clock.steady() > give_up;
      if (in_vain) co_return co_await not_in_step();
      if (!engine->trouble.empty() && engine->losses - losses >= losses_in_trouble)
        co_return fail(ErrorCode::no_space, "Not in step: " + engine->trouble);
      // What is tried again soon is waited for; what is not is tried once more at once, then told.
      const std::int64_t next = engine->plan.next_try();
      const bool soon = next != 0 && next - engine->now() <= retry_patience.count() && engine->clock.steady() < give_up;
      if (left->idle && !soon) {
        const Result<> told = co_await not_in_step();
        if (looked_twice || told.error().code == ErrorCode::refused) co_return told;
        looked_twice = true;
        poke(std::nullopt);
        continue;
      }
      co_await engine->changed.wait_beyond(seen, std::chrono::seconds(1));
    }
  }

  awaitable<Status> status() override {
    const auto engine = engine_;
    Status status;
    status.state = engine->state;
    status.detail = engine->detail;
    if (!engine->trouble.empty()) status.detail += " " + engine->trouble;
    status.last_pull = engine->last_pull;
    status.notes.assign(engine->told.begin(), engine->told.end());
    const auto view = engine->store.view(engine->account);
    status.mailboxes = static_cast<std::uint32_t>(view->mailboxes.size());
    for (const auto& mailbox : view->mailboxes) status.messages += mailbox->exists;
    (void)co_await engine->store.inspect(engine->account, [&](const store::AccountState& state) {
      status.contents_missing = state.missing.size();
      state.journal.for_each([&status](const store::Operation& operation) {
        ++(operation.parked() ? status.operations_parked : status.operations_pending);
        return true;
      });
      status.held = sync::held_messages(state);
      status.in_sync = engine->online() && engine->plan.in_sync(state);
    });
    co_return status;
  }

  void wake() override {
    engine_->try_now = true;
    engine_->changed.notify();
  }

  void heed(Hint hint) override { account::heed(engine_, hint); }

  bool online() const override { return engine_->online(); }

  void opened(store::MailboxId mailbox) override {
    engine_->opened.insert(mailbox);
    engine_->last_opened = mailbox;
    engine_->wants.selected.assign(engine_->opened.begin(), engine_->opened.end());
    engine_->plan.poke(mailbox);
    if (engine_->state == State::offline) engine_->try_now = true;
    for (Line* line : engine_->lines) line->interrupt();
    engine_->changed.notify();
  }

  void closed(store::MailboxId mailbox) override {
    if (const auto found = engine_->opened.find(mailbox); found != engine_->opened.end()) engine_->opened.erase(found);
    engine_->wants.selected.assign(engine_->opened.begin(), engine_->opened.end());
  }

  void changed() override { engine_->changed.notify(); }

  awaitable<Result<>> fetch_now(store::MailboxId mailbox, std::vector<Uid> uids, What what) override {
    const auto engine = engine_;
    auto& wanted = what == What::metadata ? engine->wants.metadata : engine->wants.contents;
    for (const Uid uid : uids) wanted.push_back({mailbox, uid});
    engine->changed.notify();
    const Result<> result = co_await wait_here(mailbox, uids, what);
    for (const Uid uid : uids) {
      const auto found = std::find(wanted.begin(), wanted.end(), store::MessageRef{mailbox, uid});
      if (found != wanted.end()) wanted.erase(found);
    }
    co_return result;
  }

  awaitable<Result<>> wait_list() override {
    const auto engine = engine_;
    const auto until = engine->clock.steady() + client_patience;
    while (!engine->store.view(engine->account)->listed) {
      if (!coming() || engine->clock.steady() > until) co_return away();
      co_await engine->changed.wait(std::chrono::seconds(1));
    }
    co_return Result<>{};
  }

  awaitable<Result<>> wait_listed(store::MailboxId mailbox) override {
    const auto engine = engine_;
    const auto until = engine->clock.steady() + client_patience;
    engine->wants.listing.push_back(mailbox);
    engine->changed.notify();
    Result<> result;
    while (true) {
      const auto view = engine->store.view(engine->account);
      const auto* found = view->find(mailbox);
      if (found == nullptr || found->listed) break;
      // It was asked to open it a moment ago: the next try is the plan's, nobody waits for that if it is not soon.
      const auto& unopenable = engine->plan.memory().unopenable;
      if (const auto at = unopenable.find(mailbox);
          at != unopenable.end() && at->second > engine->now() + soon_enough) {
        result = fail(ErrorCode::unavailable, "The server does not open this mailbox now.");
        break;
      }
      if (!coming() || engine->clock.steady() > until) {
        result = away();
        break;
      }
      co_await engine->changed.wait(std::chrono::seconds(1));
    }
    std::erase(engine->wants.listing, mailbox);
    co_return result;
  }

 private:
  bool coming() const { return !engine_->stopping && (engine_->online() || engine_->state == State::connecting); }
  Error away() const { return fail(ErrorCode::unavailable, "The server cannot be reached now: " + engine_->detail); }

  void poke(std::optional<store::MailboxId> mailbox) {
    if (mailbox)
      engine_->plan.poke(*mailbox);
    else
      engine_->plan.poke_all();
    engine_->changed.notify();
  }

  // What is still to be done.
  struct Left {
    bool idle = false;  // nothing runs, and nothing may run now
    bool in_step = false;
    std::size_t things = 0;
  };

  awaitable<Result<Left>> look() {
    const auto engine = engine_;
    Left left;
    const auto looked = co_await engine->store.inspect(engine->account, [&](const store::AccountState& state) {
      left.idle = engine->jobs == 0 && engine->plan.next(state, engine->wants, engine->now()).empty();
      left.in_step = engine->plan.in_sync(state);
      left.things = state.missing.size() + engine->plan.to_pull(state) + state.journal.size();
    });
    if (!looked) co_return looked.error();
    co_return left;
  }

  awaitable<Result<>> not_in_step() {
    const auto engine = engine_;
    std::uint64_t parked = 0;
    std::uint64_t pending = 0;
    std::uint64_t missing = 0;
    std::uint64_t unread = 0;
    std::uint64_t held = 0;
    std::string first;
    (void)co_await engine->store.inspect(engine->account, [&](const store::AccountState& state) {
      held = sync::held_messages(state);
      missing = state.missing.size();
      unread = engine->plan.to_pull(state);
      state.journal.for_each([&](const store::Operation& operation) {
        ++(operation.parked() ? parked : pending);
        if (!operation.parked() && first.empty()) first = kind_words[std::size_t(operation.kind)];
        return true;
      });
    });
    if (parked > 0)
      co_return fail(ErrorCode::refused,
                     counted(parked, "operation") + " cannot go up: 'satchel journal list' says why.");
    if (held > 0)
      co_return fail(ErrorCode::retry, counted(held, "message") + " vanished upstream and " +
                                           (held == 1 ? "is" : "are") + " held: 'satchel guard list' shows them.");
    std::vector<std::string> waiting;
    if (pending > 0) waiting.push_back(counted(pending, "operation") + " to be sent (the first: " + first + ")");
    if (missing > 0) waiting.push_back(counted(missing, "message") + " to be fetched");
    if (unread > 0) waiting.push_back(counted(unread, "mailbox") + " to be read");
    std::string text;
    for (const std::string& one : waiting) text += (text.empty() ? "" : ", ") + one;
    const std::string trouble = text.empty() && !engine->told.empty() ? " " + engine->told.back() : "";
    co_return fail(ErrorCode::retry,
                   "Not in step yet: " + (text.empty() ? "the server was not read whole" : text) + "." + trouble);
  }

  awaitable<Result<>> wait_here(store::MailboxId mailbox, const std::vector<Uid>& uids, What what) {
    const auto engine = engine_;
    const auto until = engine->clock.steady() + client_patience;
    while (true) {
      const auto view = engine->store.view(engine->account);
      const store::Mailbox* in = view->find(mailbox);
      bool all = true;
      for (const Uid uid : uids) {
        const store::Message* message = in == nullptr ? nullptr : in->messages.find(uid);
        if (message == nullptr || !message->visible()) continue;
        const bool here = message->header || view->here(message->content);
        all = all && message->metadata && (what == What::metadata ? here : view->here(message->content));
      }
      if (all) co_return Result<>{};
      if (!coming() || engine->clock.steady() > until) co_return away();
      co_await engine->changed.wait(std::chrono::seconds(1));
    }
  }

  EnginePtr engine_;
  std::unique_ptr<store::Subscriber> subscription_;
};

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::offline:
      return "offline";
    case State::connecting:
      return "connecting";
    case State::online:
      return "online";
    case State::captive_portal:
      return "captive-portal";
    case State::certificate_problem:
      return "certificate-problem";
    case State::login_refused:
      return "login-refused";
    case State::paused:
      return "paused";
  }
  return "offline";
}

std::unique_ptr<Engine> make_engine(boost::asio::any_io_executor executor, store::Store& store,
                                    store::AccountId account, MakeLine make_line, stream::Clock& clock,
                                    Options options) {
  return std::make_unique<EngineOnLines>(
      std::make_shared<EngineState>(executor, store, account, std::move(make_line), clock, std::move(options)));
}

}  // namespace satchel::account
