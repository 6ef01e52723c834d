"""The mutations that were written by hand: what each breaks, and where. MUTANT in a fault stands for: this one is on."""

from dataclasses import dataclass

KINDS = ("qresync", "condstore", "plain", "uid_next_early")
ALL_KINDS = KINDS + ("gmail_like", "exchange_like", "throttling", "vanishes_what_exists", "modseq_goes_back", "empty_list",
                     "uid_validity_flaps", "expunge_for_another")


@dataclass(frozen=True)
class Mutation:
    name: str
    path: str
    text: str  # stands once in the file
    fault: str
    kinds: tuple = KINDS  # of servers; they take turns over the seeds


def left_out(name: str, path: str, text: str, kinds: tuple = KINDS) -> Mutation:
    """A statement that is not carried out."""
    return Mutation(name, path, text, f"if (!MUTANT) {text}", kinds)


PUSHED = [
    left_out("the attempted mark is dropped", "proxy/sync/push_append.cpp", "row.state = OperationState::attempted;"),
    left_out("a copy or move is not marked as attempted", "proxy/sync/transfer_job.cpp",
             "note_attempt(work.tx(), one.operation);"),
    Mutation("a start makes nothing perhaps done", "proxy/sync/restart.cpp",
             "for (store::OperationId id : perhaps)", "if (!MUTANT) for (store::OperationId id : perhaps)"),
    left_out("what perhaps is done is sent again at once", "proxy/sync/settle.cpp",
             "if (operation.not_before == 0 || not_yet(operation.not_before, tx_.now())) return;"),
    left_out("what upstream said OK to is sent again", "proxy/sync/settle.cpp",
             "if (operation.surely) return done_and_gone(operation);"),
    left_out("an OK without a UID leaves no mark", "proxy/sync/push_append.cpp",
             "edit(work.tx(), operation, [](Operation& one) { one.surely = true; });", ("plain",)),
    Mutation("a message may be adopted twice", "proxy/sync/settle.cpp",
             "if (taken_.contains(uid) || !agree_weakly", "if ((taken_.contains(uid) && !MUTANT) || !agree_weakly"),
    left_out("the flag merge forgets what was added", "proxy/sync/push_flags.cpp", "base.add(kept);"),
    left_out("the flag merge forgets what was removed", "proxy/sync/push_flags.cpp", "base.remove(flags);"),
    left_out("the last act on a flag does not win", "proxy/sync/push_flags.cpp", "one.remove.remove(operation->add);"),
    Mutation("a move ends with its copy", "proxy/sync/bind.cpp",
             "if (operation.kind != OperationKind::move) return finish(tx, id);",
             "if (MUTANT || operation.kind != OperationKind::move) return finish(tx, id);"),
    Mutation("an expunge is told as done before it is asked", "proxy/sync/push_removal.cpp",
             "if (row && row->upstream) {", "if (row && row->upstream && !(MUTANT && row->own)) {"),
    Mutation("others that bear \\Deleted go with an expunge", "proxy/sync/push_removal.cpp",
             "if (!one.flags.has(SystemFlag::deleted) || ours.contains(one.uid)) continue;",
             "if (MUTANT || !one.flags.has(SystemFlag::deleted) || ours.contains(one.uid)) continue;", ("plain",)),
    left_out("a copy bears the flags of when it was asked for", "proxy/sync/transfer_job.cpp",
             "if (known.metadata) set_base(tx, operation.target, flags);"),
    left_out("what a colleague moved is not looked for", "proxy/sync/transfer_job.cpp",
             "if (answer == Arrivals::Answer::found) return follow_colleague(tx, operation, where);"),
    left_out("operations on one message do not wait for each other", "proxy/sync/order.cpp",
             "if (!free_on_message(operation, operation.source)) return false;"),
    Mutation("a mailbox is deleted with what came meanwhile", "proxy/sync/change_job.cpp",
             "if (work.state().find(mailbox)->exists > 0) {", "if (!MUTANT && work.state().find(mailbox)->exists > 0) {"),
]

PULLED = [
    Mutation("MODSEQ is stored before the data", "proxy/sync/pull.cpp",
             "  if (!co_await see_uids(work, sighting)) co_return Pulled::no;\n",
             "  if (MUTANT) work.tx().edit(id)->upstream.highest_modseq = sighting.select.highest_modseq;\n"
             "  if (!co_await see_uids(work, sighting)) co_return Pulled::no;\n",
             ("condstore", "qresync")),
    Mutation("a pull numbers what an append made", "proxy/sync/take_in.cpp",
             "taken = settle(tx, sighting.id, sighting.candidates);",
             "taken = MUTANT ? std::unordered_set<UpstreamUid>() : settle(tx, sighting.id, sighting.candidates);"),
    Mutation("what vanished is not noticed", "proxy/sync/take_in.cpp",
             "if (row && row->upstream == uid) gone.push_back(local);",
             "if (!MUTANT && row && row->upstream == uid) gone.push_back(local);"),
    Mutation("flags that changed upstream are not taken in", "proxy/sync/take_in.cpp",
             "if (!sighting.anew) apply_changes(work, sighting);",
             "if (!sighting.anew && !MUTANT) apply_changes(work, sighting);", ("condstore", "qresync")),
    Mutation("flags of all are not read", "proxy/sync/pull.cpp",
             "if (row && row->metadata && row->upstream == one.uid) set_base",
             "if (!MUTANT && row && row->metadata && row->upstream == one.uid) set_base", ("plain",)),
    Mutation("what vanished is not kept as rescued", "proxy/sync/bind.cpp",
             "if (row.visible() && here(tx.state(), row.content)) tx.rescue(mailbox, row);",
             "if (!MUTANT && row.visible() && here(tx.state(), row.content)) tx.rescue(mailbox, row);"),
    Mutation("a status is believed that tells of more messages", "proxy/sync/list_job.cpp",
             "bound == now.messages;", "(MUTANT || bound == now.messages);", ("modseq_goes_back", "vanishes_what_exists")),
    left_out("a mailbox that went upstream stays", "proxy/sync/list_job.cpp", "vanish_mailbox(tx, work.memory(), id);"),
]

KEPT = [
    Mutation("a commit is not made durable", "store/committer.cpp", "return database->write_durable(batch.rows());",
             "return MUTANT ? database->write(batch.rows()) : database->write_durable(batch.rows());"),
    Mutation("a batch that failed is published", "store/committer.cpp",
             "if (written) touched = batch.publish();", "if (written || MUTANT) touched = batch.publish();"),
    Mutation("contents are not made durable", "store/segment_appender.cpp",
             "const auto durable = segments.make_durable();",
             "const auto durable = MUTANT ? Result<>() : segments.make_durable();"),
    Mutation("a changed message has no row", "store/transaction_on_state.cpp",
             "    put_row(rows::message(account(), {id, message.uid}), rows::encode(message));\n  }\n",
             "    if (!MUTANT) put_row(rows::message(account(), {id, message.uid}), rows::encode(message));\n  }\n"),
    Mutation("an operation that ended stays on the disk", "store/transaction_on_state.cpp",
             "if (slot_.state.journal.erase(id)) batch_", "if (slot_.state.journal.erase(id) && !MUTANT) batch_"),
    left_out("flags that were taken off are shown until they are pushed", "store/transaction_on_state.cpp",
             "set.remove(operation->remove);"),
    Mutation("what vanished is not remembered for clients", "store/transaction_on_state.cpp",
             "if (hides) entry->vanished", "if (hides && !MUTANT) entry->vanished"),
    Mutation("a change does not move MODSEQ on", "store/transaction_on_state.cpp",
             "message.modseq = hides || shows ? bump", "message.modseq = (hides || shows) && !MUTANT ? bump"),
    Mutation("counters are not kept", "store/batch.cpp", "if (counters_changed_) rows_.put",
             "if (counters_changed_ && !MUTANT) rows_.put"),
]

BY_HAND = PUSHED + PULLED + KEPT
