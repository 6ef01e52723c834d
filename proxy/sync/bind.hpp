// What becomes of messages and their operations when upstream's side of them is found, shared with
// another, or gone (design section 5, "Perhaps done"). Every function is one step of a batch.
#pragma once

#include "proxy/sync/ask.hpp"
#include "store/transaction.hpp"

namespace satchel::sync {

// `own`: by an answer to a push of ours, not found by a pull.
enum class Found : std::uint8_t { by_push, by_pull };
void bind(store::Transaction& tx, store::MessageRef ref, UpstreamUid uid, Found how);
void unbind(store::Transaction& tx, store::MessageRef ref);

// What upstream says of a bound message, learnt for the first time or anew: identity, dates, flags.
// A message that was appended here and differs there shows a server that alters appends.
void measure(store::Transaction& tx, store::MessageRef ref, const Metadata& metadata);

// It goes up from our content: what upstream will make of it, and of copies of it, is not known, even
// where it was copied from something that was.
void forget_there(store::Transaction& tx, store::MessageRef ref);

// The bytes of `found` are those of `ref` and of what was copied from it: whose own were never loaded takes them.
void share_content(store::Transaction& tx, store::MessageRef ref, const store::Message& found);

// Two local messages, one upstream (a server that merges equal ones): `there` was bound before,
// `made` is what the push made. The one that nobody removed survives.
void merge(store::Transaction& tx, store::MessageRef there, store::MessageRef made);

// The addition is upstream and its target is bound.
void added(store::Transaction& tx, store::OperationId id);

// What the addition made went on from there already, by a later operation that was found done.
void supersede(store::Transaction& tx, store::OperationId id);

// The message is no longer upstream, and that is believed: it leaves the mailbox (rescued, if its
// content is here and nowhere else); operations on it end as the table of section 5 says.
void gone_for_good(store::Transaction& tx, store::MessageRef ref);

// Flags and expunges of a message that is gone.
void forget_operations_on(store::Transaction& tx, store::MessageRef ref);

// The operation of delete_mailbox was found done: all it hid goes, the mailbox retires.
void finish_delete(store::Transaction& tx, store::OperationId id);

// Keeps id and UIDVALIDITY only, once nothing upstream, visible or pending is left in it.
void maybe_retire(store::Transaction& tx, store::MailboxId id);

}  // namespace satchel::sync
