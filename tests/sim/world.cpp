#include "world.hpp"

#include <iostream>

#include "proxy/sync/undo.hpp"

namespace satchel::sim {

using namespace std::chrono_literals;

World::World(std::uint64_t seed, const model::Traits& traits, bool verbose)
    : traits_(traits),
      verbose_(verbose),
      random_(seed),
      upstream_(traits),
      wire_(time_, upstream_, traits_, random_),
      people_(2) {}

World::~World() {
  for (Person& person : people_) person.client.reset();
  observer_.reset();
  process_.reset();
  loop_.restart();
  loop_.poll();
}

void World::start() {
  process_ = std::make_unique<Process>(loop_, time_, wire_, disks_, random_);
  for (Person& person : people_) {
    person.client = std::make_unique<Client>(loop_, process_->connect());
    person.words.clear();
  }
  observer_ = std::make_unique<Observer>(loop_, process_->connect(), "INBOX");
}

// Lets time go on; answers are heard as they come.
void World::pass(Span span) {
  const Span until = time_.passed() + span;
  while (time_.passed() < until && !wrong_) {
    std::uint64_t handlers = UINT64_MAX;
    time_.run(loop_, std::min<Span>(50ms, until - time_.passed()), handlers);
    for (Person& person : people_) hear(person);
  }
  if (!wrong_) wrong_ = watch();
}

void World::crash() {
  // Some handlers more: it dies in the middle of something.
  std::uint64_t handlers = 1 + pick(40);
  time_.run(loop_, 5s, handlers);
  for (Person& person : people_) hear(person);
  log("crash");
  ++figures.crashes;
  const Seen before = seen();
  unanswered_ = 0;
  for (Person& person : people_) {
    unanswered_ += person.client->waits() ? 1 : 0;
    person.answer = nullptr;  // done or not: the tally keeps the range
    person.about.clear();
    person.client.reset();
  }
  observer_.reset();
  process_->die(random_);
  process_.reset();
  const bool connects = std::exchange(wire_.habits.connects, false);
  start();
  if (!wrong_) wrong_ = check_after_crash(before);
  wire_.habits.connects = connects;
}

void World::look_for_conflicts() {
  if (!with_colleague_) return;
  process_->look([&](const store::AccountState& state) { conflicts_.look(state, upstream_); });
}

// The user is asked about a mass deletion: in half of the cases it was right.
void World::decide_what_is_held() {
  std::set<store::MailboxId> held;
  process_->look([&](const store::AccountState& state) {
    for (const auto& [id, mailbox] : state.mailboxes)
      mailbox->messages.for_each([&, of = id](const store::Message& row) {
        if (row.held) held.insert(of);
        return true;
      });
  });
  for (const store::MailboxId mailbox : held) {
    const auto decision = chance(50) ? sync::Held::accept : sync::Held::put_back;
    log(decision == sync::Held::accept ? "the loss is accepted" : "the lost are put back");
    process_->change([&](store::Transaction& tx) { sync::decide(tx, mailbox, decision); });
  }
}

// The user gives them up. False: what is perhaps done cannot be.
bool World::drop_what_is_parked() {
  std::vector<store::OperationId> parked;
  process_->look([&](const store::AccountState& state) {
    state.journal.for_each([&](const store::Operation& operation) {
      if (operation.parked()) parked.push_back(operation.id);
      return true;
    });
  });
  bool dropped = false;
  for (const store::OperationId id : parked)
    process_->change([&](store::Transaction& tx) {
      const store::Operation* operation = tx.state().journal.find(id);
      if (!operation) return;  // went with another one
      for (const store::MessageRef& ref : {operation->source, operation->target})
        if (const store::Message* row = ref ? tx.state().find(ref) : nullptr) tallies_[content_of(*row)].unsure = true;
      dropped |= bool(sync::drop(tx, id));
    });
  log("dropped " + std::to_string(parked.size()) + " operations");
  return dropped;
}

// Time for the audit to come round.
void World::audit_all() {
  std::uint64_t any = UINT64_MAX;
  time_.run(loop_, audit_every * (process_->view()->mailboxes.size() + 2), any);
}

std::optional<std::string> World::quiesce() {
  log("--- quiesce");
  wire_.habits.cut_rate = 0;
  wire_.habits.connects = true;
  for (int round = 0; round < 6; ++round) {
    process_->engine().wake();
    const auto synced = process_->wait(process_->engine().sync(std::nullopt));
    for (Person& person : people_) hear(person);
    const auto status = process_->wait(process_->engine().status());
    if (synced && status.in_sync) return std::nullopt;
    if (status.held) decide_what_is_held();
    if (status.operations_parked > 0 && with_colleague_) {  // what it needed is gone upstream, and never came here
      ++figures.parked;
      if (drop_what_is_parked()) continue;
      parked_ = true;
      return std::nullopt;
    }
    if (round == 5)
      return "not in step: " + std::string(synced ? "" : synced.error().text) + " " + status.detail + ", " +
             std::to_string(status.operations_pending) + " pending, " + std::to_string(status.operations_parked) +
             " parked, " + std::to_string(status.held) + " held, " + std::to_string(status.contents_missing) +
             " missing";
    pass(60s);
  }
  return std::nullopt;
}

std::optional<std::string> World::run() {
  if (verbose_)
    wire_.trace = [this](std::string_view bytes) {
      log("                > " + std::string(bytes.substr(0, bytes.find("\r\n"))));
    };
  with_mailboxes_ = chance(50);
  with_colleague_ = chance(70);
  wire_.habits.delay = std::chrono::milliseconds(std::vector<int>{0, 20, 150}[pick(3)]);
  wire_.habits.cut_within = std::vector<std::size_t>{300, 1500, 6000}[pick(3)];
  const unsigned cuts = std::vector<unsigned>{0, 2, 4}[pick(3)];
  start();
  for (const char* name : {"A", "B"}) upstream_.create(name);
  for (std::size_t i = pick(8); i > 0; --i) {
    const std::string bytes = new_message();
    Tally& tally = tallies_[contents_];
    ++tally.added;
    ++tally.perhaps_added;
    upstream_.append(std::vector<std::string>{"INBOX", "A", "B"}[pick(3)], bytes);
  }
  pass(3s);
  wire_.habits.cut_rate = cuts;
  const int acts = 30 + int(pick(30));
  int crashes = 0;
  for (int act_number = 0; act_number < acts && !wrong_; ++act_number) {
    const unsigned what = unsigned(pick(100));
    if (what < 55) {
      Person& person = people_[pick(people_.size())];
      hear(person);
      if (!person.client->waits() && process_->view()->listed) act(person);
    } else if (what < 70) {
      if (with_colleague_) colleague();
    } else if (what < 76) {
      crash();
      ++crashes;
    } else if (what < 82) {
      log("cut");
      wire_.cut_all();
    } else if (what < 87 && with_colleague_) {
      stage();
    } else if (what < 92) {
      wire_.habits.connects = !wire_.habits.connects;
      log(wire_.habits.connects ? "network" : "no network");
      if (!wire_.habits.connects) wire_.cut_all();
      process_->engine().wake();
    }
    look_for_conflicts();
    pass(std::chrono::milliseconds(1 + pick(chance(70) ? 60 : 3000)));
  }
  while (crashes++ < 3 && !wrong_) crash();
  if (wrong_) return wrong_;
  pass(2s);
  auto wrong = quiesce();
  if (!wrong && traits_.lie != model::Lie::none) {
    audit_all();
    wrong = quiesce();
  }
  if (!wrong) wrong = wrong_;
  if (!wrong) wrong = check_told();
  if (!wrong && !parked_) wrong = check_equal();
  if (!wrong && !parked_) wrong = check_counts();
  if (!wrong && !parked_) wrong = check_quiet();
  figures.not_compared = parked_ ? 1 : 0;
  figures.conflicts = conflicts_.counts();
  figures.cuts = wire_.cuts;
  figures.connections = wire_.connections;
  return wrong;
}

}  // namespace satchel::sim
