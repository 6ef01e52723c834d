#include "proxy/sync/list_job.hpp"

#include <algorithm>
#include <set>

#include "proxy/sync/belief.hpp"
#include "proxy/sync/bind.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/follow.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/memory.hpp"
#include "proxy/sync/names.hpp"
#include "proxy/sync/vanish.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::Operation;
using store::OperationId;
using store::OperationKind;

namespace {

constexpr int most_lists = 4;

Listed by_name(std::vector<ListedMailbox> mailboxes) {
  Listed listed;
  for (ListedMailbox& one : mailboxes) {
    one.name = canonical(one.name);
    listed[one.name] = std::move(one);
  }
  if (!listed.contains("INBOX")) listed["INBOX"].name = "INBOX";  // always there (RFC 3501 section 5.1)
  return listed;
}

// A LIST without the one that is always there is asked for again.
bool names_inbox(const ListAnswer& answer) {
  return std::any_of(answer.mailboxes.begin(), answer.mailboxes.end(),
                     [](const ListedMailbox& one) { return canonical(one.name) == "INBOX"; });
}

std::vector<OperationId> operations_of(const store::AccountState& state, MailboxId id, OperationKind kind) {
  std::vector<OperationId> found;
  state.journal.for_each([&](const Operation& operation) {
    if (operation.kind == kind && operation.mailbox == id) found.push_back(operation.id);
    return true;
  });
  return found;
}

// One batch: what became of the mailboxes that LIST did not give under their name.
void take_in_missing(Work& work, const Listed& listed, const Followed& followed) {
  store::Transaction& tx = work.tx();
  const char ours = tx.state().delimiter;
  std::set<std::string> taken_over;  // names that another mailbox of ours bears now
  for (const auto& [id, name] : followed.renamed) taken_over.insert(name);
  for (MailboxId id : followed.missing) {
    const std::string known_as = tx.state().find(id)->upstream.name;
    const auto renamed = followed.renamed.find(id);
    if (renamed != followed.renamed.end()) {
      const ListedMailbox& now = listed.at(renamed->second);
      tx.edit(id)->upstream.name = now.name;
      const std::string name = local_name(now.name, now.delimiter, work.abilities(), ours);
      const std::vector<OperationId> renames = operations_of(tx.state(), id, OperationKind::rename);
      if (!renames.empty()) {
        const Operation first = *tx.state().journal.find(renames.front());
        if (wire_name(first.name, work.abilities(), ours) == now.name)
          finish(tx, first.id);
        else  // so it is called again where the user gives his own rename up
          edit(tx, first.id, [&](Operation& row) { row.old_name = name; });
        continue;
      }
      if (!tx.state().find(id)->deleted_here) tx.edit(id)->name = free_name(tx.state(), name, id);
      // The same where he gives the deletion up.
      for (OperationId operation : operations_of(tx.state(), id, OperationKind::delete_mailbox))
        edit(tx, operation, [&](Operation& row) { row.name = name; });
    } else if (!listed.contains(known_as) || taken_over.contains(known_as)) {
      {
        store::UpstreamMailbox& upstream = tx.edit(id)->upstream;
        upstream.exists = false;
        upstream.uid_validity = 0;
        upstream.mailbox_id.clear();
        upstream.highest_modseq = 0;
      }
      for (OperationId operation : operations_of(tx.state(), id, OperationKind::delete_mailbox))
        finish_delete(tx, operation);
      vanish_mailbox(tx, work.memory(), id);
    }
    // else: replaced by another of that name; its pull matches anew
  }
}

// Which local mailbox a name of upstream's is for: one that waits for it, else a new one. Upstream may have very many:
// what is here is looked at once.
class Claims {
 public:
  explicit Claims(Work& work) : work_(work), in_use_(work.state()) {
    work.state().journal.for_each([&](const Operation& operation) {
      if (operation.kind == OperationKind::create) creating_[operation.name].push_back(operation.mailbox);
      return true;
    });
    for (const auto& [id, mailbox] : work.state().mailboxes)
      if (waits(*mailbox) && !mailbox->deleted_here) waiting_[mailbox->name].push_back(id);
  }

  MailboxId claim(const ListedMailbox& there) {
    const std::string name = local_name(there.name, there.delimiter, work_.abilities(), work_.tx().state().delimiter);
    for (const auto* known : {&creating_, &waiting_}) {  // the oldest pending create of that name first
      const auto found = known->find(name);
      if (found == known->end()) continue;
      for (const MailboxId id : found->second) {
        const Mailbox* mailbox = work_.tx().state().find(id);
        if (mailbox && waits(*mailbox)) return id;
      }
    }
    return work_.tx().make_mailbox(in_use_.take(name));
  }

 private:
  static bool waits(const Mailbox& mailbox) { return !mailbox.upstream.exists && !mailbox.retired; }

  Work& work_;
  NamesInUse in_use_;
  std::map<std::string, std::vector<MailboxId>> creating_;  // by name, in the order of the journal
  std::map<std::string, std::vector<MailboxId>> waiting_;   // by name: not upstream, not deleted here
};

// A name without a mailbox behind it that a create of ours is about to fill.
bool create_will_fill(Work& work, const ListedMailbox& there) {
  if (there.selectable) return false;
  const char ours = work.state().delimiter;
  const std::string name = local_name(there.name, there.delimiter, work.abilities(), ours);
  bool will = false;
  work.state().journal.for_each([&](const Operation& operation) {
    will |= operation.kind == OperationKind::create && operation.name == name &&
            operation.state == store::OperationState::waiting;
    return !will;
  });
  return will;
}

void take_in_new(Work& work, const Listed& listed) {
  store::Transaction& tx = work.tx();
  std::set<std::string> known;
  for (const auto& [id, mailbox] : tx.state().mailboxes)
    if (mailbox->upstream.exists && !mailbox->retired) known.insert(mailbox->upstream.name);
  // INBOX first, so that nothing else takes its name.
  std::vector<const ListedMailbox*> fresh;
  for (const auto& [name, there] : listed)
    if (!known.contains(name) && !create_will_fill(work, there)) fresh.push_back(&there);
  std::stable_partition(fresh.begin(), fresh.end(), [](const ListedMailbox* one) { return one->name == "INBOX"; });
  Claims claims(work);
  for (const ListedMailbox* there : fresh) {
    const MailboxId id = claims.claim(*there);
    is_there(work, id, there->name, there->delimiter);
  }
}

void take_in_marks(Work& work, const Listed& listed) {
  store::Transaction& tx = work.tx();
  std::vector<std::pair<MailboxId, const ListedMailbox*>> changes;
  for (const auto& [id, mailbox] : tx.state().mailboxes) {
    if (!mailbox->upstream.exists || mailbox->retired) continue;
    const auto there = listed.find(mailbox->upstream.name);
    if (there == listed.end()) continue;
    const ListedMailbox& now = there->second;
    const bool special = now.special_use != mailbox->special_use &&
                         (now.special_use != store::SpecialUse::none || work.abilities().special_use);
    if (special || now.selectable != mailbox->upstream.selectable || (!now.selectable && !mailbox->listed))
      changes.emplace_back(id, &now);
  }
  for (const auto& [id, now] : changes) {
    Mailbox* mailbox = tx.edit(id);
    if (now->special_use != store::SpecialUse::none || work.abilities().special_use)
      mailbox->special_use = now->special_use;
    mailbox->upstream.selectable = now->selectable;
    if (!now->selectable) mailbox->listed = true;
  }
}

bool all_measured(const Mailbox& mailbox, std::uint32_t& bound) {
  bool measured = true;
  mailbox.messages.for_each([&](const Message& row) {
    bound += row.upstream ? 1 : 0;
    measured = measured && (!row.upstream || row.metadata);
  });
  return measured;
}

// STATUS that says nothing changed is as good as a pull; one that says otherwise asks for it.
void take_in_status(Work& work, const Listed& listed, store::Tick started) {
  std::vector<MailboxId> same;
  for (const auto& [id, mailbox] : work.state().mailboxes) {
    const store::UpstreamMailbox& upstream = mailbox->upstream;
    if (!upstream.exists || mailbox->retired) continue;
    const auto there = listed.find(upstream.name);
    if (there == listed.end()) continue;
    if (!there->second.status) {
      // The others' was told: this one, which is open, has to be looked at.
      if (work.abilities().list_status && upstream.selectable) work.pull_again(id);
      continue;
    }
    const StatusFigures& now = *there->second.status;
    std::uint32_t bound = 0;
    const bool unchanged =
        upstream.pull_started && may_ask(work, Means::condstore) && now.highest_modseq &&
        now.highest_modseq == upstream.highest_modseq && now.uid_validity == upstream.uid_validity &&
        now.uid_next == upstream.uid_next &&
        (now.mailbox_id.empty() || upstream.mailbox_id.empty() || now.mailbox_id == upstream.mailbox_id) &&
        all_measured(*mailbox, bound) && bound == now.messages;
    if (unchanged)
      same.push_back(id);
    else
      work.pull_again(id);
  }
  for (MailboxId id : same) {
    store::UpstreamMailbox& upstream = work.tx().edit(id)->upstream;
    upstream.previous_pull_started = upstream.pull_started;
    upstream.pull_started = started;
    work.memory().unchanged.insert(id);
  }
}

char most_used_delimiter(const Listed& listed) {
  std::map<char, std::size_t> names;
  for (const auto& [name, there] : listed)
    if (there.delimiter) ++names[there.delimiter];
  const auto most = std::max_element(names.begin(), names.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  return most == names.end() ? '/' : most->first;
}

// What upstream says of its personal names; where it says nothing, what INBOX has, else most names: each may have its
// own (RFC 3501 section 7.2.2).
void fix_delimiter(Work& work, const Listed& listed) {
  if (work.state().listed) return;
  char delimiter = work.abilities().delimiter;
  if (!delimiter) delimiter = listed.at("INBOX").delimiter;
  work.tx().set_delimiter(delimiter ? delimiter : most_used_delimiter(listed));
}

}  // namespace

std::map<store::MailboxId, std::string> names_at(const store::AccountState& state, std::uint64_t order) {
  std::map<store::MailboxId, std::string> names;
  state.journal.for_each([&](const Operation& operation) {
    if (!operation.on_mailbox() || operation.order <= order) return true;
    const bool renames = operation.kind == OperationKind::rename;
    const bool deletes = operation.kind == OperationKind::delete_mailbox;
    names.try_emplace(operation.mailbox, renames ? operation.old_name : deletes ? operation.name : "");
    return true;
  });
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->live()) names.try_emplace(id, mailbox->name);
  return names;
}

void is_there(Work& work, MailboxId id, const std::string& wire, char delimiter) {
  store::Transaction& tx = work.tx();
  Mailbox* mailbox = tx.edit(id);
  mailbox->upstream = store::UpstreamMailbox{};
  mailbox->upstream.name = wire;
  mailbox->upstream.exists = true;
  const bool filled_here = mailbox->messages.size() > 0;
  const std::vector<OperationId> creates = operations_of(tx.state(), id, OperationKind::create);
  // Made here, or shown all along: it never goes back to "not listed yet".
  if (creates.empty() && !filled_here) tx.edit(id)->listed = false;
  for (OperationId operation : creates) finish(tx, operation);
  // Made (again) under the name that it has here: no rename is left to be done.
  if (tx.state().find(id)->name == local_name(wire, delimiter, work.abilities(), tx.state().delimiter))
    for (OperationId operation : operations_of(tx.state(), id, OperationKind::rename)) finish(tx, operation);
  work.pull_again(id);
}

void refresh_subscription(store::Transaction& tx, const std::string& name, std::optional<store::Subscription> base) {
  const auto known = tx.state().subscriptions.find(name);
  store::Subscription now = base                                      ? *base
                            : known == tx.state().subscriptions.end() ? store::Subscription{}
                                                                      : known->second;
  now.effective = now.base;
  tx.state().journal.for_each([&](const Operation& operation) {
    if (operation.name != name) return true;
    if (operation.kind == OperationKind::subscribe) now.effective = true;
    if (operation.kind == OperationKind::unsubscribe) now.effective = false;
    return true;
  });
  const bool same = known != tx.state().subscriptions.end() && known->second.base == now.base &&
                    known->second.effective == now.effective;
  if (!same) tx.put_subscription(name, now);
}

void take_in_subscriptions(Work& work, const ListAnswer& answer) {
  store::Transaction& tx = work.tx();
  // A mailbox that clients know under another name, not by a rename to come, is subscribed under that one.
  std::map<std::string, std::string> shown;
  for (const auto& [id, name] : names_at(tx.state(), 0)) {
    const store::Mailbox* mailbox = tx.state().find(id);
    if (mailbox && mailbox->upstream.exists && !name.empty()) shown[mailbox->upstream.name] = name;
  }
  std::set<std::string> subscribed;
  for (const std::string& wire : answer.subscribed) {
    const auto known = shown.find(canonical(wire));
    subscribed.insert(known != shown.end()
                          ? known->second
                          : local_name(wire, work.abilities().delimiter, work.abilities(), tx.state().delimiter));
  }
  std::set<std::string> changed;
  for (const std::string& name : subscribed) {
    const auto known = tx.state().subscriptions.find(name);
    if (known == tx.state().subscriptions.end() || !known->second.base) changed.insert(name);
  }
  for (const auto& [name, subscription] : tx.state().subscriptions)
    if (subscription.base && !subscribed.contains(name)) changed.insert(name);
  // What was refused, and is as it should be now all the same.
  std::vector<OperationId> over;
  tx.state().journal.for_each([&](const Operation& operation) {
    const bool unsubscribes = operation.kind == OperationKind::unsubscribe && operation.parked();
    if (unsubscribes && !subscribed.contains(operation.name)) over.push_back(operation.id);
    return true;
  });
  for (OperationId id : over) {
    changed.insert(tx.state().journal.find(id)->name);
    finish(tx, id);
  }
  for (const std::string& name : changed)
    refresh_subscription(tx, name, store::Subscription{subscribed.contains(name), false});
}

Steps<std::optional<Listed>> list_and_take_in(Work& work) {
  const store::Tick started = work.tx().next_tick();
  ListAnswer answer;
  for (int tries = 0; tries < most_lists; ++tries) {
    ListAsk question;
    answer = co_await work.ask(std::move(question));
    if (!answer.outcome.ok() || names_inbox(answer)) break;
  }
  if (!answer.outcome.ok() && answer.outcome.kind != Outcome::Kind::lost)
    work.tell("The server's mailboxes cannot be listed: " + answer.outcome.text);
  if (!answer.outcome.ok()) co_return std::nullopt;
  Listed listed = by_name(std::move(answer.mailboxes));
  Followed followed;
  if (!co_await follow(work, listed, followed)) co_return std::nullopt;
  // --- one batch from here
  fix_delimiter(work, listed);
  take_in_missing(work, listed, followed);
  take_in_new(work, listed);
  take_in_marks(work, listed);
  take_in_subscriptions(work, answer);
  take_in_status(work, listed, started);
  work.tx().set_list_started(started);
  resolve_held(work.tx(), work.memory());
  work.memory().list_not_before = 0;
  if (!work.state().listed) work.tx().set_listed();
  co_return std::optional<Listed>(std::move(listed));
}

Steps<> list_job(Work& work) {
  const std::optional<Listed> listed = co_await list_and_take_in(work);
  if (!listed) work.memory().list_not_before = work.tx().now() + 10;
}

}  // namespace satchel::sync
