#include "proxy/sync/job.hpp"

#include <algorithm>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/memory.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

namespace {

const Outcome* outcome_of(const Answer& answer) {
  return std::visit(
      [](const auto& one) -> const Outcome* {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
          return nullptr;
        else
          return &one.outcome;
      },
      answer);
}

bool changes_messages(const Ask& ask) {
  return std::holds_alternative<StoreAsk>(ask) || std::holds_alternative<AppendAsk>(ask) ||
         std::holds_alternative<TransferAsk>(ask) || std::holds_alternative<UidExpungeAsk>(ask) ||
         std::holds_alternative<ExpungeAsk>(ask);
}

Steps<> begin(Work& work, const JobOrder& order) {
  switch (order.kind) {
    case JobKind::list:
      return list_job(work);
    case JobKind::mailbox:
      return mailbox_job(work, order.mailbox);
    case JobKind::transfer:
      return transfer_job(work, order.mailbox, order.target);
    case JobKind::change:
      return change_job(work, order.operation);
    case JobKind::recreate:
      return recreate_job(work, order.mailbox);
    case JobKind::subscribe:
      return subscribe_job(work, order.operation);
    case JobKind::audit:
      return audit_job(work, order.mailbox);
    case JobKind::tidy:
      return tidy_job(work);
    case JobKind::contents:
      break;
  }
  return contents_job(work, order);
}

}  // namespace

const char* to_string(JobKind kind) {
  switch (kind) {
    case JobKind::list:
      return "list";
    case JobKind::mailbox:
      return "mailbox";
    case JobKind::transfer:
      return "transfer";
    case JobKind::change:
      return "change";
    case JobKind::recreate:
      return "recreate";
    case JobKind::subscribe:
      return "subscribe";
    case JobKind::audit:
      return "audit";
    case JobKind::tidy:
      return "tidy";
    case JobKind::contents:
      return "contents";
  }
  return "?";
}

Job::Job(JobOrder order, const Abilities& abilities, Memory& memory)
    : order_(std::make_unique<JobOrder>(std::move(order))), work_(std::make_unique<Work>()) {
  work_->abilities_ = &abilities;
  work_->memory_ = &memory;
  work_->lanes_ = order_->lanes;
}

Job::~Job() = default;

void Job::resume(store::Transaction& tx, Answer answer) {
  if (done()) return;
  work_->tx_ = &tx;
  const Outcome* outcome = outcome_of(answer);
  const bool lost = outcome && outcome->kind == Outcome::Kind::lost;
  // Contents that came before the line broke are kept: that job hears of the loss itself.
  if (lost && !std::holds_alternative<ContentsAnswer>(answer)) return give_up(*outcome);
  if (outcome && outcome->kind == Outcome::Kind::uid_validity_changed) {
    for (store::MailboxId id : order_->lanes.ids()) work_->pull_again(id);
    if (order_->kind == JobKind::contents) {
      work_->pull_again(order_->mailbox);
      work_->memory().renumbered.insert(order_->mailbox);
    }
    end_ = End::changed;
    steps_.reset();
    return;
  }
  // The mailbox is not there under that name: LIST tells what became of it.
  if (outcome && (outcome->code == "NONEXISTENT" || outcome->code == "TRYCREATE")) work_->list_again();
  if (outcome) retry_after_ = std::max(retry_after_, outcome->retry_after);
  const bool refused =
      outcome && (outcome->kind == Outcome::Kind::bad || (outcome->kind == Outcome::Kind::no && outcome->code.empty()));
  if (refused && !work_->carried().empty()) wants_fresh_line_ = true;
  if (!steps_.handle()) {
    steps_ = begin(*work_, *order_);
    work_->stopped_ = steps_.handle();
  }
  work_->answer_ = std::move(answer);
  std::exchange(work_->stopped_, nullptr).resume();
  changed_upstream_ |= !steps_.done() && changes_messages(work_->question_);
  if (steps_.done()) {
    end_ = lost ? End::lost : End::finished;
    steps_.reset();
  }
  work_->tx_ = nullptr;
}

void Job::give_up(const Outcome& outcome) {
  count_loss(work_->tx(), work_->carried(), outcome);
  retry_after_ = std::max(retry_after_, outcome.retry_after);
  for (store::MailboxId id : order_->lanes.ids()) work_->pull_again(id);
  if (order_->lanes.holds_all()) work_->list_again();
  end_ = End::lost;
  steps_.reset();
  work_->tx_ = nullptr;
}

}  // namespace satchel::sync
