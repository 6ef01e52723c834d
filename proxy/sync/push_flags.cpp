#include <algorithm>
#include <map>
#include <tuple>

#include "proxy/sync/edit.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/push.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::FlagSet;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;

namespace {

constexpr std::size_t messages_at_once = 1000;
// Of so many messages the acts are held in memory: many enough to fill their commands.
constexpr std::size_t messages_in_portion = 20'000;

// Operations squashed to the last act for each flag.
struct Acts {
  FlagSet add;
  FlagSet remove;
  Operations operations;
};

// Messages with the same acts: one command.
struct Group {
  struct Member {
    UpstreamUid uid;
    MessageRef ref;
    Operations operations;
    bool reached = true;  // it was there when its flags were stored
  };
  FlagSet add;
  FlagSet remove;
  std::vector<Member> members;  // ascending UID
};

std::map<MessageRef, Acts> squash(const store::AccountState& state, const Operations& operations) {
  std::map<MessageRef, Acts> acts;
  for (OperationId id : operations) {
    const Operation* operation = find(state, id);
    if (!operation || operation->kind != OperationKind::store_flags || withheld(state, *operation)) continue;
    Acts& one = acts[operation->source];
    one.add.add(operation->add);
    one.remove.remove(operation->add);
    one.remove.add(operation->remove);
    one.add.remove(operation->remove);
    one.operations.push_back(id);
  }
  return acts;
}

// The operations in portions that share no message: what comes later on a message never goes up on its own.
std::vector<Operations> portions_of(const store::AccountState& state, const Operations& operations) {
  std::vector<std::pair<MessageRef, OperationId>> by_message;
  by_message.reserve(operations.size());
  for (OperationId id : operations)
    if (const Operation* operation = find(state, id)) by_message.emplace_back(operation->source, id);
  std::stable_sort(by_message.begin(), by_message.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Operations> portions;
  std::size_t messages = messages_in_portion;
  MessageRef last;
  for (const auto& [ref, id] : by_message) {
    const bool another = ref != last;
    if (another && messages == messages_in_portion) {
      portions.emplace_back();
      messages = 0;
    }
    messages += another ? 1 : 0;
    last = ref;
    portions.back().push_back(id);
  }
  return portions;
}

std::vector<Group> group(store::Transaction& tx, std::map<MessageRef, Acts> acts) {
  std::map<std::tuple<std::string, std::string, OperationId>, Group> groups;
  for (auto& [ref, one] : acts) {
    const Message* row = tx.state().find(ref);
    if (!row || !row->upstream) continue;
    const FlagSet& base = tx.flags(row->base);
    FlagSet add = one.add;
    add.remove(base);
    FlagSet kept = one.remove;  // those that the base has
    kept.remove(base);
    FlagSet remove = one.remove;
    remove.remove(kept);
    if (add.empty() && remove.empty()) {
      for (OperationId id : one.operations) finish(tx, id);
      continue;
    }
    const bool alone = std::any_of(one.operations.begin(), one.operations.end(),
                                   [&](OperationId id) { return goes_alone(*find(tx.state(), id)); });
    Group& same = groups[{add.encode(), remove.encode(), alone ? one.operations.front() : OperationId{}}];
    same.add = std::move(add);
    same.remove = std::move(remove);
    same.members.push_back({row->upstream, ref, std::move(one.operations)});
  }
  std::vector<Group> result;
  for (auto& [key, one] : groups) {
    std::sort(one.members.begin(), one.members.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
    for (std::size_t at = 0; at < one.members.size(); at += messages_at_once) {
      const std::size_t end = std::min(one.members.size(), at + messages_at_once);
      Group part{one.add, one.remove, {}};
      std::move(one.members.begin() + std::ptrdiff_t(at), one.members.begin() + std::ptrdiff_t(end),
                std::back_inserter(part.members));
      result.push_back(std::move(part));
    }
  }
  return result;
}

// Folds exactly our delta into the base; what upstream did not keep becomes local.
void fold(store::Transaction& tx, MessageRef ref, const FlagSet& flags, StoreAsk::Sign sign, const FlagSet& got) {
  const Message* found = tx.state().find(ref);
  if (!found) return;
  Message row = *found;
  FlagSet base = tx.flags(row.base);
  if (sign == StoreAsk::Sign::remove) {
    base.remove(flags);
  } else {
    FlagSet missing = flags;
    missing.remove(got);
    FlagSet kept = flags;
    kept.remove(missing);
    base.add(kept);
    FlagSet local = tx.flags(row.local);
    local.add(missing);
    row.local = tx.intern(local);
  }
  row.base = tx.intern(base);
  tx.put_message(ref.mailbox, row);
  tx.refresh_flags(ref);
}

Operations all_of(const Group& group) {
  Operations all;
  for (const auto& member : group.members) all.insert(all.end(), member.operations.begin(), member.operations.end());
  return all;
}

enum class Stored : std::uint8_t {
  yes,
  refused,  // for good
  later     // the operations wait, or are parked
};

Stored refused(Work& work, const Group& group, StoreAsk::Sign sign, const Outcome& outcome) {
  const Operations all = all_of(group);
  std::uint32_t tries = 0;
  for (OperationId id : all)
    if (const Operation* operation = find(work.state(), id)) tries = std::max(tries, operation->tries);
  if (sign == StoreAsk::Sign::add && verdict(outcome, tries) == Verdict::final) return Stored::refused;
  for (OperationId id : all) refuse(work.tx(), id, outcome);
  return Stored::later;
}

Steps<Stored> store_once(Work& work, store::MailboxId id, Group& group, StoreAsk::Sign sign, FlagSet flags) {
  const store::UpstreamMailbox& upstream = work.state().find(id)->upstream;
  StoreAsk question;
  question.at = At{upstream.name, upstream.uid_validity};
  question.sign = sign;
  question.flags = flags;
  for (const auto& member : group.members) question.uids.push_back(member.uid);
  work.carry(all_of(group));
  StoreAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  if (!answer.outcome.ok()) co_return refused(work, group, sign, answer.outcome);
  auto next = answer.flags.begin();
  for (auto& member : group.members) {
    while (next != answer.flags.end() && next->uid < member.uid) ++next;
    const bool there = next != answer.flags.end() && next->uid == member.uid;
    member.reached = member.reached && there;
    if (there) fold(work.tx(), member.ref, flags, sign, next->flags);
  }
  co_return Stored::yes;
}

// Refused for good: shown here, never sent again.
void keep_locally(store::Transaction& tx, const Group& group, const FlagSet& flags) {
  for (const auto& member : group.members) fold(tx, member.ref, flags, StoreAsk::Sign::add, FlagSet{});
}

// True: go on with this group. Of several flags of which one is refused the others go up on their own.
Steps<bool> add_flags(Work& work, store::MailboxId id, Group& group) {
  const Stored together = co_await store_once(work, id, group, StoreAsk::Sign::add, group.add);
  if (together != Stored::refused) co_return (together == Stored::yes);
  const std::vector<std::string> names = group.add.names();
  if (names.size() == 1) {
    keep_locally(work.tx(), group, group.add);
    co_return true;
  }
  for (const std::string& name : names) {
    FlagSet one;
    one.add(name);
    const Stored alone = co_await store_once(work, id, group, StoreAsk::Sign::add, one);
    if (alone == Stored::later) co_return false;
    if (alone == Stored::refused) keep_locally(work.tx(), group, one);
  }
  co_return true;
}

Steps<> push_portion(Work& work, store::MailboxId id, Operations operations) {
  std::vector<Group> groups = group(work.tx(), squash(work.state(), operations));
  for (Group& one : groups) {
    if (!one.add.empty()) {
      if (!co_await add_flags(work, id, one)) continue;
    }
    if (!one.remove.empty()) {
      if (co_await store_once(work, id, one, StoreAsk::Sign::remove, one.remove) != Stored::yes) continue;
    }
    bool all_there = true;
    for (const auto& member : one.members) {
      all_there = all_there && member.reached;
      for (OperationId operation : member.operations) {
        if (member.reached)
          finish(work.tx(), operation);
        else
          postpone(work.tx(), operation);
      }
    }
    if (!all_there) work.pull_again(id);  // gone meanwhile: the next pull sorts it out
  }
}

}  // namespace

Steps<> push_flags(Work& work, store::MailboxId id, Operations operations) {
  std::vector<Operations> portions = portions_of(work.state(), operations);
  operations = Operations();
  for (Operations& portion : portions) co_await push_portion(work, id, std::move(portion));
}

}  // namespace satchel::sync
