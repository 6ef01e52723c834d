// Comes online and stays there: the first line is opened, with back-off after failures; then workers
// and watchers run until that line is lost.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/account/engine_state.hpp"

namespace satchel::account {
namespace {

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds longest_pause{60'000};
constexpr std::chrono::milliseconds pause_after_refusal{300'000};
constexpr std::chrono::seconds short_session{10};
constexpr int most_short_sessions = 5;

// Exponential, with jitter: between half and all of the span.
std::chrono::milliseconds back_off(EngineState& engine, int failures) {
  const auto span = std::min(longest_pause, first_pause * (1 << std::min(failures, 10)));
  return span / 2 +
         std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, span.count() / 2)(engine.jitter));
}

// Waits for `span` to pass, or to be woken, or to be stopped.
awaitable<void> pause(EnginePtr engine, std::chrono::milliseconds span) {
  const auto until = engine->clock.steady() + span;
  while (!engine->stopping && !engine->try_now) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - engine->clock.steady());
    if (left.count() <= 0) break;
    co_await engine->changed.wait(left);
  }
  engine->attempting = true;
  engine->try_now = false;
}

void spawn(const EnginePtr& engine, awaitable<void> part) {
  boost::asio::co_spawn(engine->executor, std::move(part), boost::asio::detached);
}

void start_session(const EnginePtr& engine, std::unique_ptr<Line> first) {
  const std::uint32_t session = ++engine->session;
  const int connections = static_cast<int>(engine->options.connections);
  const int watchers = connections >= 4 ? 2 : connections >= 2 ? 1 : 0;
  const int workers = std::max(1, connections - watchers);
  engine->plan.connected(first->abilities());
  engine->listed = first->take_listed();
  engine->set(State::online, "Connected.");
  spawn(engine, work(engine, std::move(first), session, 0));
  for (int number = 1; number < workers; ++number) spawn(engine, work(engine, nullptr, session, number));
  for (int number = 0; number < watchers; ++number) spawn(engine, keep_watch(engine, session, number));
  spawn(engine, keep_time(engine, session));
}

awaitable<void> wait_for_loss(EnginePtr engine) {
  const std::uint32_t session = engine->session;
  while (!session_over(*engine, session)) co_await engine->changed.wait(std::chrono::hours(1));
}

}  // namespace

awaitable<void> keep_connected(EnginePtr engine) {
  const Alive alive(engine);
  int failures = 0;
  int short_sessions = 0;  // in a row: the server takes the login and ends the line soon after
  while (!engine->stopping) {
    auto line = engine->make_line();
    engine->lines.insert(line.get());
    engine->attempting = true;
    LoginTried tried{State::online, {}};
    if (!line->alive()) tried = co_await line->open(Line::Along::list);
    engine->attempting = false;
    if (engine->stopping) {
      engine->lines.erase(line.get());
      break;
    }
    if (tried.state != State::online) {
      engine->lines.erase(line.get());
      line.reset();
      // Until a try succeeds it stays so: nobody waits for each try anew.
      engine->set(tried.state, tried.detail);
      const bool refused = tried.state == State::login_refused;
      co_await pause(engine, refused ? pause_after_refusal : back_off(*engine, failures++));
      continue;
    }
    failures = 0;
    const auto began = engine->clock.steady();
    start_session(engine, std::move(line));
    co_await wait_for_loss(engine);
    for (Line* open : engine->lines) open->close();
    if (engine->stopping) break;
    short_sessions = engine->clock.steady() - began < short_session ? short_sessions + 1 : 0;
    if (short_sessions > most_short_sessions)
      engine->set(State::offline, "The server ends each connection soon after the login." +
                                      (engine->told.empty() ? std::string() : " " + engine->told.back()));
    else
      engine->set(State::connecting, "The connection to the server was lost.");
    if (short_sessions > 0) co_await pause(engine, back_off(*engine, short_sessions - 1));
  }
  engine->set(State::paused, "Stopped.");
}

}  // namespace satchel::account
