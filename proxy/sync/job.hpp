// A job: one conversation with upstream that pulls, pushes or settles something (design sections 5
// and 6). The driver owns it and does, on the event loop:
//
//   while (true) {
//     co_await store.change(account, [&](store::Transaction& tx) { job->resume(tx, std::move(answer)); return ok; });
//     -> on an error of change(): forget the job (plan.finished(job, Job::End::dropped)), start anew
//     if (job->done()) break;
//     answer = co_await perform(job->question());     // on one upstream connection
//   }
//   plan.finished(*job);
//
// What a job does between two questions is one durable batch, so nothing goes out that the journal
// does not know of. A lost answer must be handed in too (Outcome lost): the job notes the try and
// ends. A job that is destroyed at any question loses nothing: journal and replica remain, and
// after a crash restart.hpp makes what was under way perhaps done.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/sync/abilities.hpp"
#include "proxy/sync/ask.hpp"
#include "proxy/sync/lanes.hpp"
#include "proxy/sync/steps.hpp"
#include "store/transaction.hpp"

namespace satchel::sync {

struct Memory;  // memory.hpp: what may be forgotten in a crash; owned by Plan

enum class JobKind : std::uint8_t {
  list,       // LIST, renames followed, new mailboxes, settles mailbox operations
  mailbox,    // pull of a mailbox, then push of its appends, flags, expunges
  transfer,   // copies and moves between two mailboxes
  change,     // one create, rename, delete of a mailbox
  recreate,   // a mailbox deleted upstream, in which mail was filed here
  subscribe,  // subscribe, unsubscribe
  audit,      // a piece of a mailbox is compared with what is known of it
  tidy,       // what needs no question: additions that were removed again cancel, mailboxes retire
  contents    // headers and contents that are not here yet; holds no lane
};
const char* to_string(JobKind kind);

// What the coroutines of a job see. Valid as long as the job; tx() only between two questions.
class Work {
 public:
  store::Transaction& tx() { return *tx_; }
  const store::AccountState& state() { return tx_->state(); }
  const Abilities& abilities() const { return *abilities_; }
  Memory& memory() { return *memory_; }
  Lanes& lanes() { return lanes_; }

  // co_await work.ask(SomeAsk) gives SomeAsk::Answer, ok, no or bad. On lost and
  // uid_validity_changed the job ends at once instead.
  template <class Question>
  class Asking {
   public:
    Asking(Work& work, Question question) : work_(work) { work_.question_ = std::move(question); }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) noexcept { work_.stopped_ = handle; }
    typename Question::Answer await_resume() { return work_.take<typename Question::Answer>(); }

   private:
    Work& work_;
  };
  template <class Question>
  Asking<Question> ask(Question question) {
    return Asking<Question>(*this, std::move(question));
  }

  // Operations that the next question carries: on lost or a transient NO their tries are counted.
  void carry(std::vector<store::OperationId> operations) { carried_ = std::move(operations); }
  const std::vector<store::OperationId>& carried() const { return carried_; }

  void list_again() { list_again_ = true; }
  void pull_again(store::MailboxId mailbox) { pull_again_.push_back(mailbox); }
  void tell(std::string sentence) { told_.push_back(std::move(sentence)); }

 private:
  friend class Job;
  template <class A>
  A take() {
    if (A* answer = std::get_if<A>(&answer_)) return std::move(*answer);
    A plain;
    if (PlainAnswer* other = std::get_if<PlainAnswer>(&answer_)) plain.outcome = std::move(other->outcome);
    return plain;
  }

  store::Transaction* tx_ = nullptr;
  const Abilities* abilities_ = nullptr;
  Memory* memory_ = nullptr;
  Lanes lanes_;
  Ask question_;
  Answer answer_;
  std::coroutine_handle<> stopped_;
  std::vector<store::OperationId> carried_;
  bool list_again_ = false;
  std::vector<store::MailboxId> pull_again_;
  std::vector<std::string> told_;
};

struct JobOrder;

class Job {
 public:
  enum class End : std::uint8_t {
    running,
    finished,  // did what it could
    lost,      // an answer was lost: the connection is of no use any more
    changed,   // UIDVALIDITY was another one: pulled anew
    dropped    // its batch could not be made durable, or the driver gave it up
  };

  Job(JobOrder order, const Abilities& abilities, Memory& memory);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job();

  const Lanes& lanes() const { return work_->lanes_; }

  // Runs to the next question or the end. `answer`: of question(), std::monostate at the first call.
  void resume(store::Transaction& tx, Answer answer);

  bool done() const { return end_ != End::running; }
  End end() const { return end_; }
  const Ask& question() const { return work_->question_; }

  bool changed_upstream() const { return changed_upstream_; }  // asked for a change of messages
  bool list_again() const { return work_->list_again_; }
  const std::vector<store::MailboxId>& pull_again() const { return work_->pull_again_; }
  const std::vector<std::string>& told() const { return work_->told_; }  // sentences for the user
  std::int64_t retry_after() const { return retry_after_; }              // seconds, upstream's hint; else 0
  // A change was refused without a reason: the next try is to go out on another connection.
  bool wants_fresh_line() const { return wants_fresh_line_; }
  const JobOrder& order() const { return *order_; }

 private:
  void give_up(const Outcome& outcome);

  bool wants_fresh_line_ = false;
  std::unique_ptr<JobOrder> order_;
  std::unique_ptr<Work> work_;  // its address is in every frame
  Steps<> steps_;
  End end_ = End::running;
  bool changed_upstream_ = false;
  std::int64_t retry_after_ = 0;
};

// What is to be done: made by Plan::next().
struct JobOrder {
  JobKind kind = JobKind::list;
  store::MailboxId mailbox;                    // mailbox, audit, contents, recreate; transfer: the source
  store::MailboxId target;                     // transfer
  store::OperationId operation;                // change, recreate, subscribe
  std::vector<store::ContentNumber> contents;  // contents: those that clients wait for; empty: back-fill
  std::vector<store::MessageRef> messages;     // contents: which messages, newest first
  Depth depth = Depth::headers;                // contents: only headers, or all bytes (whole = true)
  bool whole = false;
  bool goes_on = false;  // contents: with what else of the mailbox is missing by then
  Lanes lanes;
  int priority = 0;  // lower goes first; from 100 on it is back-fill
};

}  // namespace satchel::sync
