#include "simulation.hpp"

#include <iostream>

#include "proxy/sync/restart.hpp"

namespace satchel::sync::test {

using store::MessageRef;

Simulation::Simulation(Traits traits, Rules rules) : server(traits), rules_(rules), workers_(3) {
  plan = std::make_unique<Plan>(rules_);
  connect();
}

void Simulation::connect() {
  plan->connected(abilities_of(server.traits()));
}

void Simulation::cut(std::size_t worker, Cut how, bool only_changes) {
  workers_[worker].cut = how;
  workers_[worker].only_changes = only_changes;
}

bool Simulation::busy() const {
  for (const Worker& worker : workers_)
    if (worker.job) return true;
  return false;
}

void Simulation::advance(Worker& worker) {
  worker.job->resume(account, std::move(worker.answer));
  worker.answer = {};
  if (!worker.job->done()) {
    worker.phase = Worker::Phase::asked;
    return;
  }
  if (verbose) std::cerr << "    end " << to_string(worker.job->order().kind) << " " << int(worker.job->end()) << "\n";
  plan->finished(*worker.job);
  worker.job.reset();
  worker.phase = Worker::Phase::idle;
}

// The command reaches the server.
Answer Simulation::arrive(const Ask& ask) {
  if (const auto* removal = std::get_if<DeleteAsk>(&ask)) {
    std::set<std::uint32_t> seen;
    for (const auto& [id, mailbox] : account.state().mailboxes)
      if (mailbox->upstream.name == removal->mailbox)
        mailbox->messages.for_each([&](const store::Message& row) { seen.insert(row.upstream.value); });
    if (const ServerMailbox* there = server.find(removal->mailbox))
      for (const auto& [uid, message] : there->messages)
        if (!seen.contains(uid)) gone_with_mailbox.insert(plain(message.mail.content));
  }
  if (const auto* sweep = std::get_if<ExpungeAsk>(&ask)) note_swept(sweep->at.mailbox);
  return perform(server, account, ask);
}

void Simulation::note_swept(const std::string& name) {
  const ServerMailbox* there = server.find(name);
  if (!there) return;
  std::map<std::uint32_t, bool> known;  // by upstream UID: whether we know of its \Deleted, or put it there
  for (const auto& [id, mailbox] : account.state().mailboxes)
    if (mailbox->upstream.name == name)
      mailbox->messages.for_each([&](const store::Message& row) {
        const bool marked = account.flags(row.base).has(store::SystemFlag::deleted);
        const store::Operation* by = account.state().journal.find(row.hidden_by);
        const bool ours = by && (by->kind == store::OperationKind::expunge || by->copied);
        if (row.upstream) known[row.upstream.value] = marked || ours;
      });
  for (const auto& [uid, message] : there->messages)
    if (message.flags.contains("\\Deleted") && !known[uid]) swept_along.insert(plain(message.mail.content));
}

void Simulation::execute(Worker& worker) {
  const Ask& ask = worker.job->question();
  asked.push_back(describe(ask));
  Cut how = breaks_line && breaks_line(asked.back()) ? Cut::before : Cut::none;
  if (worker.cut != Cut::none && (!worker.only_changes || changes_something(ask))) std::swap(how, worker.cut);
  if (how != Cut::before) worker.answer = arrive(ask);
  if (verbose)
    std::cerr << "    " << describe(ask)
              << (how == Cut::none     ? ""
                  : how == Cut::before ? " CUT"
                                       : " DONE, CUT")
              << "\n";
  if (verbose && std::holds_alternative<AppendAsk>(ask)) {
    const std::string* bytes = account.bytes(std::get<AppendAsk>(ask).content);
    std::cerr << "        " << (bytes ? *bytes : "?") << "\n";
  }
  if (how != Cut::none) worker.answer = lost_answer();
  worker.phase = Worker::Phase::answered;
}

bool Simulation::step(std::size_t index, std::uint64_t choice) {
  Worker& worker = workers_[index];
  if (worker.phase == Worker::Phase::asked) {
    execute(worker);
    return true;
  }
  if (worker.phase == Worker::Phase::answered) {
    advance(worker);
    return true;
  }
  std::vector<JobOrder> orders = plan->next(account.state(), Wants{}, account.now());
  if (orders.empty()) return false;
  JobOrder& order = orders[choice % orders.size()];
  if (verbose) std::cerr << "    start " << to_string(order.kind) << " " << order.mailbox.value << "\n";
  worker.job = plan->start(std::move(order));
  advance(worker);
  return true;
}

void Simulation::crash(std::uint64_t luck) {
  for (Worker& worker : workers_) {
    if (worker.phase == Worker::Phase::asked && (luck & 1)) arrive(worker.job->question());
    luck >>= 1;
    worker.job.reset();
    worker.answer = {};
    worker.phase = Worker::Phase::idle;
    worker.cut = Cut::none;
  }
  plan = std::make_unique<Plan>(rules_);
  restart(account);
  connect();
}

bool Simulation::run(int steps) {
  for (int i = 0; i < steps; ++i) {
    if (step(std::size_t(i) % workers_.size(), 0)) continue;
    if (busy()) continue;
    const std::int64_t next = plan->next_try();
    if (!next) break;
    account.set_now(std::max(next, account.now() + 1));
  }
  return plan->in_sync(account.state());
}

bool Simulation::settle(int steps) {
  for (int i = 0, idle = 0; i < steps && idle < int(workers_.size()); ++i)
    idle = step(std::size_t(i) % workers_.size(), 0) || busy() ? 0 : idle + 1;
  return plan->in_sync(account.state());
}

store::MailboxId Simulation::mailbox(const std::string& name) const {
  for (const auto& [id, mailbox] : account.state().mailboxes)
    if (mailbox->live() && mailbox->name == name) return id;
  return {};
}

std::vector<MessageRef> Simulation::visible(const std::string& name) const {
  std::vector<MessageRef> refs;
  const store::MailboxId id = mailbox(name);
  if (!id) return refs;
  account.state().find(id)->messages.for_each([&](const store::Message& row) {
    if (row.visible()) refs.push_back({id, row.uid});
  });
  return refs;
}

std::string Simulation::content_of(MessageRef ref) const {
  const store::Message* row = account.state().find(ref);
  const std::string* bytes = row ? account.bytes(row->content) : nullptr;
  return bytes ? *bytes : "";
}

std::vector<std::string> Simulation::contents(const std::string& name) const {
  std::vector<std::string> all;
  for (MessageRef ref : visible(name)) all.push_back(content_of(ref));
  return all;
}

std::vector<std::string> Simulation::contents_upstream(const std::string& name) const {
  std::vector<std::string> all;
  const auto found = server.mailboxes().find(name);
  if (found == server.mailboxes().end()) return all;
  for (const auto& [uid, message] : found->second.messages) all.push_back(message.mail.content);
  return all;
}

}  // namespace satchel::sync::test
