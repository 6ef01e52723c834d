// The one batch of a pull in which UIDs are matched anew, perhaps-done additions settled, what
// vanished removed, and only then new messages numbered.
#include <algorithm>

#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/vanish.hpp"

namespace satchel::sync {

using store::Identity;
using store::Mailbox;
using store::Message;
using store::MessageRef;

namespace {

struct IdentityHash {
  std::size_t operator()(const Identity& identity) const noexcept {
    return identity.header ^ (identity.message_id << 1) ^ (std::uint64_t(identity.date) << 20) ^ identity.size;
  }
};

// New UIDVALIDITY: who is who, by header bytes, size and INTERNALDATE; visible messages first, so
// that of n identical twins as many are left for removal as were removed here. Of twins each takes
// the one that bears its flags, then any.
class Matching {
 public:
  enum class Flags : std::uint8_t { alike, any };

  Matching(store::Transaction& tx, Sighting& sighting) : tx_(tx), sighting_(sighting) {
    for (UpstreamUid uid : sighting.candidates.fresh) {
      const Identity& identity = sighting.candidates.metadata.at(uid).identity;
      exact_[identity].uids.push_back(uid);
      by_size_[{identity.date, identity.size}].push_back(uid);
      by_message_id_[{identity.message_id, identity.date}].push_back(uid);
    }
  }

  // Those come first that are asked for first: of more rows than twins the last ones get none.
  bool may_have_twin(const Message& row) {
    const auto twins = exact_.find(exact_identity(row));
    return twins != exact_.end() && twins->second.wanted++ < twins->second.uids.size();
  }

  UpstreamUid take_exact(const Message& row, Flags flags) {
    const auto twins = exact_.find(exact_identity(row));
    if (twins == exact_.end()) return {};
    for (UpstreamUid uid : twins->second.uids) {
      if (used_.contains(uid)) continue;
      if (flags == Flags::alike && sighting_.candidates.metadata.at(uid).flags != tx_.flags(row.base)) continue;
      used_.insert(uid);
      return uid;
    }
    return {};
  }

  // What bears other bytes, or was never looked at.
  UpstreamUid take_like(const Message& row) {
    if (row.there.known()) return {};
    // Our own append, not looked at since: upstream has what it made of what we sent.
    if (row.own && row.here.known()) return take_only(by_message_id_, {row.here.message_id, row.here.date});
    // Its header never came: dates and sizes tell, where they are unique.
    if (!row.there.size) return may_keep_uid(row) ? take_uid(row.upstream) : UpstreamUid{};
    return take_only(by_size_, {row.there.date, row.there.size});
  }

  bool used(UpstreamUid uid) const { return used_.contains(uid); }

 private:
  struct Twins {
    std::vector<UpstreamUid> uids;  // ascending
    std::size_t wanted = 0;         // by so many rows
  };

  static Identity exact_identity(const Message& row) {
    return row.there.known() ? row.there : row.own ? row.here : Identity{};
  }

  template <class Map>
  UpstreamUid take_only(const Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    if (found == map.end()) return {};
    UpstreamUid only;  // of those that nobody better took
    for (UpstreamUid uid : found->second) {
      if (used_.contains(uid)) continue;
      if (only) return {};
      only = uid;
    }
    if (only) used_.insert(only);
    return only;
  }

  UpstreamUid take_uid(UpstreamUid uid) {
    const std::vector<UpstreamUid>& there = sighting_.candidates.fresh;
    const bool free = std::binary_search(there.begin(), there.end(), uid) && used_.insert(uid).second;
    return free ? uid : UpstreamUid{};
  }

  // Nothing is known of it but its UID: what is to be removed must be certain, the rest does no harm.
  bool may_keep_uid(const Message& row) const {
    if (sighting_.uids_kept != Sighting::Kept::perhaps) return sighting_.uids_kept == Sighting::Kept::surely;
    for (const store::Operation* operation : tx_.state().journal.of({sighting_.id, row.uid}))
      if (operation->kind == store::OperationKind::expunge || operation->kind == store::OperationKind::move)
        return false;
    return true;
  }

  store::Transaction& tx_;
  Sighting& sighting_;
  std::unordered_map<Identity, Twins, IdentityHash> exact_;
  std::map<std::pair<std::int64_t, std::uint32_t>, std::vector<UpstreamUid>> by_size_;
  std::map<std::pair<std::uint64_t, std::int64_t>, std::vector<UpstreamUid>> by_message_id_;
  std::unordered_set<UpstreamUid> used_;
};

// Returns the messages that matched nothing.
std::vector<Uid> match_anew(Work& work, Sighting& sighting) {
  const Mailbox& mailbox = *work.state().find(sighting.id);
  std::vector<Uid> order;
  std::vector<Uid> hidden;
  mailbox.messages.for_each([&](const Message& row) {
    if (row.upstream) (row.visible() ? order : hidden).push_back(row.uid);
  });
  order.insert(order.end(), hidden.begin(), hidden.end());
  // Those whose identity is known choose before those of which only date and size are.
  std::stable_partition(order.begin(), order.end(), [&](Uid uid) { return mailbox.messages.find(uid)->there.known(); });
  Matching matching(work.tx(), sighting);
  std::map<Uid, UpstreamUid> pairs;
  std::vector<Uid> with_twin;
  for (Uid uid : order)
    if (matching.may_have_twin(*mailbox.messages.find(uid))) with_twin.push_back(uid);
  for (const auto flags : {Matching::Flags::alike, Matching::Flags::any})
    for (Uid uid : with_twin)
      if (!pairs.contains(uid))
        if (const UpstreamUid there = matching.take_exact(*mailbox.messages.find(uid), flags)) pairs[uid] = there;
  std::vector<Uid> lost;
  for (Uid uid : order) {
    if (pairs.contains(uid)) continue;
    if (const UpstreamUid there = matching.take_like(*mailbox.messages.find(uid)))
      pairs[uid] = there;
    else
      lost.push_back(uid);
  }
  std::sort(lost.begin(), lost.end());
  bool unmatched = false;
  for (Uid uid : lost) {
    const Message* row = mailbox.messages.find(uid);
    unmatched |= !row->there.size && !work.state().journal.of({sighting.id, uid}).empty();
    unbind(work.tx(), {sighting.id, uid});
  }
  if (unmatched)
    work.tell(
        "A mailbox was renumbered upstream before its messages were known here: not every change was carried over.");
  for (const auto& [uid, there] : pairs) {
    const MessageRef ref{sighting.id, uid};
    bind(work.tx(), ref, there, Found::by_pull);
    measure(work.tx(), ref, sighting.candidates.metadata.at(there));
  }
  std::erase_if(sighting.candidates.fresh, [&](UpstreamUid uid) { return matching.used(uid); });
  return lost;
}

std::vector<Uid> not_there(const Sighting& sighting, const store::AccountState& state) {
  std::vector<Uid> gone;
  auto there = sighting.uids.begin();
  for (const auto& [uid, local] : sighting.known) {
    while (there != sighting.uids.end() && *there < uid) ++there;
    if (there != sighting.uids.end() && *there == uid) continue;
    const Message* row = state.find({sighting.id, local});
    if (row && row->upstream == uid) gone.push_back(local);
  }
  std::sort(gone.begin(), gone.end());
  return gone;
}

void number(Work& work, Sighting& sighting, UpstreamUid uid) {
  store::Transaction& tx = work.tx();
  Message row;
  row.upstream = uid;
  const MessageRef ref{sighting.id, tx.add_message(sighting.id, row)};
  const auto metadata = sighting.candidates.metadata.find(uid);
  if (metadata != sighting.candidates.metadata.end()) measure(tx, ref, metadata->second);
  const auto content = sighting.candidates.contents.find(uid);
  if (content == sighting.candidates.contents.end()) return;
  tx.attach(tx.state().find(ref)->content, content->second);
  edit(tx, ref, [](Message& message) { message.header = true; });
}

void apply_changes(Work& work, const Sighting& sighting) {
  for (const UidFlags& one : sighting.changed) {
    const auto at = std::lower_bound(sighting.known.begin(), sighting.known.end(), std::pair(one.uid, Uid{}));
    if (at == sighting.known.end() || at->first != one.uid) continue;
    const MessageRef ref{sighting.id, at->second};
    const Message* row = work.state().find(ref);
    if (row && row->upstream == one.uid && row->metadata) set_base(work.tx(), ref, one.flags);
  }
}

}  // namespace

void take_in(Work& work, Sighting& sighting) {
  store::Transaction& tx = work.tx();
  tx.next_tick();  // what is numbered now is younger than the start of this pull
  std::vector<Uid> lost;
  if (sighting.anew) lost = match_anew(work, sighting);
  {
    store::UpstreamMailbox& upstream = tx.edit(sighting.id)->upstream;
    if (upstream.uid_validity != sighting.select.uid_validity)  // its UIDs are other messages now
      std::erase_if(work.memory().refused, [&](const auto& one) { return one.first == sighting.id; });
    upstream.uid_validity = sighting.select.uid_validity;
    upstream.uid_next = sighting.select.uid_next;
    upstream.mailbox_id = sighting.select.mailbox_id;
    // In the same batch: else, after a crash, the next pull would ask for changes since another
    // mailbox's MODSEQ.
    if (sighting.anew) upstream.highest_modseq = 0;
  }
  const std::unordered_set<UpstreamUid> taken = settle(tx, sighting.id, sighting.candidates);
  if (!sighting.anew && sighting.credible) lost = not_there(sighting, tx.state());
  vanish(tx, work.memory(), sighting.id, lost);
  std::unordered_set<UpstreamUid> have;
  for (const auto& [uid, local] : bound_messages(*tx.state().find(sighting.id))) have.insert(uid);
  for (UpstreamUid uid : sighting.candidates.fresh)
    if (!taken.contains(uid) && !have.contains(uid)) number(work, sighting, uid);
  if (!sighting.anew) apply_changes(work, sighting);
  Mailbox* mailbox = tx.edit(sighting.id);
  mailbox->listed = true;
  work.memory().renumbered.erase(sighting.id);
  tx.next_tick();
}

}  // namespace satchel::sync
