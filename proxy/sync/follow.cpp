#include "proxy/sync/follow.hpp"

#include <algorithm>
#include <set>

#include "proxy/sync/edit.hpp"
#include "proxy/sync/names.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::Operation;
using store::OperationKind;
using store::OperationState;

namespace {

constexpr std::size_t headers_compared = 50;

// What is known of a name that no local mailbox bears.
struct Stranger {
  std::string name;
  bool looked = false;
  bool opens = false;
  SelectAnswer select;
  std::string mailbox_id;
};

Steps<> look_at(Work& work, const Listed& listed, Stranger& stranger) {
  if (stranger.looked) co_return;
  stranger.looked = true;
  if (!listed.at(stranger.name).selectable) co_return;
  SelectAsk question{stranger.name};
  stranger.select = co_await work.ask(std::move(question));
  stranger.opens = stranger.select.outcome.ok();
  stranger.mailbox_id = stranger.select.mailbox_id;
}

bool binds_nothing(const Mailbox& mailbox) {
  bool none = true;
  mailbox.messages.for_each([&](const Message& row) {
    none = !row.upstream;
    return none;
  });
  return none;
}

bool binds_nothing_visible(const Mailbox& mailbox) {
  bool none = true;
  mailbox.messages.for_each([&](const Message& row) {
    none = !row.upstream || !row.visible();
    return none;
  });
  return none;
}

// What is known of a message, to be compared with what bears its UID in another mailbox.
struct Known {
  UpstreamUid uid;
  store::Identity identity;
  // Our own append that was never looked at may be altered; of what was only measured there is no header.
  enum class How : std::uint8_t { whole, sent, measured } how = How::whole;

  bool is(const store::Identity& seen) const {
    if (how == How::whole) return seen == identity;
    if (seen.date != identity.date) return false;
    return how == How::sent ? seen.message_id == identity.message_id : seen.size == identity.size;
  }
};

// A sample of what we know of the mailbox, spread over it. What is to be removed may be gone: only where there is
// nothing else.
std::vector<Known> sample(const Mailbox& mailbox) {
  std::vector<Known> all;
  const bool hidden_too = binds_nothing_visible(mailbox);
  mailbox.messages.for_each([&](const Message& row) {
    if (!row.upstream || (!hidden_too && !row.visible())) return;
    if (row.there.known())
      all.push_back({row.upstream, row.there, Known::How::whole});
    else if (row.own && row.here.known())
      all.push_back({row.upstream, row.here, Known::How::sent});
    else if (row.there.date || row.there.size)
      all.push_back({row.upstream, row.there, Known::How::measured});
  });
  std::sort(all.begin(), all.end(), [](const Known& a, const Known& b) { return a.uid < b.uid; });
  if (all.size() <= headers_compared) return all;
  std::vector<Known> some;
  for (std::size_t i = 0; i < headers_compared; ++i) some.push_back(all[i * all.size() / headers_compared]);
  return some;
}

bool rename_is_pending(const store::AccountState& state, const Abilities& abilities, MailboxId id,
                       const std::string& name) {
  bool pending = false;
  state.journal.for_each([&](const Operation& operation) {
    pending |= operation.kind == OperationKind::rename && operation.mailbox == id &&
               wire_name(operation.name, abilities, state.delimiter) == name;
    return !pending;
  });
  return pending;
}

// The mailbox `id`, once known under another name?
Steps<bool> is_the_same(Work& work, MailboxId id, Stranger& stranger) {
  const Mailbox& mailbox = *work.state().find(id);
  const store::UpstreamMailbox known = mailbox.upstream;
  if (!stranger.opens) co_return false;
  if (!known.mailbox_id.empty() && !stranger.mailbox_id.empty()) co_return known.mailbox_id == stranger.mailbox_id;
  // A rename to a name that was in use before may come with a new UIDVALIDITY (RFC 3501 section 2.3.1.1).
  const bool pending = rename_is_pending(work.state(), work.abilities(), id, stranger.name);
  const bool renumbered = stranger.select.uid_validity != known.uid_validity;
  if (!known.uid_validity) co_return (pending && binds_nothing(mailbox));  // never opened
  if (renumbered && !pending) co_return false;
  const bool weak = work.abilities().weak_uid_validity || known.uid_validity == 1 || renumbered;
  if (binds_nothing_visible(mailbox) && stranger.select.exists == 0 && (!weak || pending)) co_return true;
  if (!weak && stranger.select.uid_next < known.uid_next) co_return false;
  const auto ours = sample(mailbox);
  if (ours.empty()) co_return !weak && binds_nothing(mailbox);  // what was never looked at proves nothing
  std::size_t same = 0;
  bool contradicts = false;
  MetadataAsk question{At{stranger.name, stranger.select.uid_validity}, {}, Depth::headers};
  for (const Known& one : ours) question.uids.push_back(one.uid);
  MetadataAnswer answer = co_await work.ask(std::move(question));
  if (!answer.outcome.ok()) co_return false;
  for (const Metadata& one : answer.messages) {
    const auto at =
        std::lower_bound(ours.begin(), ours.end(), one.uid, [](const Known& a, UpstreamUid b) { return a.uid < b; });
    if (at == ours.end() || at->uid != one.uid) continue;
    if (at->is(one.identity))
      ++same;
    else
      contradicts = true;
  }
  // What was expunged there contradicts nothing, where we asked for that very rename.
  if (pending) co_return !contradicts && same > 0;
  if (weak) co_return same > 0 && same * 2 > ours.size();
  co_return !contradicts && same * 2 >= ours.size();
}

// A server that leaves a mailbox out of LIST: a second, independent question before it is hidden.
Steps<> confirm_missing(Work& work, Listed& listed, Followed& followed) {
  std::vector<MailboxId> still;
  for (MailboxId id : followed.missing) {
    const std::string name = work.state().find(id)->upstream.name;
    if (followed.renamed.contains(id) || listed.contains(name)) {
      still.push_back(id);
      continue;
    }
    if (work.state().find(id)->upstream.selectable) {
      StatusAsk question{name};
      StatusAnswer answer = co_await work.ask(std::move(question));
      if (answer.outcome.ok()) {
        listed[name].name = name;
        work.tell("This server left mailboxes that are there out of its list: what is not in it is asked for by name.");
        continue;
      }
    }
    still.push_back(id);
  }
  followed.missing = std::move(still);
}

// Our own rename may have been done although the old name is there: somebody took it anew since.
Steps<> find_own_renames(Work& work, const Listed& listed, std::set<std::string>& claimed, std::set<std::string>& taken,
                         Followed& followed) {
  std::vector<std::pair<MailboxId, std::string>> perhaps;
  work.state().journal.for_each([&](const Operation& operation) {
    const bool attempted = operation.kind == OperationKind::rename && operation.state == OperationState::attempted;
    const Mailbox* mailbox = attempted ? work.state().find(operation.mailbox) : nullptr;
    if (!mailbox || !claimed.contains(mailbox->upstream.name)) return true;
    std::string name = wire_name(operation.name, work.abilities(), work.state().delimiter);
    if (listed.contains(name) && !claimed.contains(name)) perhaps.emplace_back(mailbox->id, std::move(name));
    return true;
  });
  for (const auto& [id, name] : perhaps) {
    if (taken.contains(name) || followed.renamed.contains(id)) continue;
    if (binds_nothing(*work.state().find(id))) continue;  // nothing would tell it from another
    Stranger here;
    here.name = work.state().find(id)->upstream.name;
    co_await look_at(work, listed, here);
    if (!here.opens || here.select.uid_validity == work.state().find(id)->upstream.uid_validity) continue;
    Stranger stranger;
    stranger.name = name;
    co_await look_at(work, listed, stranger);
    const store::UpstreamMailbox& known = work.state().find(id)->upstream;
    if (!stranger.opens || stranger.select.uid_validity != known.uid_validity) continue;
    const bool same = co_await is_the_same(work, id, stranger);
    if (!same) continue;
    claimed.erase(work.state().find(id)->upstream.name);
    claimed.insert(name);
    taken.insert(name);
    followed.missing.push_back(id);
    followed.renamed[id] = name;
  }
}

}  // namespace

Steps<bool> follow(Work& work, Listed& listed, Followed& followed) {
  std::set<std::string> claimed;
  for (const auto& [id, mailbox] : work.state().mailboxes) {
    const store::UpstreamMailbox& upstream = mailbox->upstream;
    if (!upstream.exists || mailbox->retired) continue;
    const auto there = listed.find(upstream.name);
    const bool other = there != listed.end() && there->second.status && !there->second.status->mailbox_id.empty() &&
                       !upstream.mailbox_id.empty() && there->second.status->mailbox_id != upstream.mailbox_id;
    if (there != listed.end() && !other)
      claimed.insert(upstream.name);
    else
      followed.missing.push_back(id);
  }
  std::set<std::string> taken;
  co_await find_own_renames(work, listed, claimed, taken, followed);
  if (followed.missing.empty()) co_return true;
  std::vector<Stranger> strangers;
  for (const auto& [name, there] : listed)
    if (!claimed.contains(name)) {
      Stranger one;
      one.name = name;
      strangers.push_back(std::move(one));
    }
  for (MailboxId id : followed.missing) {
    if (followed.renamed.contains(id)) continue;
    // Under its own name, with another MAILBOXID: it may have moved away, or been replaced.
    for (Stranger& stranger : strangers) {
      if (taken.contains(stranger.name)) continue;
      co_await look_at(work, listed, stranger);
      const bool by_id = !stranger.mailbox_id.empty() && !work.state().find(id)->upstream.mailbox_id.empty();
      if (!by_id && listed.contains(work.state().find(id)->upstream.name)) continue;
      if (!co_await is_the_same(work, id, stranger)) continue;
      followed.renamed[id] = stranger.name;
      taken.insert(stranger.name);
      break;
    }
  }
  co_await confirm_missing(work, listed, followed);
  co_return true;
}

}  // namespace satchel::sync
