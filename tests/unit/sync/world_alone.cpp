// A world without a colleague: what clients see changes by what they do themselves, and by nothing else.
#include <algorithm>

#include "world.hpp"

namespace satchel::sync::test {

using store::Mailbox;
using store::MailboxId;
using store::Message;

bool World::subscribed(const std::string& name) const {
  const auto& all = sim_.account.state().subscriptions;
  return all.contains(name) && all.at(name).effective;
}

World::Shown World::shown() const {
  Shown shown;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    if (!mailbox->live()) continue;
    auto& in = shown[mailbox->name];
    in[0] = subscribed(mailbox->name) ? "subscribed" : "not subscribed";
    mailbox->messages.for_each([&](const Message& row) {
      if (!row.visible()) return;
      store::FlagSet set = sim_.account.flags(row.effective);
      // A bare EXPUNGE takes \Deleted away for a moment.
      if (!sim_.server.traits().uidplus) set.remove(store::SystemFlag::deleted);
      std::vector<std::string> flags = set.names();
      std::ranges::sort(flags);
      std::string text = row.held ? "held" : "";
      for (const std::string& flag : flags) text += " " + flag;
      in[row.uid.value] = text;
    });
  }
  return shown;
}

std::optional<std::string> World::watch_alone() {
  const Shown now = shown();
  if (now == shown_) return std::nullopt;
  std::string text = "changed by nobody:";
  for (const auto& [name, in] : now) {
    if (!shown_.contains(name)) text += " mailbox " + name + " came;";
    for (const auto& [uid, flags] : in) {
      const auto before = shown_.contains(name) ? shown_.at(name) : std::map<std::uint32_t, std::string>{};
      const auto known = before.find(uid);
      const std::string what = known == before.end() ? "came" : known->second == flags ? "" : known->second + " is now";
      if (!what.empty()) text += " " + name + ":" + std::to_string(uid) + " " + what + " " + flags + ";";
    }
  }
  for (const auto& [name, in] : shown_) {
    if (!now.contains(name)) text += " mailbox " + name + " went;";
    for (const auto& [uid, flags] : in)
      if (now.contains(name) && !now.at(name).contains(uid)) text += " " + name + ":" + std::to_string(uid) + " went;";
  }
  return text;
}

// What is left to be done is tried again within seconds: nobody waits for a minute without a reason.
std::optional<std::string> World::quiesce_alone(bool cut) {
  log("--- quiesce");
  sim_.crash(random_());
  const int pause = cut ? 300 : 2;
  for (int round = 0; round < 12 && !wrong_; ++round) {
    sim_.account.set_now(sim_.account.now() + pause);
    if (round % 4 == 0) sim_.plan->poke_all();
    for (int i = 0; sim_.verbose && i < 400; ++i) {  // told step by step
      sim_.settle(1);
      log("");
    }
    const bool settled = sim_.settle(4000);
    wrong_ = watch();
    if (wrong_ || settled) return wrong_;
  }
  std::string text = "not in step after " + std::to_string(12 * pause) + " s: ";
  sim_.account.state().journal.for_each([&](const store::Operation& operation) {
    text += describe(operation) + "; ";
    return true;
  });
  return text;
}

std::optional<std::string> World::run_alone() {
  alone_ = with_mailboxes_ = true;
  alone_kinds_ = std::vector<std::size_t>{75, 96, 126}[pick(3)];
  for (std::size_t i = pick(4); i > 0; --i) sim_.server.create(any_name());
  for (std::size_t i = pick(12); i > 0; --i) {
    auto to = sim_.server.mailboxes().begin();
    std::advance(to, pick(sim_.server.mailboxes().size()));
    const ServerMail mail = new_mail();
    ++tally_[mail.content].adds;
    sim_.server.put(to->second, mail, {}, 0);
  }
  sim_.run(4000);
  shown_ = shown();
  const int acts = std::vector<int>{15, 40, 90, 150}[pick(4)];
  const int busy = std::vector<int>{30, 60, 92}[pick(3)];
  const int cuts = std::vector<int>{0, 5, 20}[pick(3)];
  for (act_ = 1; act_ <= acts && !wrong_; ++act_) {
    sim_.account.set_now(sim_.account.now() + std::int64_t(pick(2)));
    const int what = int(pick(100));
    if (what < busy) {
      client();
      shown_ = shown();
      wrong_ = watch();
      if (chance(60)) steps(1 + int(pick(4)));
    } else if (what < busy + 6) {
      log("crash");
      sim_.crash(random_());
    } else if (what < busy + 6 + cuts) {
      sim_.cut(pick(sim_.workers()), chance(33) ? Simulation::Cut::before : Simulation::Cut::after, chance(50));
      steps(3 + int(pick(10)));
    } else {
      if (chance(20)) sim_.plan->poke_all();
      steps(1 + int(pick(40)));
    }
  }
  if (wrong_) return wrong_;
  if (auto wrong = quiesce_alone(cuts > 0)) return wrong;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes)
    if (mailbox->live() && subscribed(mailbox->name) != sim_.server.subscribed().contains(mailbox->upstream.name))
      return "subscription differs: " + mailbox->name;
  return check();
}

}  // namespace satchel::sync::test
