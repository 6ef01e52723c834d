#include "proxy/app/attention.hpp"

#include <map>

#include "proxy/app/json_time.hpp"
#include "proxy/sync/edit.hpp"

namespace satchel::app {

using store::Operation;
using store::OperationKind;

namespace {

// Of the same kind, in the same mailbox, for the same reason: one sentence.
struct Alike {
  std::string what;  // "append to Archive"
  std::string why;
  friend auto operator<=>(const Alike&, const Alike&) = default;
};

const char* joined_by(const Operation& operation) {
  return operation.target ? " to " : operation.on_mailbox() ? " " : " in ";
}

Alike alike(const store::AccountState& state, const Operation& operation) {
  std::string what = kind_name(operation.kind);
  const std::string mailbox = mailbox_of(state, operation);
  if (!mailbox.empty()) what += joined_by(operation) + mailbox;
  return {std::move(what), operation.why};
}

// The first parked operation that it stands behind.
const Operation* parked_before(const store::AccountState& state, const Operation& operation) {
  for (const store::MessageRef ref : {operation.source, operation.target}) {
    if (!ref) continue;
    for (const Operation* other : state.journal.of(ref))
      if (other->order < operation.order && other->parked()) return other;
  }
  const Operation* found = nullptr;
  state.journal.for_each([&](const Operation& other) {
    const bool in_it =
        other.mailbox && (other.mailbox == operation.source.mailbox || other.mailbox == operation.target.mailbox ||
                          other.mailbox == operation.mailbox);
    if (other.parked() && in_it && other.id != operation.id) found = &other;
    return found == nullptr;
  });
  return found;
}

}  // namespace

const char* kind_name(OperationKind kind) {
  switch (kind) {
    case OperationKind::store_flags:
      return "store flags";
    case OperationKind::append:
      return "append";
    case OperationKind::copy:
      return "copy";
    case OperationKind::move:
      return "move";
    case OperationKind::expunge:
      return "expunge";
    case OperationKind::create:
      return "create mailbox";
    case OperationKind::rename:
      return "rename mailbox";
    case OperationKind::delete_mailbox:
      return "delete mailbox";
    case OperationKind::subscribe:
      return "subscribe";
    case OperationKind::unsubscribe:
      return "unsubscribe";
  }
  return "";
}

std::string mailbox_of(const store::AccountState& state, const Operation& operation) {
  if (!operation.name.empty()) return operation.name;
  store::MailboxId id = operation.mailbox;
  if (operation.source) id = operation.source.mailbox;
  if (operation.target) id = operation.target.mailbox;
  const store::Mailbox* found = state.find(id);
  return found == nullptr ? std::string() : found->name;
}

std::uint64_t held_in(const store::Mailbox& mailbox) {
  std::uint64_t held = 0;
  mailbox.messages.for_each([&held](const store::Message& message) { held += message.held ? 1 : 0; });
  return held;
}

std::string waits_for(const store::AccountState& state, const Operation& operation, std::int64_t now) {
  if (operation.parked()) return {};
  const store::Message* source = operation.source ? state.find(operation.source) : nullptr;
  if (source != nullptr && source->held) return "its message is held: see 'satchel guard list'";
  if (const Operation* other = parked_before(state, operation))
    return "it stands behind operation " + std::to_string(other->id.value) + ", which is parked";
  if (sync::not_yet(operation.not_before, now) && operation.tries > 0)
    return "tried " + std::to_string(operation.tries) + " times, again at " + utc_time(operation.not_before);
  return {};
}

std::vector<std::string> attention(const store::AccountState& state) {
  std::map<Alike, std::uint64_t> parked, waiting;
  state.journal.for_each([&](const Operation& operation) {
    if (operation.parked()) ++parked[alike(state, operation)];
    // It waits for no more than the next try, but that it does not get through is said.
    if (!operation.parked() && !operation.why.empty()) ++waiting[alike(state, operation)];
    return true;
  });
  std::vector<std::string> sentences;
  for (const auto& [word, alikes] : {std::pair("Parked: ", &parked), std::pair("Waiting: ", &waiting)})
    for (const auto& [what, count] : *alikes)
      sentences.push_back(word + what.what + (count == 1 ? "" : ", " + std::to_string(count) + " times") + ": " +
                          what.why + ". See 'satchel journal list'.");
  for (const auto& [id, mailbox] : state.mailboxes) {
    const std::uint64_t held = held_in(*mailbox);
    if (held == 0) continue;
    sentences.push_back("Held: " + std::to_string(held) + (held == 1 ? " message of " : " messages of ") +
                        mailbox->name + " vanished upstream. See 'satchel guard list', then accept or put them back.");
  }
  return sentences;
}

}  // namespace satchel::app
