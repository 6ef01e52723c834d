#include "proxy/sync/settle.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/order.hpp"
#include "proxy/sync/vanish.hpp"

namespace satchel::sync {

using store::Identity;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

// Seconds. The server may still be at work on what a lost line brought it: what went out and is not
// there is looked for once more after that, before it is sent again.
constexpr std::int64_t still_busy = 5;
constexpr std::uint32_t most_looks = 60;  // in so many mailboxes that were not read whole

// What the copy that the operation makes looks like upstream.
Identity key_of(const store::AccountState& state, const Operation& operation) {
  const Message* source = operation.source ? state.find(operation.source) : nullptr;
  const Message* target = state.find(operation.target);
  if (operation.kind != OperationKind::append) {
    if (source && source->there.known()) return source->there;
    if (target && target->there.known()) return target->there;
  }
  return target ? target->here : Identity{};
}

bool agree_weakly(const Identity& a, const Identity& b) {
  return a.message_id == b.message_id && a.date == b.date;
}

std::uint64_t weak_key(const Identity& identity) {
  return identity.message_id * 0x9e3779b97f4a7c15ULL ^ std::uint64_t(identity.date);
}

enum class Flags : std::uint8_t { alike, any };

class Settling {
 public:
  Settling(store::Transaction& tx, store::MailboxId mailbox, const Candidates& candidates)
      : tx_(tx), mailbox_(mailbox), candidates_(candidates) {
    for (UpstreamUid uid : candidates.fresh) {
      const auto found = candidates.metadata.find(uid);
      if (found != candidates.metadata.end()) by_key_[weak_key(found->second.identity)].push_back(uid);
    }
  }

  std::unordered_set<UpstreamUid> run() {
    // Those to which upstream said OK choose first: what they made is there, unless somebody took it
    // away since. Then those that went out, then those that a start made perhaps done.
    std::vector<OperationId> surely, sent, open;
    std::map<std::uint64_t, std::vector<OperationId>> altered;
    for (OperationId id : attempted_into(tx_.state(), mailbox_)) {
      const Operation& operation = *tx_.state().journal.find(id);
      (operation.surely ? surely : operation.uid_validity_attempt ? sent : open).push_back(id);
    }
    take_exact(surely);
    for (OperationId id : surely) altered[weak_key(key_of(tx_.state(), *tx_.state().journal.find(id)))].push_back(id);
    std::vector<OperationId> not_found;
    for (const auto& [key, alike] : altered)
      if (!take_surely(alike)) not_found.insert(not_found.end(), alike.begin(), alike.end());
    take_exact(sent);
    take_exact(open);
    open.insert(open.end(), sent.begin(), sent.end());
    open.insert(open.end(), not_found.begin(), not_found.end());
    std::sort(open.begin(), open.end(), [&](OperationId a, OperationId b) { return order_of(a) < order_of(b); });
    for (OperationId id : open)
      if (const Operation* row = find(tx_.state(), id)) claim(*row);
    for (OperationId id : open)
      if (find(tx_.state(), id)) decide(id);
    return std::move(taken_);
  }

 private:
  std::uint64_t order_of(OperationId id) const {
    const Operation* operation = find(tx_.state(), id);
    return operation ? operation->order : 0;
  }

  const std::vector<UpstreamUid>& around(const Identity& key) const {
    static const std::vector<UpstreamUid> nothing;
    const auto found = by_key_.find(weak_key(key));
    return found == by_key_.end() ? nothing : found->second;
  }

  bool same_bytes(const Operation& operation, const Identity& key, UpstreamUid uid) const {
    const Message* target = tx_.state().find(operation.target);
    const auto fetched = candidates_.contents.find(uid);
    if (!target || !here(tx_.state(), target->content) || fetched == candidates_.contents.end()) return true;
    // A copy of a message that upstream altered bears upstream's bytes, not ours.
    if (operation.kind != OperationKind::append && key != target->here) return true;
    const store::ContentNumber known = tx_.find_content(fetched->second.hash);
    return known && (known == target->content || tx_.same_content(known, target->content));
  }

  // Of twins each takes the one that bears the flags that it was sent with, then any; leaves those that found none.
  void take_exact(std::vector<OperationId>& ids) {
    for (const Flags flags : {Flags::alike, Flags::any})
      std::erase_if(ids, [&](OperationId id) { return !find(tx_.state(), id) || take_exact(id, flags); });
  }

  bool take_exact(OperationId id, Flags flags) {
    const Operation& operation = *tx_.state().journal.find(id);
    const Identity key = key_of(tx_.state(), operation);
    const Message* target = tx_.state().find(operation.target);
    for (UpstreamUid uid : around(key)) {
      const Metadata& metadata = candidates_.metadata.at(uid);
      if (taken_.contains(uid) || !agree_weakly(metadata.identity, key) || metadata.identity.size != key.size) continue;
      if (flags == Flags::alike && (!target || metadata.flags != tx_.flags(target->base))) continue;
      if (!same_bytes(operation, key, uid)) continue;
      adopt(id, uid);
      return true;
    }
    return false;
  }

  // Upstream said OK to all of them, which look alike: where as many are there as agree weakly, they
  // are those, in the order in which they went out.
  bool take_surely(const std::vector<OperationId>& alike) {
    const std::vector<UpstreamUid> weak = weak_matches(key_of(tx_.state(), *tx_.state().journal.find(alike.front())));
    if (weak.size() != alike.size()) return false;
    for (std::size_t i = 0; i < alike.size(); ++i) adopt(alike[i], weak[i]);
    return true;
  }

  std::vector<UpstreamUid> weak_matches(const Identity& key) const {
    std::vector<UpstreamUid> weak;
    if (key.message_id == no_message_id) return weak;
    for (UpstreamUid uid : around(key))
      if (!taken_.contains(uid) && agree_weakly(candidates_.metadata.at(uid).identity, key)) weak.push_back(uid);
    return weak;
  }

  void adopt(OperationId id, UpstreamUid uid) {
    taken_.insert(uid);
    const MessageRef target = tx_.state().journal.find(id)->target;
    bind(tx_, target, uid, Found::by_push);
    measure(tx_, target, candidates_.metadata.at(uid));
    const auto fetched = candidates_.contents.find(uid);
    const Message* row = tx_.state().find(target);
    if (row && fetched != candidates_.contents.end() && tx_.state().missing.contains(row->content))
      tx_.attach(row->content, fetched->second);
    added(tx_, id);
  }

  // Those that would send the same bytes are no rivals: whichever of them made what is there, as many are missing.
  void claim(const Operation& operation) {
    const Message* target = tx_.state().find(operation.target);
    if (!target) return;
    const auto [first, fresh] = claims_.try_emplace(weak_key(key_of(tx_.state(), operation)), Claim{target->content});
    if (!fresh) first->second.rivals |= !tx_.same_content(first->second.content, target->content);
  }

  void decide(OperationId id) {
    const Operation operation = *tx_.state().journal.find(id);
    const Identity key = key_of(tx_.state(), operation);
    const std::vector<UpstreamUid> weak = weak_matches(key);
    const auto claimed = claims_.find(weak_key(key));
    const bool rivals = claimed != claims_.end() && claimed->second.rivals;
    if (!weak.empty() && !rivals) return adopt(id, weak.front());
    if (!weak.empty()) {
      // One of several like it is there: sending it again might make two.
      return park(tx_, id, OperationState::parked_perhaps,
                  "upstream has a message like it, and more than one of yours could be that one");
    }
    if (!operation.surely && operation.uid_validity_attempt) {
      if (operation.not_before == 0) edit(tx_, id, [&](Operation& row) { row.not_before = tx_.now() + still_busy; });
      if (operation.not_before == 0 || not_yet(operation.not_before, tx_.now())) return;
    }
    if (operation.superseded) return supersede(tx_, id);
    if (operation.surely) return done_and_gone(operation);
    if (operation.kind == OperationKind::append && operation.seen && went_up_in_lost_time(operation)) return;
    edit(tx_, id, [](Operation& row) {
      row.state = OperationState::waiting;
      row.uid_validity_attempt = 0;
    });
  }

  // Of a home that was put back: it may have gone up since, and been moved on. True: it did, or that is not known yet.
  bool went_up_in_lost_time(const Operation& operation) {
    const store::AccountState& state = tx_.state();
    const Message* target = state.find(operation.target);
    MessageRef where;
    auto answer = Arrivals::Answer::undecided;
    if (target && complete_since(state, operation.seen)) {
      if (!arrivals_) arrivals_.emplace(state);
      answer = arrivals_->find(*target, operation.seen, where);
    }
    // A mailbox that cannot be opened keeps it waiting for some minutes, not for ever.
    if (answer == Arrivals::Answer::undecided && operation.tries < most_looks) {
      edit(tx_, operation.id, [&](Operation& row) {
        row.not_before = tx_.now() + still_busy;
        ++row.tries;
      });
      return true;
    }
    if (answer == Arrivals::Answer::found && !state.find(where)->own && !known_before(*target, operation.seen)) {
      went_on(operation, where);
      return true;
    }
    edit(tx_, operation.id, [](Operation& row) {
      row.seen = {};
      row.tries = 0;
    });
    return false;
  }

  // Upstream had one like it all along, of which what came since may be a copy.
  bool known_before(const Message& like, store::Tick moment) const {
    bool known = false;
    for (const auto& [id, mailbox] : tx_.state().mailboxes)
      mailbox->messages.for_each([&](const Message& row) {
        known |= row.upstream && row.born <= moment && row.there.known() && row.there == like.here;
        return !known;
      });
    return known;
  }

  // It is where somebody moved it; what was done to it here since is done there.
  void went_on(const Operation& operation, MessageRef where) {
    const MessageRef target = operation.target;
    const Operation* removal = find(tx_.state(), tx_.state().find(target)->hidden_by);
    const OperationId hidden_by = removal && removal->source == target ? removal->id : OperationId{};
    for (OperationId id : operations_on(tx_.state(), target))
      edit(tx_, id, [&](Operation& row) {
        if (row.source == target) row.source = where;
      });
    edit(tx_, where, [&](Message& row) {
      row.own = true;
      row.hidden_by = hidden_by;
    });
    tx_.erase_message(target);
    finish(tx_, operation.id);
    tx_.refresh_flags(where);
  }

  // Upstream said OK, and somebody took it away since.
  void done_and_gone(const Operation& operation) {
    for (OperationId other : operations_on(tx_.state(), operation.target)) {
      const Operation* row = tx_.state().journal.find(other);
      if (row->kind != OperationKind::move || row->source != operation.target || row->vanished_at) continue;
      edit(tx_, other, [&](Operation& next) {
        next.vanished_at = tx_.state().tick;
        next.seen = operation.born;
      });
    }
    if (operation.kind == OperationKind::move && bound(tx_.state(), operation.source)) {
      edit(tx_, operation.id, [](Operation& row) {
        row.copied = true;
        row.state = OperationState::waiting;
      });
    } else {
      finish(tx_, operation.id);
    }
    gone_for_good(tx_, operation.target);
  }

  struct Claim {
    store::ContentNumber content;
    bool rivals = false;
  };

  store::Transaction& tx_;
  store::MailboxId mailbox_;
  const Candidates& candidates_;
  std::optional<Arrivals> arrivals_;
  std::unordered_map<std::uint64_t, std::vector<UpstreamUid>> by_key_;
  std::unordered_map<std::uint64_t, Claim> claims_;  // by weak key
  std::unordered_set<UpstreamUid> taken_;
};

}  // namespace

std::vector<OperationId> attempted_into(const store::AccountState& state, store::MailboxId mailbox) {
  std::vector<OperationId> ids;
  state.journal.for_each([&](const Operation& operation) {
    if (operation.state == OperationState::attempted && operation.adds() && !operation.copied &&
        operation.target.mailbox == mailbox && !bound(state, operation.target))
      ids.push_back(operation.id);
    return true;
  });
  return ids;
}

std::vector<UpstreamUid> could_be_ours(const store::AccountState& state, const std::vector<OperationId>& operations,
                                       const Candidates& candidates) {
  std::unordered_set<std::uint64_t> keys;
  for (OperationId id : operations)
    if (const Operation* operation = find(state, id)) keys.insert(weak_key(key_of(state, *operation)));
  std::vector<UpstreamUid> uids;
  for (UpstreamUid uid : candidates.fresh)
    if (keys.contains(weak_key(candidates.metadata.at(uid).identity))) uids.push_back(uid);
  return uids;
}

std::unordered_set<UpstreamUid> settle(store::Transaction& tx, store::MailboxId mailbox, const Candidates& candidates) {
  return Settling(tx, mailbox, candidates).run();
}

}  // namespace satchel::sync
