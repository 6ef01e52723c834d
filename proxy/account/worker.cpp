// Workers: each has a line, takes the most urgent job that may run, and runs it to its end.
#include <algorithm>

#include "proxy/account/engine_state.hpp"

namespace satchel::account {
namespace {

constexpr std::chrono::minutes idle_look{5};
constexpr std::size_t told_limit = 50;
constexpr int urgent_below = 100;
constexpr std::chrono::seconds pause_after_refusal{30};
constexpr std::chrono::milliseconds pause_after_loss{500};  // doubled by each one in a row

bool one_line(const EngineState& engine) {
  return engine.options.connections < 3 || engine.alone;
}

bool is_back_fill(const sync::JobOrder& order, bool whole) {
  return order.kind == sync::JobKind::contents && order.priority >= urgent_below && order.whole == whole;
}

// With several workers the first one takes no bodies that nobody waits for: what a client waits for finds it free.
// Headers, which are soon there, are its part, so that bodies need not wait for them.
bool takes(const EngineState& engine, int worker, const sync::JobOrder& order, bool bodies_wait) {
  if (one_line(engine)) return true;
  if (worker == 0) return order.priority < urgent_below || is_back_fill(order, false);
  return !bodies_wait || !is_back_fill(order, false);
}

awaitable<std::unique_ptr<sync::Job>> take_job(EnginePtr engine, int worker) {
  std::unique_ptr<sync::Job> job;
  const auto look = [&](const store::AccountState& state) {
    engine->wants.one_line = one_line(*engine);
    auto orders = engine->plan.next(state, engine->wants, engine->now());
    const bool bodies_wait =
        std::any_of(orders.begin(), orders.end(), [](const auto& order) { return is_back_fill(order, true); });
    for (sync::JobOrder& order : orders) {
      if (!takes(*engine, worker, order, bodies_wait)) continue;
      job = engine->plan.start(std::move(order));
      ++engine->jobs;  // until finished or dropped: while it lives, nothing is idle
      break;
    }
  };
  const auto looked = co_await engine->store.inspect(engine->account, look);
  if (!looked && job) {  // it looked while a batch was on its way that then failed: what it saw may not be so
    engine->plan.dropped(*job);
    --engine->jobs;
    job.reset();
    engine->changed.notify();
  }
  co_return std::move(job);
}

void keep_told(EngineState& engine, const sync::Job& job) {
  for (const std::string& sentence : job.told()) {
    std::erase(engine.told, sentence);
    engine.told.push_back(sentence);
  }
  while (engine.told.size() > told_limit) engine.told.pop_front();
}

// Error: the store would not take the job's batch.
awaitable<Result<>> run_job(EnginePtr engine, Line& line, sync::Job& job) {
  sync::Answer answer;
  while (true) {
    const auto step = [&](store::Transaction& tx) -> Result<> {
      job.resume(tx, std::move(answer));
      return {};
    };
    const auto changed = co_await engine->store.change(engine->account, step);
    if (!changed) co_return changed;
    if (job.done()) co_return Result<>{};
    answer = sync::Answer();
    auto listed = std::exchange(engine->listed, std::nullopt);
    if (listed && std::holds_alternative<sync::ListAsk>(job.question()))
      answer = std::move(*listed);
    else
      answer = co_await line.perform(job.question());
    engine->changed.notify();
  }
}

// A job that brings something ended: could it be kept?
void note_trouble(EngineState& engine, Line& line, const sync::Job& job, std::string refused) {
  std::string why = line.take_trouble();
  if (why.empty()) why = std::move(refused);
  if (!why.empty())
    engine.trouble = "What comes cannot be stored: " + why + (why.ends_with('.') ? "" : ".");
  else if (line.alive() && job.order().kind == sync::JobKind::contents)
    engine.trouble.clear();
}

void leave(EngineState& engine, std::unique_ptr<Line>& line) {
  engine.lines.erase(line.get());
  line->close();
  line.reset();
}

// Nothing: none can be had now, and the first worker does everything meanwhile.
awaitable<std::unique_ptr<Line>> open_line(EnginePtr engine) {
  auto line = engine->make_line();
  engine->lines.insert(line.get());
  const LoginTried tried = co_await line->open(Line::Along::nothing);
  engine->alone = tried.state != State::online;
  if (engine->alone) {
    engine->lines.erase(line.get());
    line.reset();
  }
  co_return std::move(line);
}

// So much is to come that there is work for a further line as soon as the first one has looked around: it is opened
// meanwhile.
awaitable<bool> much_is_missing(EnginePtr engine) {
  bool much = false;
  (void)co_await engine->store.inspect(
      engine->account, [&much](const store::AccountState& state) { much = !state.listed || !state.missing.empty(); });
  co_return much;
}

}  // namespace

bool session_over(const EngineState& engine, std::uint32_t session) {
  return engine.stopping || engine.session != session;
}

awaitable<void> stay_away(EnginePtr engine, std::uint32_t session, std::chrono::milliseconds span) {
  const auto until = engine->clock.steady() + span;
  while (!session_over(*engine, session)) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - engine->clock.steady());
    if (left.count() <= 0) break;
    co_await engine->changed.wait(left);
  }
}

awaitable<void> work(EnginePtr engine, std::unique_ptr<Line> line, std::uint32_t session, int number) {
  const Alive alive(engine);
  int losses = 0;
  std::uint32_t fresh = engine->fresh;
  bool ahead = false;
  if (number != 0) ahead = co_await much_is_missing(engine);
  if (ahead && !session_over(*engine, session)) {
    line = co_await open_line(engine);
    if (!line) {
      engine->changed.notify();
      co_await stay_away(engine, session, pause_after_refusal);
    }
  }
  while (!session_over(*engine, session)) {
    const std::uint64_t seen = engine->changed.count();
    auto job = co_await take_job(engine, number);
    if (!job) {
      const std::int64_t next = engine->plan.next_try();
      std::chrono::milliseconds pause = idle_look;
      if (next != 0) pause = std::chrono::seconds(std::clamp<std::int64_t>(next - engine->now(), 1, 300));
      if (!session_over(*engine, session)) co_await engine->changed.wait_beyond(seen, pause);
      continue;
    }
    if (line && fresh != engine->fresh) leave(*engine, line);
    if (!line) {
      fresh = engine->fresh;
      line = co_await open_line(engine);
      if (!line) {
        engine->plan.dropped(*job);
        --engine->jobs;
        job.reset();
        engine->changed.notify();
        if (number == 0) break;
        co_await stay_away(engine, session, pause_after_refusal);
        continue;
      }
    }
    const auto stored = co_await run_job(engine, *line, *job);
    note_trouble(*engine, *line, *job, stored ? std::string() : stored.error().text);
    --engine->jobs;
    if (line->abilities_shrank()) engine->plan.connected(line->abilities());
    if (job->wants_fresh_line()) ++engine->fresh;
    if (stored) {
      keep_told(*engine, *job);
      engine->plan.finished(*job);
      engine->last_pull = engine->now();
    } else {
      engine->plan.dropped(*job);
    }
    job.reset();
    const bool lost = !line->alive();
    if (lost) {
      ++engine->losses;
      engine->lines.erase(line.get());
      line.reset();
      if (number == 0) break;
    }
    engine->changed.notify();
    losses = lost ? losses + 1 : 0;
    if (losses > 0) co_await stay_away(engine, session, pause_after_loss * (1 << std::min(losses, 6)));
    if (!stored) co_await engine->clock.sleep(std::chrono::seconds(2));
  }
  if (line) leave(*engine, line);
  if (number == 0 && engine->session == session) ++engine->session;
  engine->changed.notify();
}

}  // namespace satchel::account
