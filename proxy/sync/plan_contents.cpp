// Which headers and contents are loaded next: what clients wait for, then the back-fill: INBOX and
// selected mailboxes first, newest first; headers of large messages before their contents, or beside others'.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/plan.hpp"

namespace satchel::sync {

using store::AccountState;
using store::ContentNumber;
using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;

namespace {

constexpr int fetchers_at_once = 3;
constexpr int body_waits = 0;
constexpr int header_waits = 5;
// A message smaller than this comes whole: its header alone would save nothing.
constexpr std::uint32_t small_message = 4096;
// An order is asked for without a pause (MetadataAsk::next); between two of them the line is idle for a round trip.
// So one of bodies is as large as may be, and ends early where it takes long (contents_job.cpp); one of headers is
// small where it goes on the line that clients wait for, and nothing else waits for it.
struct Bounds {
  std::size_t headers = 1000;
  std::size_t contents = most_contents_at_once;
  std::uint64_t bytes = 1024 * 1024 * 1024;
  bool goes_on = true;
};
constexpr Bounds on_one_line{10'000, 10'000, 16 * 1024 * 1024, false};

JobOrder contents_order(MailboxId mailbox, bool whole, int priority) {
  JobOrder order;
  order.kind = JobKind::contents;
  order.mailbox = mailbox;
  order.whole = whole;
  order.priority = priority;
  return order;
}

// Cuts what is added to it into orders of bounded size.
class Slices {
 public:
  Slices(MailboxId mailbox, bool whole, Bounds bounds, std::deque<JobOrder>& into)
      : mailbox_(mailbox), whole_(whole), bounds_(bounds), into_(into) {}

  void add(const Message& row) {
    const std::size_t most = whole_ ? bounds_.contents : bounds_.headers;
    if (!open_ || into_.back().messages.size() >= most || (whole_ && bytes_ > bounds_.bytes)) {
      into_.push_back(contents_order(mailbox_, whole_, Plan::back_fill + (whole_ ? 1 : 0)));
      into_.back().goes_on = whole_ && bounds_.goes_on;
      open_ = true;
      bytes_ = 0;
    }
    into_.back().messages.push_back({mailbox_, row.uid});
    into_.back().contents.push_back(row.content);
    bytes_ += row.there.size;
  }

 private:
  MailboxId mailbox_;
  bool whole_;
  Bounds bounds_;
  std::deque<JobOrder>& into_;
  bool open_ = false;
  std::uint64_t bytes_ = 0;
};

}  // namespace

void Plan::fill_queues(const AccountState& state, const Wants& wants) {
  headers_.clear();
  bodies_.clear();
  queue_is_stale_ = memory_.more_to_load = false;
  std::vector<const Mailbox*> order;
  for (const auto& [id, mailbox] : state.mailboxes)
    if (exists_upstream(state, id) && mailbox->upstream.uid_validity && !memory_.renumbered.contains(id))
      order.push_back(mailbox.get());
  const auto rank = [&](const Mailbox* mailbox) {
    return mailbox->upstream.name == "INBOX" ? 0 : looked_at_.contains(mailbox->id) ? 1 : 2;
  };
  std::stable_sort(order.begin(), order.end(), [&](const Mailbox* a, const Mailbox* b) { return rank(a) < rank(b); });
  const Bounds bounds = wants.one_line ? on_one_line : Bounds();
  std::unordered_set<ContentNumber> seen;
  for (const Mailbox* mailbox : order) {
    std::vector<const Message*> lacking;
    mailbox->messages.for_each([&](const Message& row) {
      if (!row.upstream || !row.metadata) return;
      const bool bytes = state.missing.contains(row.content);
      if (!bytes && row.header) return;
      if (memory_.fetching.contains(row.content) || memory_.refused.contains({mailbox->id, row.upstream})) return;
      lacking.push_back(&row);
    });
    Slices header_slices(mailbox->id, false, bounds, headers_);
    Slices content_slices(mailbox->id, true, bounds, bodies_);
    for (auto row = lacking.rbegin(); row != lacking.rend(); ++row) {
      const bool bytes = state.missing.contains((*row)->content);
      if (!(*row)->header && (!bytes || (*row)->there.size > small_message)) header_slices.add(**row);
      if (bytes && seen.insert((*row)->content).second) content_slices.add(**row);
    }
  }
}

void Plan::add_contents(const AccountState& state, const Wants& wants) {
  std::map<MailboxId, JobOrder> bodies, headers;
  const auto want = [&](const MessageRef& ref, bool whole) {
    const Message* row = state.find(ref);
    if (!row || !row->upstream || memory_.refused.contains({ref.mailbox, row->upstream})) return;
    if (memory_.renumbered.contains(ref.mailbox) || memory_.coming.contains(row->content)) return;
    if (!row->metadata) return;  // it is measured first
    const bool lacks = !row->header || (whole && state.missing.contains(row->content));
    if (!lacks || fetching_for_clients_.contains(ref)) return;
    auto& orders = whole ? bodies : headers;
    JobOrder& order =
        orders.try_emplace(ref.mailbox, contents_order(ref.mailbox, whole, whole ? body_waits : header_waits))
            .first->second;
    order.messages.push_back(ref);
    order.contents.push_back(row->content);
  };
  for (const MessageRef& ref : wants.contents) want(ref, true);
  for (const MessageRef& ref : wants.metadata) want(ref, false);
  for (auto& [id, order] : bodies) orders_.push_back(std::move(order));
  for (auto& [id, order] : headers) orders_.push_back(std::move(order));
  looked_at_ = {wants.selected.begin(), wants.selected.end()};
  if (fetchers_ >= fetchers_at_once) return;
  if (std::exchange(one_line_, wants.one_line) != wants.one_line) queue_is_stale_ = true;
  if (queue_is_stale_ || memory_.more_to_load) fill_queues(state, wants);
  for (const auto* queue : {&headers_, &bodies_})
    if (!queue->empty()) orders_.push_back(queue->front());
}

}  // namespace satchel::sync
