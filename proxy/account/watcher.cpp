// Watchers: a line that does nothing but wait for news (IDLE), and the clock that looks from time to
// time where no news would come. News only ever cause a pull; they change nothing by themselves.
#include "proxy/account/engine_state.hpp"

namespace satchel::account {
namespace {

constexpr std::chrono::minutes watch_limit{24};  // RFC 2177: an IDLE is renewed before 29 minutes
constexpr std::chrono::seconds look_without_idle{20};
constexpr std::chrono::seconds pause_after_loss{15};
constexpr std::chrono::seconds list_every{60};
constexpr std::chrono::minutes pull_everything_every{10};

// The first watcher looks at INBOX, the second at what a client has open.
store::MailboxPtr watched(const EngineState& engine, int number) {
  const auto view = engine.store.view(engine.account);
  if (!view) return nullptr;
  const auto inbox = view->find_name("INBOX");
  if (number == 0) return inbox;
  for (const auto& mailbox : view->mailboxes)
    if (mailbox->id == engine.last_opened && engine.opened.contains(mailbox->id))
      return inbox && inbox->id == mailbox->id ? nullptr : mailbox;
  return nullptr;
}

bool can_be_watched(const store::MailboxPtr& mailbox) {
  return mailbox && mailbox->upstream.exists && mailbox->upstream.selectable && mailbox->listed;
}

// News after which nothing is found to have changed, again and again: those of a server that lies, or that tells of
// what does not matter here. They are looked into ever later.
class News {
 public:
  // How long it is to be waited before the mailbox is looked into, which is at `modseq` now.
  std::chrono::seconds delay(ModSeq modseq) {
    fruitless_ = modseq == seen_ ? fruitless_ + 1 : 0;
    seen_ = modseq;
    if (fruitless_ < believed) return std::chrono::seconds(0);
    return std::min(longest, std::chrono::seconds(1 << std::min(fruitless_ - believed, 10)));
  }

 private:
  static constexpr int believed = 4;
  static constexpr std::chrono::seconds longest{60};
  ModSeq seen_;
  int fruitless_ = 0;
};

ModSeq modseq_of(const EngineState& engine, store::MailboxId id) {
  const store::Mailbox* mailbox = engine.store.view(engine.account)->find(id);
  return mailbox == nullptr ? ModSeq() : mailbox->highest_modseq;
}

void look_into(EngineState& engine, store::MailboxId id) {
  engine.plan.poke(id);
  engine.changed.notify();
}

// Opens the line if there is none; false: not now.
awaitable<bool> open_line(EnginePtr engine, std::unique_ptr<Line>& line) {
  if (line && line->alive()) co_return true;
  if (line) engine->lines.erase(line.get());
  line = engine->make_line();
  engine->lines.insert(line.get());
  const LoginTried tried = co_await line->open(Line::Along::nothing);
  if (tried.state == State::online) co_return true;
  engine->lines.erase(line.get());
  line.reset();
  co_return false;
}

}  // namespace

awaitable<void> keep_watch(EnginePtr engine, std::uint32_t session, int number) {
  const Alive alive(engine);
  std::unique_ptr<Line> line;
  News heard;
  while (!session_over(*engine, session)) {
    const auto mailbox = watched(*engine, number);
    if (!can_be_watched(mailbox)) {
      co_await engine->changed.wait(look_without_idle);
      continue;
    }
    const bool opened = co_await open_line(engine, line);
    if (!opened) {
      // The first line may be lost as well, and nobody reads on it: that shows when a worker asks something.
      engine->plan.poke(mailbox->id);
      engine->changed.notify();
      co_await stay_away(engine, session, pause_after_loss);
      continue;
    }
    const std::chrono::milliseconds limit =
        line->abilities().idle ? std::chrono::milliseconds(watch_limit) : std::chrono::milliseconds(look_without_idle);
    const auto began = engine->clock.steady();
    // The pull begins while the server still ends its IDLE: a round trip that nobody has to wait for.
    std::optional<std::chrono::seconds> delay;
    const auto told = [&] {
      if (!delay) delay = heard.delay(modseq_of(*engine, mailbox->id));
      if (delay->count() == 0) look_into(*engine, mailbox->id);
    };
    const bool perhaps = co_await line->watch(mailbox->upstream.name, limit, told);
    if (perhaps) told();
    if (delay && delay->count() > 0) {
      co_await stay_away(engine, session, *delay);
      look_into(*engine, mailbox->id);
    }
    if (!line->alive() && !session_over(*engine, session)) {
      // Whether it was this line alone shows when a worker asks something.
      engine->plan.poke(mailbox->id);
      engine->changed.notify();
      const bool lasted = engine->clock.steady() - began > pause_after_loss;
      co_await stay_away(engine, session, lasted ? std::chrono::seconds(1) : pause_after_loss);
    }
  }
  if (line) {
    engine->lines.erase(line.get());
    line->close();
  }
}

awaitable<void> keep_time(EnginePtr engine, std::uint32_t session) {
  const Alive alive(engine);
  auto next_list = engine->clock.steady() + list_every;
  auto next_pull = engine->clock.steady() + pull_everything_every;
  auto next_audit = engine->clock.steady() + engine->options.audit_every;
  while (!session_over(*engine, session)) {
    co_await engine->changed.wait(std::min(list_every, engine->options.audit_every));
    const auto now = engine->clock.steady();
    if (now >= next_audit) {
      engine->plan.poke_audit();
      next_audit = now + engine->options.audit_every;
      engine->changed.notify();
    }
    if (now >= next_pull) {
      engine->plan.poke_all();
      next_pull = now + pull_everything_every;
      next_list = now + list_every;
      engine->changed.notify();
    } else if (now >= next_list) {
      engine->plan.poke_list();
      next_list = now + list_every;
      engine->changed.notify();
    }
  }
}

}  // namespace satchel::account
