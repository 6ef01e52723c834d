// The driver on one thread: a plan, a few workers, a model server, and faults.
#pragma once

#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "answers.hpp"
#include "memory_account.hpp"
#include "model_server.hpp"
#include "proxy/sync/plan.hpp"

namespace satchel::sync::test {

class Simulation {
 public:
  enum class Cut { none, before, after };  // the line breaks before the command arrives, or after

  explicit Simulation(Traits traits, Rules rules = {});

  MemoryAccount account;
  ModelServer server;
  std::unique_ptr<Plan> plan;
  bool verbose = getenv("SATCHEL_VERBOSE") != nullptr;
  std::vector<std::string> asked;                       // each question, in order
  std::function<bool(const std::string&)> breaks_line;  // a question that the line never survives
  // Contents that bore a colleague's \Deleted, which came between our last look and our EXPUNGE without UIDs.
  std::set<std::string> swept_along;
  std::set<std::string> gone_with_mailbox;  // contents that came between the last look and a DELETE of ours

  // One step of one worker; false: it had nothing to do.
  bool step(std::size_t worker, std::uint64_t choice);
  // The next command of this worker (that changes something, if so) is cut.
  void cut(std::size_t worker, Cut how, bool only_changes);
  // The process dies: what is under way arrives or not, by the bits of `luck`.
  void crash(std::uint64_t luck);
  // Runs until nothing is left to do, or `steps` are over. True: in step.
  bool run(int steps = 3000);
  bool settle(int steps);  // the same while the clock stands still
  void connect();          // a fresh login: everything is looked at again

  std::size_t workers() const { return workers_.size(); }
  bool busy() const;

  // --- looking in
  store::MailboxId mailbox(const std::string& name) const;
  std::vector<store::MessageRef> visible(const std::string& name) const;
  std::string content_of(store::MessageRef ref) const;
  std::vector<std::string> contents(const std::string& name) const;           // here, in UID order
  std::vector<std::string> contents_upstream(const std::string& name) const;  // there

 private:
  struct Worker {
    std::unique_ptr<Job> job;
    enum class Phase { idle, asked, answered } phase = Phase::idle;
    Answer answer;
    Cut cut = Cut::none;
    bool only_changes = false;
  };
  Answer arrive(const Ask& ask);
  void note_swept(const std::string& name);
  void advance(Worker& worker);
  void execute(Worker& worker);

  Rules rules_;
  std::vector<Worker> workers_;
};

}  // namespace satchel::sync::test
