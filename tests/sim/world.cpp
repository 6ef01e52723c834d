#include "world.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <iostream>

#include "proxy/sync/undo.hpp"

namespace satchel::sim {

using namespace std::chrono_literals;

namespace {

// An act by a number under 100: a client's, a colleague's, a death, a break, a stage, and others.
constexpr unsigned client_acts = 54, crashes = 74, breaks = 81, stages = 89, network = 92;
constexpr std::size_t most_more = 200;  // acts, whatever happened

// Each second server tells untagged data in another order, where that is allowed.
model::Traits with_habits(model::Traits traits, std::uint64_t seed) {
  Random random;
  random.seed(seed);
  traits.reorders = random() % 2 == 0;
  return traits;
}

}  // namespace

void Figures::add(const Figures& other) {
  for (const auto figure :
       {&Figures::commands, &Figures::crashes, &Figures::reopenings, &Figures::cuts, &Figures::connections,
        &Figures::parked, &Figures::not_compared, &Figures::colleagues, &Figures::bodies, &Figures::fetched_again,
        &Figures::backups, &Figures::put_backs, &Figures::moved_unanswered})
    this->*figure += other.*figure;
  for (std::size_t row = 0; row < row_count; ++row) conflicts[row] += other.conflicts[row];
}

World::World(std::uint64_t seed, const model::Traits& traits, bool verbose, LeftOut left_out)
    : seed_(seed),
      traits_(with_habits(traits, seed)),
      verbose_(verbose),
      left_out_(std::move(left_out)),
      upstream_(traits),
      wire_(time_, upstream_, traits_, line_random_),
      disks_(seed % 50 == 0 ? lossy_disks(loop_, time_) : memory_disks()),
      people_(2) {}

World::~World() {
  for (Person& person : people_) person.client.reset();
  observer_.reset();
  process_.reset();
  loop_.restart();
  loop_.poll();
}

void World::start(std::uint32_t put_backs) {
  process_ = std::make_unique<Process>(loop_, time_, wire_, *disks_, random_, connections_, put_backs);
  process_->reopening = [this] { reopening(); };
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
    time_.run(loop_, std::min<Span>(50ms, until - time_.passed()));
    for (Person& person : people_) hear(person);
  }
  see_what_was_heard();
  if (!wrong_) wrong_ = watch();
}

// After some handlers more: in the middle of something.
World::Seen World::die() {
  time_.run_some(loop_, 5s, 1 + pick(40));
  for (Person& person : people_) hear(person);
  ++figures.crashes;
  unanswered_ = 0;
  for (Person& person : people_) {
    unanswered_ += person.client->waits() ? 1 : 0;
    person.answer = nullptr;  // done or not: the tally keeps the range
    person.about.clear();
    person.client.reset();
  }
  observer_.reset();
  const Seen before = seen();
  process_->die(random_);
  process_.reset();
  here_since_.clear();
  return before;
}

void World::crash() {
  tell_of("the program dies");
  const Seen before = die();
  const bool connects = std::exchange(wire_.habits.connects, false);
  start();
  if (!wrong_) wrong_ = check_after_crash(before);
  wire_.habits.connects = connects;
}

// A write failed, and the store is opened anew: what was published is there afterwards.
void World::reopening() {
  ++reopenings_;
  ++figures.reopenings;
  here_since_.clear();
  log("the store is opened anew");
  unanswered_ = std::size_t(
      std::count_if(people_.begin(), people_.end(), [](const Person& person) { return person.client->waits(); }));
  boost::asio::post(loop_, [this, before = seen()] {
    if (process_ && !wrong_) wrong_ = check_after_crash(before);
  });
}

// ... and for a message that is hidden by no operation: with such a one no store would open.
void World::look_for_conflicts() {
  process_->look([&](const store::AccountState& state) {
    if (with_colleague_) conflicts_.look(state, upstream_);
    for (const auto& [id, mailbox] : state.mailboxes)
      mailbox->messages.for_each([&](const store::Message& row) {
        if (!row.hidden_by || state.journal.find(row.hidden_by)) return true;
        if (!wrong_) wrong_ = "hidden by no operation: " + mailbox->name + ":" + std::to_string(row.uid.value);
        return false;
      });
  });
}

// The user is asked about a mass deletion: in half of the cases it was right.
void World::decide_what_is_held() {
  std::map<store::MailboxId, std::set<int>> held;
  process_->look([&](const store::AccountState& state) {
    for (const auto& [id, mailbox] : state.mailboxes)
      mailbox->messages.for_each([&, of = id](const store::Message& row) {
        if (row.held) held[of].insert(content_of(row));
        return true;
      });
  });
  for (const auto& [mailbox, contents] : held) {
    const auto decision = chance(50) ? sync::Held::accept : sync::Held::put_back;
    if (decision == sync::Held::put_back)
      for (const int content : contents) tallies_[content].put_back = true;
    log(decision == sync::Held::accept ? "the loss is accepted" : "the lost are put back");
    process_->change([&](store::Transaction& tx) { sync::decide(tx, mailbox, decision); });
  }
}

void World::tell_what_is_left() {
  if (!verbose_) return;
  const auto words = [](const store::AccountState& state, store::MessageRef ref) {
    const store::Message* row = ref ? state.find(ref) : nullptr;
    if (!row) return std::string("-");
    return std::to_string(ref.mailbox.value) + ":" + std::to_string(ref.uid.value) + " upstream " +
           std::to_string(row->upstream.value) + (row->held ? " held" : "") + (row->visible() ? "" : " hidden") +
           (state.missing.contains(row->content) ? " missing" : "") + (row->metadata ? "" : " unmeasured");
  };
  process_->look([&](const store::AccountState& state) {
    for (const auto& [id, mailbox] : state.mailboxes)
      log("mailbox " + std::to_string(id.value) + " " + mailbox->name + " = " + mailbox->upstream.name +
          (mailbox->upstream.exists ? "" : " not there") + (mailbox->deleted_here ? " deleted" : "") +
          (mailbox->retired ? " retired" : "") + ", pulled " + std::to_string(mailbox->upstream.pull_started.value));
    state.journal.for_each([&](const store::Operation& one) {
      log("operation " + std::to_string(one.id.value) + " kind " + std::to_string(int(one.kind)) + " state " +
          std::to_string(int(one.state)) + (one.copied ? " copied" : "") + ", from " + words(state, one.source) +
          ", to " + words(state, one.target) + ", vanished " + std::to_string(one.vanished_at.value) + ", seen " +
          std::to_string(one.seen.value) + ", not before " + std::to_string(one.not_before));
      return true;
    });
    log("list started " + std::to_string(state.list_started.value));
  });
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
      if (!operation->name.empty()) subscribed_told_[operation->name].reset();
      for (const store::MessageRef& ref : {operation->source, operation->target})
        if (const store::Message* row = ref ? tx.state().find(ref) : nullptr) tallies_[content_of(*row)].unsure = true;
      // A mailbox that is deleted no more comes back with what was in it; so does one to which a message returns.
      for (const store::MailboxId of : {operation->mailbox, operation->source.mailbox})
        if (const store::Mailbox* mailbox = tx.state().find(of); mailbox && mailbox->deleted_here)
          mailbox->messages.for_each([&](const store::Message& row) { tallies_[content_of(row)].unsure = true; });
      dropped |= bool(sync::drop(tx, id));
    });
  log("dropped " + std::to_string(parked.size()) + " operations");
  return dropped;
}

// Time for the audit to come round.
void World::audit_all() {
  time_.run(loop_, audit_every * (process_->view()->mailboxes.size() + 2));
}

std::optional<std::string> World::quiesce() {
  log("--- quiesce");
  wire_.habits.cut_rate = 0;
  wire_.habits.connects = true;
  const int last = traits_.refusal_rate ? 19 : 5;  // it takes its time, and more than once something is parked
  for (int round = 0; round <= last; ++round) {
    process_->engine().wake();
    const auto synced = process_->wait(process_->engine().sync(std::nullopt));
    for (Person& person : people_) hear(person);
    const auto status = process_->wait(process_->engine().status());
    if (synced && status.in_sync) return std::nullopt;
    if (status.held) decide_what_is_held();
    // What it needed is gone upstream and never came here, or nobody knows whether it was done, or it was refused.
    if (status.operations_parked > 0 &&
        (with_colleague_ || traits_.refusal_rate || traits_.gmail || figures.put_backs)) {
      ++figures.parked;
      if (drop_what_is_parked()) continue;
      parked_ = true;
      return std::nullopt;
    }
    if (round == last) tell_what_is_left();
    if (round == last)
      return "not in step: " + std::string(synced ? "" : synced.error().text) + " " + status.detail + ", " +
             std::to_string(status.operations_pending) + " pending, " + std::to_string(status.operations_parked) +
             " parked, " + std::to_string(status.held) + " held, " + std::to_string(status.contents_missing) +
             " missing";
    pass(60s);
  }
  return std::nullopt;
}

std::optional<std::string> World::come_to_rest() {
  try {
    return quiesce();
  } catch (const std::logic_error&) {  // it never does
    tell_what_is_left();
    throw;
  }
}

// What an act draws, and the numbers of what it makes, do not hang on whether the acts before it took place.
void World::draw_for(int act) {
  act_ = act;
  contents_ = names_made_ = act * 100;
  random_.seed(seed_ * 0x9e3779b97f4a7c15 + std::uint64_t(act) * 2);
  line_random_.seed(seed_ * 0x9e3779b97f4a7c15 + std::uint64_t(act) * 2 + 1);
}

// A client does something; the next one where one still waits.
void World::act_of_somebody() {
  const std::size_t first = pick(people_.size());
  for (std::size_t i = 0; i < people_.size(); ++i) {
    Person& person = people_[(first + i) % people_.size()];
    hear(person);
    if (person.client->waits() || !process_->view()->listed) continue;
    return act(person);
  }
}

void World::break_line() {
  if (!wire_.connected()) {
    wire_.habits.connects = true;
    process_->engine().heed(account::Hint::network_changed);
    pass(200ms);
  }
  tell_of("the line breaks");
  wire_.cut_all();
}

void World::perform(unsigned what) {
  if (what < client_acts) {
    act_of_somebody();
  } else if (what < 68) {
    if (with_colleague_) colleague();
  } else if (what < crashes) {
    crash();
  } else if (what < breaks) {
    break_line();
  } else if (what < stages && with_colleague_) {
    stage();
  } else if (what < network) {
    wire_.habits.connects = !wire_.habits.connects;
    tell_of(wire_.habits.connects ? "network" : "no network");
    if (!wire_.habits.connects) wire_.cut_all();
    process_->engine().heed(account::Hint::network_changed);
  } else if (what < 95) {
    tell_of("a write is going to fail");
    disks_->fail_soon(random_);
  } else if (what < 97) {
    if (with_backups_) chance(30) ? back_up() : restore_backup();
  } else if (with_put_backs_) {
    chance(30) ? copy_home() : put_home_back(chance(60));
  }
  // What waits in the copy is sent by the home that goes on, and is perhaps done where the copy comes back.
  if (with_put_backs_ && what < client_acts && !wire_.habits.connects && chance(25)) copy_home();
  look_for_conflicts();
}

void World::set_up() {
  wire_.heard = [this](Span said) {
    look_at_bodies(said);
    colleague_is_quick(said != Span{});
  };
  if (verbose_)
    wire_.trace = [this](std::string_view bytes) {
      for (std::size_t end; (end = bytes.find("\r\n")) != std::string_view::npos; bytes.remove_prefix(end + 2))
        log("                > " + std::string(bytes.substr(0, end)));
    };
  connections_ = 1 + std::uint32_t(pick(4));
  with_mailboxes_ = chance(50);
  with_colleague_ = chance(70);
  with_backups_ = with_colleague_ && chance(15);
  with_put_backs_ = chance(25);
  wire_.habits.delay = std::chrono::milliseconds(std::vector<int>{0, 20, 150}[pick(3)]);
  wire_.habits.cut_within = std::vector<std::size_t>{300, 1500, 6000}[pick(3)];
  const unsigned breaks = std::vector<unsigned>{0, 2, 4}[pick(3)];
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
  if (with_backups_) back_up();
  if (with_put_backs_) copy_home();
  wire_.habits.cut_rate = left_out_.breaks ? 0 : breaks;
}

// A world goes on until enough has happened; where acts are left out, as it went on before.
std::optional<unsigned> World::one_more() {
  const bool client = figures.commands + figures.colleagues < least_operations;
  const bool cut = wire_.cuts < least_cuts, death = figures.crashes < least_crashes;
  const bool away = !wire_.habits.connects;  // nothing is cut there, and no mailbox may be here yet
  char kind = death ? 'd' : away && (cut || client) ? 'n' : cut ? 'b' : client ? 'c' : 0;
  if (left_out_.more) kind = more_.size() < left_out_.more->size() ? (*left_out_.more)[more_.size()] : 0;
  if (kind == 0 || more_.size() == most_more) return std::nullopt;
  more_ += kind;
  return kind == 'c' ? 0 : kind == 'b' ? crashes : kind == 'n' ? network - 1 : crashes - 1;
}

std::optional<std::string> World::run() {
  draw_for(0);
  const int acts = 20 + int(pick(20));
  set_up();
  for (last_act_ = 1; !wrong_; ++last_act_) {
    draw_for(last_act_);
    const bool over = last_act_ > acts;
    const auto what = over ? one_more() : unsigned(pick(100));
    if (!what) break;
    const auto span = std::chrono::milliseconds(1 + pick(chance(70) ? 60 : 3000));
    if (left_out_.acts.contains(last_act_)) continue;
    perform(*what);
    pass(span);
  }
  --last_act_;
  if (wrong_) return wrong_;
  draw_for(last_act_ + 1);
  pass(2s);
  auto wrong = come_to_rest();
  if (!wrong && traits_.lie != model::Lie::none) {
    audit_all();
    wrong = come_to_rest();
  }
  if (!wrong) wrong = wrong_;
  if (!wrong) wrong = check_told();
  if (!wrong && !parked_) wrong = check_equal();
  see_what_was_heard();
  if (!wrong && !parked_) wrong = check_counts();
  if (!wrong && !parked_) wrong = check_flags();
  if (!wrong && !parked_) wrong = check_subscriptions();
  if (!wrong && !parked_) wrong = check_quiet();
  figures.not_compared = parked_ ? 1 : 0;
  figures.conflicts = conflicts_.counts();
  figures.cuts = wire_.cuts;
  figures.bodies = upstream_.bodies().size();
  figures.connections = wire_.connections;
  return wrong;
}

}  // namespace satchel::sim
