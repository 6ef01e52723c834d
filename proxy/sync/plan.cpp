#include "proxy/sync/plan.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/sweep.hpp"

namespace satchel::sync {

using store::AccountState;
using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::Operation;
using store::OperationKind;
using store::OperationState;

namespace {

// Lower goes first.
constexpr int first_of_all = 0;
constexpr int client_waits = 10;
constexpr int lists = 19;
constexpr int open_mailbox = 20;
constexpr int lists_again = 21;
constexpr int changes = 30;
constexpr int pushes = 40;
constexpr int pulls = 60;
constexpr int audits = 70;
constexpr std::size_t pulls_at_once = 64;  // given to choose from, where nobody waits for them

constexpr std::int64_t longest_rest = 60;  // seconds, of what upstream would not open or list

bool among(const std::vector<MailboxId>& ids, MailboxId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

JobOrder order_of(JobKind kind, Lanes lanes, int priority) {
  JobOrder order;
  order.kind = kind;
  order.lanes = std::move(lanes);
  order.priority = priority;
  return order;
}

bool is_inbox(const AccountState& state, MailboxId id) {
  const Mailbox* mailbox = state.find(id);
  return mailbox && mailbox->upstream.name == "INBOX";
}

bool inbox_is_new(const AccountState& state) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (exists_upstream(state, id) && is_inbox(state, id)) return !mailbox->upstream.pull_started;
  return false;
}

// A mailbox that is to be deleted, and was looked at before: until its contents are here there is nothing to be asked.
// Asking LIST again and again would keep those from coming, where a pull of all mailboxes follows each.
bool waits_for_contents(const AccountState& state, const Operation& operation) {
  return operation.kind == OperationKind::delete_mailbox && operation.not_before != 0 &&
         exists_upstream(state, operation.mailbox) && contents_missing(state, operation.mailbox);
}

}  // namespace

// What one walk over the journal tells: 100,000 operations are not walked for what none of them is.
struct Plan::Pending {
  bool on_mailboxes = false;
  bool additions = false;
  store::Tick since;  // what vanished before is decided after one complete pull

  explicit Pending(const AccountState& state) {
    state.journal.for_each([this](const Operation& operation) {
      on_mailboxes |= operation.on_mailbox();
      additions |= operation.adds();
      if (operation.kind == OperationKind::move && operation.vanished_at > since) since = operation.vanished_at;
      const bool looked_for = operation.kind == OperationKind::append && operation.state == OperationState::attempted;
      if (looked_for && operation.seen > since) since = operation.seen;
      return true;
    });
  }
};

// Made when it is first asked for.
class Plan::LateOrder {
 public:
  explicit LateOrder(const AccountState& state) : state_(state) {}
  const Order& operator*() { return order_ ? *order_ : order_.emplace(state_); }
  const Order* operator->() { return &**this; }

 private:
  const AccountState& state_;
  std::optional<Order> order_;
};

Plan::Plan(Rules rules) {
  memory_.rules = rules;
}
Plan::~Plan() = default;

void Plan::connected(Abilities abilities) {
  abilities_ = std::move(abilities);
  memory_.refused.clear();
  memory_.unopenable.clear();
  memory_.list_not_before = 0;
  queue_is_stale_ = true;
  poke_list();
}

void Plan::poke(MailboxId mailbox) {
  need_pull_.insert(mailbox);
  memory_.unopenable.erase(mailbox);
}

void Plan::poke_list() {
  need_list_ = true;
  pull_all_ = true;
}

void Plan::poke_all() {
  poke_list();
  memory_.refused.clear();
  memory_.unopenable.clear();
  memory_.list_not_before = 0;
}

void Plan::poke_audit() {
  audit_ = true;
}

void Plan::look_again_at(std::int64_t when) {
  if (!next_try_ || when < next_try_) next_try_ = when;
}

bool Plan::openable(const AccountState& state, MailboxId id, std::int64_t now) {
  if (!exists_upstream(state, id)) return false;
  const auto pause = memory_.unopenable.find(id);
  if (pause == memory_.unopenable.end() || !not_yet(pause->second, now, longest_rest)) return true;
  look_again_at(pause->second);
  return false;
}

// LIST, tidying, mailbox operations, mailboxes to be made again: alone.
void Plan::add_exclusive(const AccountState& state, const Pending& pending, LateOrder& order, std::int64_t now) {
  if (need_list_) {
    // It tells which mailboxes have news. Where nothing was ever read of INBOX, that needs no telling.
    const int again = inbox_is_new(state) ? lists_again : lists;
    if (!not_yet(memory_.list_not_before, now, longest_rest))
      orders_.push_back(order_of(JobKind::list, Lanes::all(), state.listed ? again : first_of_all));
    else
      look_again_at(memory_.list_not_before);
  }
  if (to_be_tidied(state)) orders_.push_back(order_of(JobKind::tidy, Lanes::all(), client_waits + 1));
  if (pending.on_mailboxes) add_changes(state, order, now);
  if (pending.additions) add_recreations(state, order, now);
}

// While a job runs it could not start: it is looked for when one ended, and when clients did something.
bool Plan::to_be_tidied(const AccountState& state) {
  if (!held_.empty() && tidied_ && tidied_up_to_ == state.last_operation) return false;
  const bool anything = anything_to_sweep(state);
  tidied_ = !anything;
  tidied_up_to_ = state.last_operation;
  return anything;
}

void Plan::add_changes(const AccountState& state, LateOrder& order, std::int64_t now) {
  state.journal.for_each([&](const Operation& operation) {
    if (operation.on_mailbox() && order->ready(operation, now) && !waits_for_contents(state, operation)) {
      JobOrder one = order_of(JobKind::change, Lanes::all(), changes);
      one.operation = operation.id;
      orders_.push_back(std::move(one));
      return false;  // one at a time
    }
    return true;
  });
}

void Plan::add_recreations(const AccountState& state, LateOrder& order, std::int64_t now) {
  std::set<MailboxId> again;
  state.journal.for_each([&](const Operation& operation) {
    if (!operation.adds() || operation.copied || operation.parked() || not_yet(operation.not_before, now)) return true;
    const Mailbox* mailbox = state.find(operation.target.mailbox);
    if (!mailbox || mailbox->upstream.exists || mailbox->deleted_here || order->creating(mailbox->id)) return true;
    const auto pause = memory_.unopenable.find(mailbox->id);
    if (pause != memory_.unopenable.end() && not_yet(pause->second, now, longest_rest))
      look_again_at(pause->second);
    else
      again.insert(mailbox->id);
    return true;
  });
  for (MailboxId id : again) {
    JobOrder one = order_of(JobKind::recreate, Lanes::all(), changes + 1);
    one.mailbox = id;
    orders_.push_back(std::move(one));
  }
}

bool Plan::held(MailboxId mailbox) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Lanes& lanes) { return lanes.holds(mailbox); });
}

// What is in a mailbox whose lane is held has to wait anyway: it is not looked at.
void Plan::add_pushes(const AccountState& state, const Wants& wants, LateOrder& order, std::int64_t now) {
  std::set<MailboxId> mailboxes;
  std::set<std::pair<MailboxId, MailboxId>> transfers;
  bool subscribes = false;
  state.journal.for_each([&](const Operation& operation) {
    if (not_yet(operation.not_before, now) && !operation.parked()) look_again_at(operation.not_before);
    if (operation.on_mailbox()) return true;
    const bool transfer = operation.kind == OperationKind::copy || operation.kind == OperationKind::move;
    if (transfer && !operation.copied) {
      const std::pair pair(operation.source.mailbox, operation.target.mailbox);
      if (transfers.contains(pair) || held(pair.first) || held(pair.second)) return true;
      if (order->ready(operation, now)) transfers.insert(pair);
    } else if (operation.kind == OperationKind::subscribe || operation.kind == OperationKind::unsubscribe) {
      if (subscribes || !order->ready(operation, now)) return true;
      subscribes = true;
      // Alone: a LIST that was asked before knows nothing of it.
      JobOrder one = order_of(JobKind::subscribe, Lanes::all(), pushes);
      one.operation = operation.id;
      orders_.push_back(std::move(one));
    } else {
      const MailboxId mailbox = (operation.kind == OperationKind::append ? operation.target : operation.source).mailbox;
      if (mailboxes.contains(mailbox) || held(mailbox)) return true;
      if (order->ready(operation, now)) mailboxes.insert(mailbox);
    }
    return true;
  });
  for (MailboxId id : mailboxes) {
    if (!openable(state, id, now)) continue;
    JobOrder one = order_of(JobKind::mailbox, Lanes::of(id), among(wants.selected, id) ? open_mailbox : pushes);
    one.mailbox = id;
    orders_.push_back(std::move(one));
  }
  for (const auto& [from, to] : transfers) {
    if (!openable(state, to, now) || (exists_upstream(state, from) && !openable(state, from, now))) continue;
    JobOrder one = order_of(JobKind::transfer, Lanes::of(from, to), pushes + 1);
    one.mailbox = from;
    one.target = to;
    orders_.push_back(std::move(one));
  }
}

void Plan::add_pulls(const AccountState& state, const Wants& wants, const Pending& pending, std::int64_t now) {
  if (pull_all_ && !need_list_ && held_.empty()) {  // LIST was just taken in
    pull_all_ = false;
    for (const auto& [id, mailbox] : state.mailboxes)
      if (exists_upstream(state, id) && !memory_.unchanged.contains(id)) need_pull_.insert(id);
  }
  store::Tick since = pending.since;
  if (!memory_.held_in.empty() && memory_.held_at > since) since = memory_.held_at;
  if (since && !(state.list_started > since)) need_list_ = true;
  std::set<MailboxId> waiting;
  for (const store::MessageRef& ref : wants.metadata) waiting.insert(ref.mailbox);
  std::size_t usual = 0;
  for (const auto& [id, mailbox] : state.mailboxes) {
    if (!mailbox->upstream.exists || mailbox->retired) continue;
    const bool never = !mailbox->upstream.pull_started && mailbox->upstream.selectable;
    const bool decides = since && mailbox->upstream.selectable && !(mailbox->upstream.pull_started > since);
    if (!never && !decides && !need_pull_.contains(id)) continue;
    if (!openable(state, id, now)) continue;
    int priority = pulls;
    if (among(wants.listing, id) || waiting.contains(id))
      priority = client_waits;
    else if (is_inbox(state, id) || among(wants.selected, id))
      priority = open_mailbox;
    if (priority == pulls && ++usual > pulls_at_once) continue;
    JobOrder one = order_of(JobKind::mailbox, Lanes::of(id), priority);
    one.mailbox = id;
    orders_.push_back(std::move(one));
  }
  if (!audit_) return;
  const MailboxId id = next_audit(state, abilities_, memory_, now);
  if (!id) audit_ = false;
  if (!id || !openable(state, id, now)) return;
  JobOrder one = order_of(JobKind::audit, Lanes::of(id), audits);
  one.mailbox = id;
  orders_.push_back(std::move(one));
}

std::vector<JobOrder> Plan::next(const AccountState& state, const Wants& wants, std::int64_t now) {
  orders_.clear();
  next_try_ = 0;
  const Pending pending(state);
  LateOrder in_order(state);
  add_exclusive(state, pending, in_order, now);
  if (state.listed) {
    add_pushes(state, wants, in_order, now);
    add_pulls(state, wants, pending, now);
    add_contents(state, wants);
  }
  std::stable_sort(orders_.begin(), orders_.end(),
                   [](const auto& a, const auto& b) { return a.priority < b.priority; });
  std::vector<JobOrder> runnable;
  bool drain = false;  // something that must be alone comes first: let the others end
  for (JobOrder& order : orders_) {
    if (order.lanes.empty()) {
      runnable.push_back(std::move(order));
      continue;
    }
    const bool blocked =
        std::any_of(held_.begin(), held_.end(), [&](const Lanes& lanes) { return lanes.meets(order.lanes); });
    if (order.lanes.holds_all()) drain = drain || blocked;
    if (blocked || drain) continue;
    runnable.push_back(std::move(order));
  }
  orders_.clear();
  return runnable;
}

std::unique_ptr<Job> Plan::start(JobOrder order) {
  switch (order.kind) {
    case JobKind::list:
      need_list_ = false;
      memory_.unchanged.clear();
      break;
    case JobKind::mailbox:
      need_pull_.erase(order.mailbox);
      break;
    case JobKind::audit:
      audit_ = false;
      break;
    case JobKind::transfer:
      need_pull_.erase(order.mailbox);
      need_pull_.erase(order.target);
      break;
    case JobKind::contents:
      fetchers_ += order.priority < back_fill ? 0 : 1;
      for (store::ContentNumber content : order.contents) memory_.fetching.insert(content);
      if (order.priority < back_fill)
        fetching_for_clients_.insert(order.messages.begin(), order.messages.end());
      else if (!queue_of(order).empty())
        queue_of(order).pop_front();
      break;
    default:
      break;
  }
  if (!order.lanes.empty()) held_.push_back(order.lanes);
  return std::make_unique<Job>(std::move(order), abilities_, memory_);
}

void Plan::release(const Job& job) {
  tidied_ = false;
  const JobOrder& order = job.order();
  if (order.kind == JobKind::contents) {
    fetchers_ -= order.priority < back_fill ? 0 : 1;
    // One more look at what is left: an order of bodies may have ended early.
    if (queue_of(order).empty() || (order.whole && order.priority >= back_fill)) queue_is_stale_ = true;
    for (const store::MessageRef& ref : order.messages) fetching_for_clients_.erase(ref);
    for (store::ContentNumber content : order.contents) memory_.fetching.erase(content);
  }
  if (order.lanes.empty()) return;
  const auto mine = std::find_if(held_.begin(), held_.end(), [&](const Lanes& lanes) {
    return lanes.holds_all() == order.lanes.holds_all() && lanes.ids() == order.lanes.ids();
  });
  if (mine != held_.end()) held_.erase(mine);
}

void Plan::finished(const Job& job) {
  if (job.end() != Job::End::finished) return dropped(job);
  release(job);
  // Labels: what changes in one mailbox changes in others, which STATUS tells.
  if (job.list_again() || (abilities_.gmail && job.changed_upstream())) need_list_ = true;
  for (MailboxId id : job.pull_again()) need_pull_.insert(id);
  if (job.order().kind == JobKind::mailbox || job.order().kind == JobKind::transfer ||
      job.order().kind == JobKind::list)
    queue_is_stale_ = true;
  for (const auto& [id, until] : memory_.unopenable)
    if (job.lanes().holds(id)) need_pull_.insert(id);
  if (job.order().kind == JobKind::list && memory_.list_not_before) need_list_ = true;
}

void Plan::dropped(const Job& job) {
  release(job);
  queue_is_stale_ = true;
  for (MailboxId id : job.lanes().ids()) need_pull_.insert(id);
  for (MailboxId id : job.pull_again()) need_pull_.insert(id);
  if (job.lanes().holds_all() || job.list_again() || (abilities_.gmail && job.changed_upstream())) need_list_ = true;
}

}  // namespace satchel::sync
