// What the system hints at: connections may be dead without a sign, or possible again.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proxy/account/engine_state.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::account {

awaitable<void> try_again(EnginePtr engine) {
  const Alive alive(engine);
  if (engine->stopping) co_return;
  const auto hurry = [](store::Transaction& tx) -> Result<> {
    sync::hurry(tx);
    return {};
  };
  (void)co_await engine->store.change(engine->account, hurry);
  engine->changed.notify();
}

void heed(const EnginePtr& engine, Hint hint) {
  if (engine->stopping) return;
  engine->try_now = true;
  if (engine->online() && hint == Hint::slept) {
    ++engine->session;  // all of it ends, and begins anew on fresh connections
    for (Line* line : engine->lines) line->close();
  } else if (engine->online()) {
    ++engine->fresh;
    for (Line* line : engine->lines) line->interrupt();
    engine->plan.poke_list();
  }
  boost::asio::co_spawn(engine->executor, try_again(engine), boost::asio::detached);
  engine->changed.notify();
}

}  // namespace satchel::account
