// What can be told of a message: which content it is, whether it is still where it is shown.
#include <algorithm>

#include "world.hpp"

namespace satchel::sync::test {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;

std::string World::content_of(MessageRef ref) const {
  const std::string known = sim_.content_of(ref);
  if (!known.empty()) return plain(known);
  const Message* row = sim_.account.state().find(ref);
  if (!row) return "";
  const Mailbox& mailbox = *sim_.account.state().find(ref.mailbox);
  const auto there = sim_.server.mailboxes().find(mailbox.upstream.name);
  if (row->upstream && there != sim_.server.mailboxes().end() &&
      there->second.uid_validity == mailbox.upstream.uid_validity) {
    const auto found = there->second.messages.find(row->upstream.value);
    if (found == there->second.messages.end()) return "";
    // Where UIDVALIDITY says nothing, it may be another message by now.
    const ServerMail& mail = found->second.mail;
    const bool same = !row->there.known() || (row->there.date == mail.date && row->there.size == mail.size);
    if (same) return plain(mail.content);
  }
  return "";
}

// Copies made before the content came share it with what they were made of.
std::string World::content_shared_by(MessageRef ref) const {
  std::string content = content_of(ref);
  const Message* row = sim_.account.state().find(ref);
  if (!row || !content.empty()) return content;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    const MailboxId box = id;
    mailbox->messages.for_each([&](const Message& other) {
      if (content.empty() && other.content == row->content) content = content_of({box, other.uid});
    });
  }
  return content;
}

// Of whatever row that shares it and is, or was, upstream.
std::string World::content_upstream(store::ContentNumber number) const {
  std::string content;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    const auto there = sim_.server.mailboxes().find(mailbox->upstream.name);
    const Mailbox& box = *mailbox;
    box.messages.for_each([&](const Message& row) {
      if (row.content != number || !row.upstream || !content.empty()) return;
      content = plain(sim_.server.buried(box.upstream.name, box.upstream.uid_validity, row.upstream.value));
      if (there == sim_.server.mailboxes().end() || there->second.uid_validity != box.upstream.uid_validity) return;
      const auto found = there->second.messages.find(row.upstream.value);
      if (found != there->second.messages.end()) content = plain(found->second.mail.content);
    });
  }
  return content;
}

// Somebody took it (or what is to be moved here) away upstream, and the pull that tells has not come.
bool World::is_ghost(MessageRef ref) const {
  const store::AccountState& state = sim_.account.state();
  const Message* row = state.find(ref);
  if (!row) return false;
  if (!row->upstream) {
    for (const store::Operation* operation : state.journal.of(ref))
      if (operation->kind == store::OperationKind::move && operation->target == ref)
        return operation->vanished_at || is_ghost(operation->source);
    return false;
  }
  const store::UpstreamMailbox& known = state.find(ref.mailbox)->upstream;
  const std::string content = content_of(ref);
  for (const auto& [name, there] : sim_.server.mailboxes()) {
    const bool anew = there.uid_validity != known.uid_validity;
    if (anew && name != known.name) continue;
    for (const auto& [uid, message] : there.messages)
      if ((anew || uid == row->upstream.value) && plain(message.mail.content) == content) return false;
  }
  return true;
}

// Who moves both of what a colleague had moved made two of it, as were shown; also when it was expunged since.
int World::other_halves(MessageRef moved, const std::string& content) const {
  int ghosts = 0, halves = 0;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    const MailboxId box = id;
    mailbox->messages.for_each([&](const Message& row) {
      const MessageRef ref{box, row.uid};
      if (ref == moved || !row.visible() || content_of(ref) != content) return;
      ++halves;
      ghosts += is_ghost(ref) ? 1 : 0;
    });
  }
  return is_ghost(moved) ? std::min(halves, 1) : ghosts;
}

// What is, or was, where something was copied from that nobody had measured: the copies may be copies of that.
void World::touch_guessed() {
  const auto touch = [this](const std::string& content) {
    tally_[plain(content)].touched = true;
    tally_[plain(content)].moved_unsettled = true;
  };
  for (const auto& [name, uid] : guessed_) {
    const auto there = sim_.server.mailboxes().find(name);
    if (there == sim_.server.mailboxes().end()) continue;
    touch(sim_.server.buried(name, there->second.uid_validity, uid));
    const auto found = there->second.messages.find(uid);
    if (found != there->second.messages.end()) touch(found->second.mail.content);
  }
}

bool World::waits_to_be_added(const std::string& content) const {
  bool waits = false;
  sim_.account.state().journal.for_each([&](const store::Operation& operation) {
    waits = operation.adds() && content_of(operation.target) == content;
    return !waits;
  });
  return waits;
}

bool World::perhaps_done(const std::string& content) const {
  bool perhaps = false;
  sim_.account.state().journal.for_each([&](const store::Operation& operation) {
    const bool out = operation.state == store::OperationState::attempted || operation.copied || operation.surely ||
                     operation.vanished_at;  // found moved by the colleague, who may move it on
    perhaps = operation.adds() && out && content_of(operation.target) == content;
    return !perhaps;
  });
  return perhaps;
}

}  // namespace satchel::sync::test
