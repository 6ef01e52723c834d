// Create, rename and delete of a mailbox; a mailbox made again. Never pipelined:
// LIST before, and LIST settles what is perhaps done.
#include "proxy/sync/bind.hpp"
#include "proxy/sync/change.hpp"
#include "proxy/sync/edit.hpp"
#include "proxy/sync/jobs.hpp"
#include "proxy/sync/list_job.hpp"
#include "proxy/sync/memory.hpp"
#include "proxy/sync/names.hpp"
#include "proxy/sync/pull.hpp"
#include "proxy/sync/verdict.hpp"

namespace satchel::sync {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;
using store::Operation;
using store::OperationId;
using store::OperationKind;
using store::OperationState;

namespace {

constexpr std::int64_t content_pause = 5;

void note_attempted(store::Transaction& tx, OperationId id) {
  edit(tx, id, [](Operation& row) { row.state = OperationState::attempted; });
}

bool another_rename(const store::AccountState& state, const Operation& operation) {
  bool another = false;
  state.journal.for_each([&](const Operation& other) {
    another |= other.kind == OperationKind::rename && other.mailbox == operation.mailbox && other.id != operation.id;
    return !another;
  });
  return another;
}

// The mailbox that upstream has under that name.
MailboxId known_as(const store::AccountState& state, const std::string& wire) {
  for (const auto& [id, mailbox] : state.mailboxes)
    if (mailbox->upstream.exists && mailbox->live() && mailbox->upstream.name == wire) return id;
  return {};
}

// The wanted name on the wire; where upstream meanwhile gave it away, ours takes a suffix, upstream too.
std::string wanted_name(Work& work, OperationId id, const Listed& listed) {
  store::Transaction& tx = work.tx();
  const Operation operation = *tx.state().journal.find(id);
  const char ours = tx.state().delimiter;
  const auto wire = [&](const std::string& name) { return wire_name(name, work.abilities(), ours); };
  const std::string now = tx.state().find(operation.mailbox)->upstream.name;
  const auto taken = [&](const std::string& name) {
    const auto there = listed.find(wire(name));
    return there != listed.end() && wire(name) != now && there->second.selectable;
  };
  if (!taken(operation.name)) return wire(operation.name);
  const Mailbox* mailbox = tx.state().find(operation.mailbox);
  const bool shown = !mailbox->deleted_here && !another_rename(tx.state(), operation);
  // The other one bears a suffix here because ours had the name: from now on it is shown as upstream names it.
  const MailboxId other =
      shown && mailbox->name == operation.name ? known_as(tx.state(), wire(operation.name)) : MailboxId();
  const std::string lent = other ? tx.state().find(other)->name : std::string();
  const auto free = [&](const std::string& name) {
    return (other && name == lent) || free_name(tx.state(), name, operation.mailbox) == name;
  };
  std::string name = operation.name;
  while (taken(name) || !free(name)) name += '~';
  edit(tx, id, [&](Operation& row) { row.name = name; });
  if (other) tx.edit(other)->name = operation.name;
  if (shown) tx.edit(operation.mailbox)->name = name;
  return wire(name);
}

Steps<> create(Work& work, OperationId id, std::string name) {
  CreateAsk question{std::move(name), work.state().journal.find(id)->special_use};
  note_attempted(work.tx(), id);
  work.carry({id});
  PlainAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  work.list_again();  // LIST settles it
  if (answer.outcome.ok() || answer.outcome.code == "ALREADYEXISTS") co_return;
  refuse(work.tx(), id, answer.outcome);
}

// What lies below a renamed mailbox went with it (RFC 3501 section 6.3.5).
void rename_below(Work& work, const std::string& from, const std::string& to) {
  const char delimiter = work.abilities().delimiter;
  if (!delimiter) return;
  std::vector<std::pair<MailboxId, std::string>> moved;
  for (const auto& [id, mailbox] : work.state().mailboxes)
    if (mailbox->upstream.exists && !mailbox->retired && mailbox->upstream.name.starts_with(from + delimiter))
      moved.emplace_back(id, to + mailbox->upstream.name.substr(from.size()));
  for (const auto& [id, name] : moved) work.tx().edit(id)->upstream.name = name;
}

Steps<> rename(Work& work, OperationId id, std::string to) {
  const MailboxId mailbox = work.state().journal.find(id)->mailbox;
  const std::string from = work.state().find(mailbox)->upstream.name;
  if (from == to) co_return finish(work.tx(), id);
  RenameAsk question{from, to};
  note_attempted(work.tx(), id);
  work.carry({id});
  PlainAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  if (!answer.outcome.ok()) {
    work.list_again();
    refuse(work.tx(), id, answer.outcome);
    co_return;
  }
  work.tx().edit(mailbox)->upstream.name = to;
  rename_below(work, from, to);
  finish(work.tx(), id);
  work.list_again();  // some servers take subscriptions along
}

Steps<> remove(Work& work, OperationId id) {
  const MailboxId mailbox = work.state().journal.find(id)->mailbox;
  if (!co_await pull(work, mailbox)) co_return postpone(work.tx(), id);
  if (!find(work.state(), id)) co_return;
  if (work.state().find(mailbox)->exists > 0) {
    work.tell("A mailbox that was deleted here has new mail upstream: it was not deleted.");
    const std::string& there = work.state().find(mailbox)->upstream.name;
    undelete(work.tx(), id, local_name(there, work.abilities().delimiter, work.abilities(), work.state().delimiter));
    co_return;
  }
  if (contents_missing(work.state(), mailbox)) {  // the plan waits for them (waits_for_contents)
    const std::int64_t later = work.tx().now() + content_pause;
    edit(work.tx(), id, [&](Operation& row) { row.not_before = later; });
    co_return;
  }
  DeleteAsk question{work.state().find(mailbox)->upstream.name};
  note_attempted(work.tx(), id);
  work.carry({id});
  PlainAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  if (answer.outcome.ok()) {
    finish_delete(work.tx(), id);
    space_was_freed(work.tx());
    // Mailboxes below it keep its name alive (RFC 3501 section 6.3.4).
    work.list_again();
    co_return;
  }
  work.list_again();
  refuse(work.tx(), id, answer.outcome);
}

}  // namespace

void undelete(store::Transaction& tx, OperationId id, std::string wanted) {
  const Operation operation = *tx.state().journal.find(id);
  const MailboxId mailbox = operation.mailbox;
  std::string name = free_name(tx.state(), std::move(wanted), mailbox);
  {
    Mailbox* row = tx.edit(mailbox);
    row->deleted_here = false;
    row->name = std::move(name);
  }
  finish(tx, id);
  std::vector<Message> hidden;
  tx.state().find(mailbox)->messages.for_each([&](const Message& row) {
    if (row.hidden_by == id) hidden.push_back(row);
  });
  for (Message& row : hidden) {
    const MessageRef old{mailbox, row.uid};
    const bool pending = addition_of(tx.state(), old) != nullptr;
    if (!row.upstream && !pending) {  // it was held when the mailbox was deleted here: kept as rescued
      edit(tx, old, [](Message& message) { message.hidden_by = {}; });
      gone_for_good(tx, old);
      continue;
    }
    row.hidden_by = {};
    const MessageRef fresh{mailbox, tx.add_message(mailbox, row)};  // before the old one lets go of the content
    tx.erase_message(old);
    for (OperationId other : operations_on(tx.state(), old))
      edit(tx, other, [&](Operation& one) {
        if (one.source == old) one.source = fresh;
        if (one.target == old) one.target = fresh;
      });
    tx.refresh_flags(fresh);
  }
}

Steps<> change_job(Work& work, OperationId id) {
  const std::optional<Listed> listed = co_await list_and_take_in(work);
  const Operation* operation = find(work.state(), id);
  if (!operation) co_return;
  if (!listed) co_return postpone(work.tx(), id);
  const OperationKind kind = operation->kind;
  const Mailbox* mailbox = work.state().find(operation->mailbox);
  const bool exists = mailbox->upstream.exists;
  if (mailbox->retired) co_return finish(work.tx(), id);
  if (kind == OperationKind::create) {
    if (exists) co_return finish(work.tx(), id);
    std::string name = wanted_name(work, id, *listed);
    co_await create(work, id, std::move(name));
  } else if (kind == OperationKind::rename) {
    if (!exists) {  // deleted upstream: nothing to rename
      const MailboxId gone = operation->mailbox;
      finish(work.tx(), id);
      maybe_retire(work.tx(), gone);
      co_return;
    }
    std::string name = wanted_name(work, id, *listed);
    co_await rename(work, id, std::move(name));
  } else if (!exists) {
    finish_delete(work.tx(), id);
  } else {
    co_await remove(work, id);
  }
}

namespace {

std::vector<OperationId> additions_to(const store::AccountState& state, MailboxId id) {
  std::vector<OperationId> additions;
  state.journal.for_each([&](const Operation& operation) {
    const bool waits = !operation.parked() && operation.adds() && !operation.copied;
    if (waits && operation.target.mailbox == id) additions.push_back(operation.id);
    return true;
  });
  return additions;
}

// The mailbox is gone upstream and is not made again: neither goes up what was added to it. What is perhaps done stays
// so.
void refuse_additions(store::Transaction& tx, MailboxId id, const Outcome& outcome) {
  for (OperationId one : additions_to(tx.state(), id)) {
    const bool attempted = tx.state().journal.find(one)->state == OperationState::attempted;
    refuse(tx, one, outcome);
    edit(tx, one, [attempted](Operation& row) {
      if (attempted) row.state = row.parked() ? OperationState::parked_perhaps : OperationState::attempted;
      if (row.parked()) row.why = "its mailbox is gone upstream and cannot be made there again: " + row.why;
    });
  }
}

}  // namespace

Steps<> recreate_job(Work& work, MailboxId id) {
  const std::optional<Listed> listed = co_await list_and_take_in(work);
  const Mailbox* mailbox = work.state().find(id);
  if (!listed || !mailbox || mailbox->upstream.exists || mailbox->retired) co_return;
  const char ours = work.state().delimiter;
  std::string name = mailbox->name;
  while (listed->contains(wire_name(name, work.abilities(), ours)) || free_name(work.state(), name, id) != name)
    name += '~';
  if (name != mailbox->name) work.tx().edit(id)->name = name;
  CreateAsk question{wire_name(name, work.abilities(), ours)};
  work.carry(additions_to(work.state(), id));
  PlainAnswer answer = co_await work.ask(std::move(question));
  work.carry({});
  work.list_again();
  if (!answer.outcome.ok()) {
    work.memory().unopenable[id] = work.tx().now() + 60;
    refuse_additions(work.tx(), id, answer.outcome);
    co_return;
  }
  // Deleted here meanwhile or not, it is this one: it is not shown as another that somebody made.
  const Mailbox* made = work.state().find(id);
  if (made && !made->retired && !made->upstream.exists)
    is_there(work, id, wire_name(name, work.abilities(), ours), work.abilities().delimiter);
}

}  // namespace satchel::sync
