#include <algorithm>
#include <set>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/push.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::FlagSet;
using store::Mailbox;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;
using store::SystemFlag;

namespace {

constexpr std::size_t messages_at_once = 1000;
constexpr std::uint32_t most_removals = 3;  // of one message, to each of which upstream said OK
constexpr std::int64_t content_pause = 5;   // seconds until what must be here first is looked for again

struct Removal {
  UpstreamUid uid;
  MessageRef ref;
  OperationId operation;
};

FlagSet deleted_flag() {
  FlagSet flags;
  flags.add(SystemFlag::deleted);
  return flags;
}

At at_of(Work& work, store::MailboxId id) {
  const store::UpstreamMailbox& upstream = work.state().find(id)->upstream;
  return At{upstream.name, upstream.uid_validity};
}

// Those that are upstream, ascending; those that are not end here.
std::vector<Removal> removals(store::Transaction& tx, const Operations& operations) {
  std::vector<Removal> found;
  for (OperationId id : operations) {
    const Operation* operation = find(tx.state(), id);
    if (!operation || !operation->source) continue;
    if (operation->kind != OperationKind::expunge && !operation->copied) continue;
    const MessageRef ref = operation->source;
    const Message* row = tx.state().find(ref);
    if (row && row->upstream) {
      found.push_back({row->upstream, ref, id});
    } else if (!addition_of(tx.state(), ref)) {
      finish(tx, id);
      forget_operations_on(tx, ref);
      if (row && !row->visible()) tx.erase_message(ref);
    }
  }
  std::sort(found.begin(), found.end(), [](const Removal& a, const Removal& b) { return a.uid < b.uid; });
  return found;
}

Operations operations_of(const std::vector<Removal>& batch) {
  Operations ids;
  for (const Removal& one : batch) ids.push_back(one.operation);
  return ids;
}

// Those that go in one command: the next ones.
std::vector<Removal> next_batch(const store::AccountState& state, const std::vector<Removal>& all, std::size_t at) {
  std::vector<Removal> batch;
  for (; at < all.size() && batch.size() < messages_at_once; ++at) {
    const Operation* operation = find(state, all[at].operation);
    const bool alone = operation && goes_alone(*operation);
    if (alone && !batch.empty()) break;
    batch.push_back(all[at]);
    if (alone) break;
  }
  return batch;
}

std::vector<UpstreamUid> uids_of(const std::vector<Removal>& batch) {
  std::vector<UpstreamUid> uids;
  for (const Removal& one : batch) uids.push_back(one.uid);
  return uids;
}

void removed(store::Transaction& tx, const std::vector<Removal>& batch) {
  for (const Removal& one : batch) {
    finish(tx, one.operation);
    forget_operations_on(tx, one.ref);
    if (tx.state().find(one.ref)) tx.erase_message(one.ref);
  }
  if (!batch.empty()) space_was_freed(tx);
}

void refuse_all(Work& work, const std::vector<Removal>& batch, const Outcome& outcome) {
  for (const Removal& one : batch) refuse(work.tx(), one.operation, outcome);
}

// UIDVALIDITY says nothing: only what still has the date and size that we know is removed.
Steps<bool> keep_the_very_same(Work& work, store::MailboxId id, std::vector<Removal>& batch) {
  MetadataAsk question{at_of(work, id), uids_of(batch), Depth::sizes};
  MetadataAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) co_return false;
  std::map<UpstreamUid, const Metadata*> seen;
  for (const Metadata& one : answer.messages) seen[one.uid] = &one;
  const std::size_t before = batch.size();
  std::erase_if(batch, [&](const Removal& one) {
    const Message* row = work.state().find(one.ref);
    const auto found = seen.find(one.uid);
    return !row || found == seen.end() || found->second->identity.date != row->there.date ||
           found->second->identity.size != row->there.size;
  });
  if (batch.size() != before) work.pull_again(id);
  co_return !batch.empty();
}

// \Deleted on all of the batch; those that are not there leave it.
Steps<bool> mark(Work& work, store::MailboxId id, std::vector<Removal>& batch) {
  StoreAsk question{at_of(work, id), uids_of(batch), StoreAsk::Sign::add, deleted_flag()};
  work.carry(operations_of(batch));
  StoreAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) {
    refuse_all(work, batch, answer.outcome);
    co_return false;
  }
  std::set<UpstreamUid> there;
  for (const UidFlags& one : answer.flags)
    if (one.flags.has(SystemFlag::deleted)) there.insert(one.uid);
  const std::size_t before = batch.size();
  for (const Removal& one : batch)
    if (!there.contains(one.uid)) postpone(work.tx(), one.operation);
  std::erase_if(batch, [&](const Removal& one) { return !there.contains(one.uid); });
  if (batch.size() != before) work.pull_again(id);
  co_return !batch.empty();
}

// Who looks at it takes \Deleted off between our STORE and our EXPUNGE, and OK to EXPUNGE says nothing of that: what
// is still there is removed once more.
Steps<> end_what_is_gone(Work& work, store::MailboxId id, std::vector<Removal> batch) {
  MetadataAsk question{at_of(work, id), uids_of(batch), Depth::sizes};
  MetadataAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) co_return work.pull_again(id);
  std::set<UpstreamUid> left;
  for (const Metadata& one : answer.messages) left.insert(one.uid);
  for (const Removal& one : batch) {
    const Operation* operation = left.contains(one.uid) ? find(work.state(), one.operation) : nullptr;
    if (operation && operation->tries + 1 >= most_removals)
      park(work.tx(), one.operation, OperationState::parked, "the server says that it is gone, and it is still there");
    else if (operation)
      postpone(work.tx(), one.operation);
  }
  std::erase_if(batch, [&](const Removal& one) { return left.contains(one.uid); });
  removed(work.tx(), batch);
}

Steps<> remove_by_uid(Work& work, store::MailboxId id, std::vector<Removal> batch) {
  if (!co_await mark(work, id, batch)) co_return;
  UidExpungeAsk question{at_of(work, id), uids_of(batch)};
  work.carry(operations_of(batch));
  PlainAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  if (!answer.outcome.ok()) co_return refuse_all(work, batch, answer.outcome);
  co_await end_what_is_gone(work, id, std::move(batch));
}

// Others that bear \Deleted: plain EXPUNGE would take them too.
struct Bystanders {
  std::vector<UpstreamUid> uids;
  std::vector<MessageRef> refs;
};

Steps<bool> find_bystanders(Work& work, store::MailboxId id, const std::vector<Removal>& batch, Bystanders& others) {
  FlagsAsk question{at_of(work, id), UidRange{UpstreamUid{1}, UpstreamUid{0xffffffff}}};
  FlagsAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) {
    refuse_all(work, batch, answer.outcome);
    co_return false;
  }
  const BoundUids bound = bound_uids(*work.state().find(id));
  std::set<UpstreamUid> ours;
  for (const Removal& one : batch) ours.insert(one.uid);
  for (const UidFlags& one : answer.flags) {
    if (!one.flags.has(SystemFlag::deleted) || ours.contains(one.uid)) continue;
    const auto known = bound.find(one.uid);
    if (known == bound.end()) {
      work.pull_again(id);  // it came just now
      co_return false;
    }
    others.uids.push_back(one.uid);
    others.refs.push_back({id, known->second});
  }
  co_return true;
}

bool contents_here(Work& work, const std::vector<Removal>& batch, const Bystanders& others) {
  for (MessageRef ref : others.refs) {
    const Message* row = work.state().find(ref);
    if (row && here(work.state(), row->content)) continue;
    const std::int64_t later = work.tx().now() + content_pause;
    for (const Removal& one : batch) edit(work.tx(), one.operation, [&](Operation& op) { op.not_before = later; });
    return false;
  }
  return true;
}

// The journal remembers, durably, that \Deleted is to be put back on the bystanders, before they are moved or copied.
Operations note_bystanders(store::Transaction& tx, const Bystanders& others) {
  Operations notes;
  for (MessageRef ref : others.refs) {
    const Message* row = tx.state().find(ref);
    const Operation* removal = find(tx.state(), row->hidden_by);
    if (removal && removal->kind == OperationKind::expunge) continue;  // its own expunge marks it again
    Operation note;
    note.kind = OperationKind::store_flags;
    note.source = ref;
    note.add = deleted_flag();
    const std::uint64_t place = place_before(tx.state(), ref);
    notes.push_back(tx.add_operation(note));
    if (place) edit(tx, notes.back(), [place](Operation& op) { op.order = place; });
    tx.refresh_flags(ref);
  }
  return notes;
}

// Without UIDPLUS (design section 5, the table).
Steps<> remove_by_plain_expunge(Work& work, store::MailboxId id, std::vector<Removal> batch) {
  Bystanders others;
  if (!co_await find_bystanders(work, id, batch, others)) co_return;
  if (!contents_here(work, batch, others)) co_return;
  const Operations notes = note_bystanders(work.tx(), others);
  if (!others.uids.empty()) {
    StoreAsk question{at_of(work, id), others.uids, StoreAsk::Sign::remove, deleted_flag()};
    StoreAnswer answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok()) co_return refuse_all(work, batch, answer.outcome);
    for (MessageRef ref : others.refs) {
      const Message* row = work.state().find(ref);
      if (!row) continue;
      FlagSet base = work.tx().flags(row->base);
      base.remove(SystemFlag::deleted);
      set_base(work.tx(), ref, base);
    }
  }
  if (co_await mark(work, id, batch)) {
    ExpungeAsk question{at_of(work, id)};
    work.carry(operations_of(batch));
    PlainAnswer answer = co_await work.ask(std::move(question));
    work.carry({});
    if (answer.outcome.ok())
      co_await end_what_is_gone(work, id, std::move(batch));
    else
      refuse_all(work, batch, answer.outcome);
  }
  co_await push_flags(work, id, notes);
}

}  // namespace

Steps<> push_removals(Work& work, store::MailboxId id, Operations operations) {
  const std::vector<Removal> all = removals(work.tx(), operations);
  const bool weak = uids_are_doubtful(work, work.state().find(id)->upstream);
  for (std::size_t at = 0; at < all.size();) {
    std::vector<Removal> batch = next_batch(work.state(), all, at);
    at += batch.size();
    if (weak) {
      if (!co_await keep_the_very_same(work, id, batch)) continue;
    }
    if (work.abilities().uidplus)
      co_await remove_by_uid(work, id, std::move(batch));
    else
      co_await remove_by_plain_expunge(work, id, std::move(batch));
  }
}

}  // namespace satchel::sync
