// What must hold: nothing lost, nothing twice, both sides equal.
#include <algorithm>
#include <set>

#include "proxy/sync/order.hpp"
#include "world.hpp"

namespace satchel::sync::test {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;
using store::Operation;

std::string describe(const Operation& operation) {
  static const char* const kinds[] = {"?",      "flags",  "append", "copy", "move", "expunge",
                                      "create", "rename", "delete", "sub",  "unsub"};
  const auto ref = [](MessageRef one) {
    return std::to_string(one.mailbox.value) + ":" + std::to_string(one.uid.value);
  };
  std::string text = "op" + std::to_string(operation.id.value) + " " + kinds[int(operation.kind)] + " state " +
                     std::to_string(int(operation.state));
  if (operation.source) text += " from " + ref(operation.source);
  if (operation.target) text += " to " + ref(operation.target);
  if (operation.mailbox) text += " box " + std::to_string(operation.mailbox.value) + " " + operation.name;
  if (operation.copied) text += " copied";
  if (operation.superseded) text += " superseded";
  if (operation.surely) text += " surely";
  if (operation.vanished_at) text += " vanished";
  if (!operation.why.empty()) text += " (" + operation.why + ")";
  return text;
}

// A local UID never names another content.
std::optional<std::string> World::watch() {
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    std::optional<std::string> wrong;
    const MailboxId box = id;
    const std::uint32_t validity = mailbox->uid_validity.value;
    mailbox->messages.for_each([&](const Message& row) {
      const std::string content = sim_.content_of({box, row.uid});
      if (content.empty()) return;
      const auto [known, fresh] = uid_log_.emplace(std::pair(validity, row.uid.value), content);
      if (!fresh && known->second != content)
        wrong = "a local UID names another content: " + std::to_string(row.uid.value) + " was " + known->second +
                " is " + content;
      if (auto flags = watch_flags(*sim_.account.state().find(box), row)) wrong = flags;
    });
    if (wrong) return wrong;
  }
  return alone_ ? watch_alone() : std::nullopt;
}

// Flags that no colleague touched change by what clients here do, and by nothing else.
std::optional<std::string> World::watch_flags(const Mailbox& mailbox, const Message& row) {
  if (!row.visible() || (row.upstream && !row.metadata)) return std::nullopt;
  const std::string content = content_of({mailbox.id, row.uid});
  if (content.empty() || seen_by_colleague_.contains(content)) return std::nullopt;
  // Twins are one message there, or may become one another at any time.
  const Traits& traits = sim_.server.traits();
  if (traits.merges || traits.uid_validity_one) return std::nullopt;
  const auto tally = tally_.find(content);
  if (traits.alters && tally != tally_.end() && tally->second.adds > 1) return std::nullopt;
  store::FlagSet set = sim_.account.flags(row.effective);
  // What is refused after it was copied is not kept on the copy; a bare EXPUNGE takes \Deleted away for a moment.
  if (sim_.server.traits().refuses_keyword) set.remove_keyword("$Label");
  if (!sim_.server.traits().uidplus) set.remove(store::SystemFlag::deleted);
  std::vector<std::string> now = set.names();
  std::ranges::sort(now);
  const auto [known, fresh] = flags_log_.emplace(std::pair(mailbox.uid_validity.value, row.uid.value), now);
  if (fresh || known->second == now) return std::nullopt;
  std::string text = "flags changed by nobody: " + mailbox.name + ":" + std::to_string(row.uid.value) + " " + content;
  for (const std::string& name : known->second) text += " " + name;
  text += " to";
  for (const std::string& name : now) text += " " + name;
  return text;
}

void World::forget_flags(MessageRef ref) {
  flags_log_.erase({sim_.account.state().find(ref.mailbox)->uid_validity.value, ref.uid.value});
}

bool World::waits(MessageRef ref) const {
  if (!sim_.account.state().journal.of(ref).empty()) return true;
  const Message* row = sim_.account.state().find(ref);
  return row && row->hidden_by && sim_.account.state().journal.find(row->hidden_by);
}

// Only what is parked, or waits for something parked, may remain.
std::optional<std::string> World::check_journal() {
  const store::AccountState& state = sim_.account.state();
  std::set<store::OperationId> excused;
  std::set<MessageRef> refs;
  std::set<MailboxId> mailboxes;
  std::set<std::string> named;
  std::string text;
  bool more = true;
  while (more) {
    more = false;
    state.journal.for_each([&](const Operation& operation) {
      if (excused.contains(operation.id)) return true;
      const Message* source = operation.source ? state.find(operation.source) : nullptr;
      const bool stands =
          refs.contains(operation.source) || refs.contains(operation.target) || mailboxes.contains(operation.mailbox) ||
          named.contains(operation.name) || mailboxes.contains(operation.target.mailbox) ||
          (operation.on_mailbox() &&
           std::any_of(refs.begin(), refs.end(), [&](MessageRef ref) { return ref.mailbox == operation.mailbox; }));
      // An expunge waits for the addition of equal content.
      const bool twin = source && std::any_of(refs.begin(), refs.end(), [&](MessageRef ref) {
                          const Message* row = state.find(ref);
                          return row && (row->content == source->content || row->here.header == source->here.header);
                        });
      if (!operation.parked() && !stands && !twin) return true;
      excused.insert(operation.id);
      if (operation.source) refs.insert(operation.source);
      if (operation.target) refs.insert(operation.target);
      if (operation.mailbox) mailboxes.insert(operation.mailbox);
      if (operation.mailbox) named.insert({operation.name, operation.old_name});
      more = true;
      return true;
    });
  }
  state.journal.for_each([&](const Operation& operation) {
    if (!excused.contains(operation.id)) text += describe(operation) + "; ";
    return true;
  });
  if (!text.empty()) text += "all: ";
  state.journal.for_each([&](const Operation& operation) {
    if (!text.empty() && excused.contains(operation.id)) text += describe(operation) + "; ";
    return true;
  });
  if (!text.empty()) return "stuck: " + text;
  return std::nullopt;
}

std::optional<std::string> World::check_mailboxes() {
  std::set<std::string> mine, there;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    if (mailbox->retired) continue;
    if (mailbox->upstream.exists) mine.insert(mailbox->upstream.name);
    bool wanted = false;
    sim_.account.state().journal.for_each([&](const Operation& operation) {
      wanted |= operation.mailbox == id || operation.target.mailbox == id || operation.source.mailbox == id;
      return true;
    });
    if (!mailbox->upstream.exists && !wanted && mailbox->live()) return "mailbox is only here: " + mailbox->name;
    if (mailbox->upstream.exists && mailbox->live() && !wanted && !mailbox->name.starts_with(mailbox->upstream.name))
      return "name differs: " + mailbox->name + " and " + mailbox->upstream.name;
  }
  for (const auto& [name, mailbox] : sim_.server.mailboxes()) there.insert(name);
  std::string text;
  for (const std::string& name : mine) text += name + " ";
  text += "/ ";
  for (const std::string& name : there) text += name + " ";
  if (mine != there) return "mailboxes differ: " + text;
  return std::nullopt;
}

std::optional<std::string> World::check_messages(const Mailbox& mailbox, const ServerMailbox& there) {
  std::optional<std::string> wrong;
  std::set<std::uint32_t> bound;
  mailbox.messages.for_each([&](const Message& row) {
    const MessageRef ref{mailbox.id, row.uid};
    const std::string where = mailbox.name + ":" + std::to_string(row.uid.value);
    const std::string content = sim_.content_of(ref);
    if (!row.upstream) {
      if (row.visible() && !waits(ref)) wrong = "a message is only here: " + where + " " + content;
      return;
    }
    if (!bound.insert(row.upstream.value).second) wrong = "two messages, one upstream UID: " + where;
    const auto found = there.messages.find(row.upstream.value);
    if (found == there.messages.end()) {
      wrong = "bound to nothing: " + where;
      return;
    }
    if (content.empty() || plain(content) != plain(found->second.mail.content))
      wrong = "content differs: " + where + " here " + content + " there " + found->second.mail.content;
    if (row.hidden_by && !waits(ref) && mailbox.live()) wrong = "hidden for ever: " + where + " " + content;
    if (row.hidden_by || waits(ref)) return;
    store::FlagSet here = sim_.account.flags(row.effective);
    here.remove(sim_.account.flags(row.local));
    store::FlagSet set;
    for (const std::string& name : found->second.flags) set.add(name);
    if (!(here == set)) wrong = "flags differ: " + where + " " + content;
  });
  if (bound.size() != there.messages.size()) wrong = "messages differ in " + mailbox.name;
  return wrong;
}

std::optional<std::string> World::check_counts() {
  const store::AccountState& state = sim_.account.state();
  std::map<std::string, int> count;
  for (const auto& [name, mailbox] : sim_.server.mailboxes())
    for (const auto& [uid, message] : mailbox.messages) ++count[plain(message.mail.content)];
  std::set<std::string> pending, visible, rescued;
  for (const std::string& content : sim_.account.rescued()) rescued.insert(plain(content));
  for (const auto& [id, mailbox] : state.mailboxes) {
    const MailboxId box = id;
    mailbox->messages.for_each([&](const Message& row) {
      const std::string content = plain(sim_.content_of({box, row.uid}));
      if (row.visible() && mailbox->live()) visible.insert(content);
      if (waits({box, row.uid})) pending.insert(content);
    });
  }
  for (const auto& [content, tally] : tally_) {
    if (content.empty()) continue;
    const int there = count.contains(content) ? count[content] : 0;
    const std::string text = content + ": " + std::to_string(tally.adds) + " added, " +
                             std::to_string(tally.client_removed) + "+" + std::to_string(tally.colleague_removed) +
                             " removed, " + std::to_string(there) + " there";
    if (there > tally.adds + tally.shown_twice && !tally.moved_unsettled) return "twice: " + text;
    if (pending.contains(content) || sim_.gone_with_mailbox.contains(content)) continue;
    const bool somewhere = there > 0 || visible.contains(content) || rescued.contains(content);
    const bool swept = sim_.swept_along.contains(content);
    if (tally.client_removed == 0 && tally.colleague_removed == 0 && !swept && !somewhere) return "lost: " + text;
    if (tally.client_removed == 0 && !somewhere && sim_.account.ever_here().contains(content))
      return "lost for good: " + text;
    if (tally.touched || swept || sim_.server.traits().merges) continue;
    if (there != tally.adds - tally.client_removed)
      return (there < tally.adds - tally.client_removed ? "lost: " : "twice: ") + text;
  }
  return std::nullopt;
}

std::optional<std::string> World::check() {
  if (auto wrong = check_journal()) return wrong;
  if (auto wrong = check_mailboxes()) return wrong;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    if (!mailbox->upstream.exists || mailbox->retired) continue;
    if (auto wrong = check_messages(*mailbox, *sim_.server.find(mailbox->upstream.name))) return wrong;
  }
  return check_counts();
}

}  // namespace satchel::sync::test
