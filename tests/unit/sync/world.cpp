#include "world.hpp"

#include <algorithm>
#include <iostream>

#include "client_acts.hpp"
#include "proxy/sync/undo.hpp"

namespace satchel::sync::test {

using store::Mailbox;
using store::MailboxId;
using store::Message;
using store::MessageRef;

namespace {

constexpr Rules small_rules{20, 3};
const std::vector<std::string> names = {"INBOX", "A", "B", "C", "D"};
const std::vector<std::string> flags = {"\\Seen", "\\Flagged", "$Work", "$Label", "\\Deleted"};

}  // namespace

World::World(std::uint64_t seed, const std::string& personality)
    : random_(seed), sim_(personalities().at(personality), small_rules) {}

void World::log(const std::string& line) {
  if (!sim_.verbose) return;
  // What changed in the journal since the last act.
  std::map<store::OperationId, std::string> told;
  sim_.account.state().journal.for_each([&](const store::Operation& operation) {
    const std::string& now = told[operation.id] = describe(operation);
    const auto before = told_.find(operation.id);
    if (before == told_.end() || before->second != now) std::cerr << "            " << now << "\n";
    return true;
  });
  for (const auto& [id, text] : told_)
    if (!told.contains(id)) std::cerr << "            done: " << text << "\n";
  told_ = std::move(told);
  std::cerr << act_ << " " << line << "\n";
}

ServerMail World::new_mail() {
  const int number = ++mails_;
  ServerMail mail{"c" + std::to_string(number), std::uint64_t(number) + 100, act_ * 3 + int(pick(3)),
                  std::uint32_t(10 + pick(90))};
  remember(mail);
  return mail;
}

std::optional<MessageRef> World::any_message() {
  std::vector<MessageRef> all;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes) {
    if (!mailbox->live()) continue;
    const MailboxId box = id;
    mailbox->messages.for_each([&](const Message& row) {
      if (row.visible() && !row.held && !content_of({box, row.uid}).empty()) all.push_back({box, row.uid});
    });
  }
  if (all.empty()) return std::nullopt;
  return all[pick(all.size())];
}

MailboxId World::any_mailbox() {
  std::vector<MailboxId> all;
  for (const auto& [id, mailbox] : sim_.account.state().mailboxes)
    if (mailbox->live()) all.push_back(id);
  return all.empty() ? MailboxId{} : all[pick(all.size())];
}

std::string World::any_name() {
  return names[pick(names.size())];
}

void World::client_on_mailbox(int kind) {
  MemoryAccount& account = sim_.account;
  const std::string name = any_name();
  const MailboxId id = any_mailbox();
  if (kind == 0) {
    if (sim_.mailbox(name)) return;
    log("client creates " + name);
    client_create(account, name);
    return;
  }
  if (kind == 3) {
    if (!id) return;
    const std::string& known = account.state().find(id)->name;
    const bool on = !subscribed(known);
    log("client " + std::string(on ? "subscribes " : "unsubscribes ") + known);
    client_subscribe(account, known, on);
    return;
  }
  if (!id || account.state().find(id)->name == "INBOX") return;
  if (kind == 1) {
    if (sim_.mailbox(name)) return;
    log("client renames " + account.state().find(id)->name + " to " + name);
    client_rename(account, id, name);
    return;
  }
  log("client deletes " + account.state().find(id)->name);
  bool unknown = false;
  account.state().find(id)->messages.for_each([&](const Message& row) {
    std::string content = content_shared_by({id, row.uid});
    if (row.visible() && content.empty()) content = content_upstream(row.content);
    unknown |= row.visible() && content.empty();
    if (!row.visible() || content.empty()) return;
    ++tally_[content].client_removed;
    if (!alone_) tally_[content].touched = true;  // it may have to be shown again
  });
  // What nobody can tell now is one of those that are there.
  if (const ServerMailbox* there = sim_.server.find(account.state().find(id)->upstream.name); there && unknown)
    for (const auto& [uid, message] : there->messages) {
      ++tally_[plain(message.mail.content)].client_removed;
      tally_[plain(message.mail.content)].touched = true;
    }
  client_delete(account, id);
}

void World::client() {
  MemoryAccount& account = sim_.account;
  if (!account.state().listed) return;
  const int kind = int(pick(alone_ ? alone_kinds_ : with_mailboxes_ ? 70 : 63));
  const MailboxId to = any_mailbox();
  if (!to) return;
  if (kind >= 70) return client_on_mailbox(kind < 86 ? 3 : (kind % 10) < 4 ? 0 : (kind % 10) < 7 ? 1 : 2);
  if (kind >= 63) return client_on_mailbox(kind < 66 ? 0 : kind < 68 ? 1 : 2);
  if (kind < 14 || kind == 62) {
    ServerMail mail = new_mail();
    if (kind == 62 && !alone_) mail.size = ModelServer::too_big + 1;
    remember(mail);
    store::FlagSet set;
    if (chance(40)) set.add(flags[pick(3)]);
    ++tally_[mail.content].adds;
    const MessageRef made = client_append(account, to, mail, set);
    log("client appends " + mail.content + " to " + account.state().find(to)->name + " as " +
        std::to_string(made.uid.value));
    return;
  }
  const std::optional<MessageRef> message = any_message();
  if (!message) return;
  const std::string content = content_of(*message);
  // Where UIDVALIDITY says nothing, what was never measured may be another message when it is looked at.
  const Message& row = *account.state().find(*message);
  if (sim_.server.traits().uid_validity_one && row.upstream && !row.metadata) {
    tally_[content].touched = true;
    guessed_.emplace(account.state().find(message->mailbox)->upstream.name, row.upstream.value);
  }
  const bool changes = (kind >= 17 && kind < 22) || kind >= 42;
  if (changes && row.upstream && !row.metadata) return;  // STORE waits for it
  const std::string where =
      content + " in " + account.state().find(message->mailbox)->name + ":" + std::to_string(message->uid.value);
  if (changes) forget_flags(*message);
  if (kind < 17) {
    const std::string bytes = sim_.content_of(*message);
    if (bytes.empty() || bytes != plain(bytes)) return;
    ServerMail mail = mail_of(bytes);
    if (chance(40)) mail.date = act_ * 3;
    log("client appends again " + where + " to " + account.state().find(to)->name);
    ++tally_[content].adds;
    client_append(account, to, mail, {});
  } else if (kind < 22) {
    ServerMail mail = new_mail();
    mail.message_id = mail_of(content).message_id;
    remember(mail);
    log("client replaces draft " + where + " by " + mail.content);
    ++tally_[mail.content].adds;
    client_append(account, message->mailbox, mail, {});
    ++tally_[content].client_removed;
    client_expunge(account, *message);
  } else if (kind < 30) {
    log("client copies " + where + " to " + account.state().find(to)->name);
    ++tally_[content].adds;
    // Copied while a move of it waits that a colleague did already: the copy may be taken for what that made.
    tally_[content].shown_twice += std::min(other_halves(*message, content), 1);
    client_copy(account, *message, to);
  } else if (kind < 42) {
    if (to == message->mailbox) return;
    log("client moves " + where + " to " + account.state().find(to)->name);
    tally_[content].shown_twice += other_halves(*message, content);
    client_move(account, *message, to);
  } else if (kind < 54) {
    const std::string& flag = flags[pick(chance(30) ? 5 : 2)];
    const bool on = !account.flags(account.state().find(*message)->effective).has(flag);
    log("client flags " + where + " " + flag + (on ? " on" : " off"));
    client_flag(account, *message, flag, on);
  } else {
    log("client expunges " + where);
    ++tally_[content].client_removed;
    client_expunge(account, *message);
  }
}

void World::remove_upstream(ServerMailbox& mailbox, std::uint32_t uid) {
  Tally& tally = tally_[plain(mailbox.messages.at(uid).mail.content)];
  ++tally.colleague_removed;
  tally.touched = true;
  sim_.server.expunge(mailbox, uid);
}

void World::colleague_on_mailbox(int kind) {
  ModelServer& server = sim_.server;
  const std::string name = any_name();
  if (kind == 0) {
    log("colleague creates " + name);
    server.create(name);
    return;
  }
  std::vector<std::string> all;
  for (const auto& [known, mailbox] : server.mailboxes())
    if (known != "INBOX") all.push_back(known);
  if (all.empty()) return;
  const std::string chosen = all[pick(all.size())];
  for (auto& [uid, message] : server.find(chosen)->messages) {
    const std::string content = plain(message.mail.content);
    tally_[content].touched = true;
    tally_[content].moved_unsettled |= perhaps_done(content);
  }
  if (kind == 1) {
    // What is to be copied there is taken for the copy, with the flags that it has.
    for (auto& [uid, message] : server.find(chosen)->messages)
      if (waits_to_be_added(plain(message.mail.content))) seen_by_colleague_.insert(plain(message.mail.content));
    log("colleague renames " + chosen + " to " + name);
    server.rename(chosen, name);
    return;
  }
  log("colleague deletes " + chosen + (kind == 3 ? " and makes it again" : ""));
  for (auto& [uid, message] : server.find(chosen)->messages) ++tally_[plain(message.mail.content)].colleague_removed;
  server.remove(chosen);
  if (kind == 3) server.create(chosen);
}

void World::colleague() {
  ModelServer& server = sim_.server;
  const int kind = int(pick(with_mailboxes_ ? 54 : 46));
  if (kind >= 46) return colleague_on_mailbox(kind < 49 ? 0 : kind < 51 ? 1 : kind < 53 ? 2 : 3);
  std::vector<std::string> boxes;
  std::vector<std::pair<std::string, std::uint32_t>> messages;
  for (const auto& [name, mailbox] : server.mailboxes()) {
    boxes.push_back(name);
    for (const auto& [uid, message] : mailbox.messages) messages.emplace_back(name, uid);
  }
  ServerMailbox& to = *server.find(boxes[pick(boxes.size())]);
  if (kind < 12) {
    const ServerMail mail = new_mail();
    ++tally_[mail.content].adds;
    log("colleague appends " + mail.content + " to " + to.name);
    server.put(to, mail, {}, 0);
    return;
  }
  if (messages.empty()) return;
  const auto& [name, uid] = messages[pick(messages.size())];
  ServerMailbox& from = *server.find(name);
  const ServerMessage message = from.messages.at(uid);
  const std::string where = message.mail.content + " in " + name + ":" + std::to_string(uid);
  seen_by_colleague_.insert(plain(message.mail.content));
  Tally& tally = tally_[plain(message.mail.content)];
  const std::uint64_t email_id = server.traits().merges ? message.email_id : 0;
  if (kind < 18) {
    log("colleague copies " + where + " to " + to.name);
    tally.touched = true;
    ++tally.adds;
    server.put(to, message.mail, message.flags, email_id);
  } else if (kind < 27) {
    if (&to == &from) return;
    log("colleague moves " + where + " to " + to.name);
    tally.touched = true;
    tally.moved_unsettled |= perhaps_done(plain(message.mail.content));
    server.expunge(from, uid);
    server.put(to, message.mail, message.flags, message.email_id);
  } else if (kind < 35) {
    log("colleague expunges " + where);
    remove_upstream(from, uid);
  } else if (kind < 36) {
    log("colleague empties " + name);
    while (!from.messages.empty()) remove_upstream(from, from.messages.begin()->first);
  } else {
    const std::string& flag = flags[kind < 44 ? pick(3) : 4];
    log("colleague flags " + where + " " + flag);
    if (flag == "\\Deleted") tally.touched = true;
    // Between our \Deleted and our EXPUNGE: what was copied stays where it was as well.
    if (flag == "\\Deleted" && message.flags.contains(flag)) tally.moved_unsettled = true;
    server.set_flag(from, uid, flag, !message.flags.contains(flag));
  }
}

void World::steps(int count) {
  for (int i = 0; i < count && !wrong_; ++i) {
    sim_.step(pick(sim_.workers()), random_());
    wrong_ = watch();
  }
}

std::optional<std::string> World::run() {
  with_mailboxes_ = chance(50);
  // Nothing can tell when such a server gives its UIDs anew.
  with_uid_validity_ = chance(35) && !sim_.server.traits().uid_validity_one;
  const bool offline = chance(50);
  const int acts = std::vector<int>{25, 50, 90}[pick(3)];
  const int cuts = std::vector<int>{2, 10, 25}[pick(3)];
  for (std::size_t i = pick(3) + 1; i > 0; --i) sim_.server.create(any_name());
  for (std::size_t i = pick(7); i > 0; --i) colleague();
  steps(120);
  for (act_ = 1; act_ <= acts && !wrong_; ++act_) {
    sim_.account.set_now(sim_.account.now() + 20);
    const int what = int(pick(100));
    if (what < 36) {
      client();
      wrong_ = watch();
    } else if (what < 58) {
      colleague();
    } else if (what < 62 && with_uid_validity_) {
      auto mailbox = sim_.server.mailboxes().begin();
      std::advance(mailbox, pick(sim_.server.mailboxes().size()));
      log("new UIDVALIDITY of " + mailbox->first);
      // Of what nothing is known yet, nothing can be matched anew; of twins each may become the other.
      for (const auto& [id, known] : sim_.account.state().mailboxes) {
        if (known->upstream.name != mailbox->first) continue;
        const MailboxId box = id;
        std::set<std::string> here;
        known->messages.for_each([&](const Message& row) {
          const std::string content = content_of({box, row.uid});
          if (!row.there.known()) tally_[content].touched = true;
          if (!here.insert(content).second) seen_by_colleague_.insert(content);
        });
      }
      sim_.server.new_uid_validity(mailbox->second, random_());
    } else if (what < 65) {
      log("crash");
      sim_.crash(random_());
    } else if (what < 68 && !offline) {
      sim_.plan->poke_all();
      steps(120);
    } else if (what < 68 + cuts) {
      sim_.cut(pick(sim_.workers()), chance(33) ? Simulation::Cut::before : Simulation::Cut::after, chance(50));
      steps(3 + int(pick(10)));
    } else {
      if (chance(30)) sim_.plan->poke_all();
      steps(1 + int(pick(10)));
    }
  }
  if (wrong_) return wrong_;
  quiesce();
  touch_guessed();
  if (wrong_) return wrong_;
  return check();
}

void World::decide_held() {
  for (const auto& [id, mailbox] : std::map(sim_.account.state().mailboxes)) {
    bool held = false;
    mailbox->messages.for_each([&](const Message& row) { held |= row.held; });
    if (!held) continue;
    const bool back = chance(50);
    log(std::string("user decides: ") + (back ? "put back" : "accept"));
    mailbox->messages.for_each([&](const Message& row) {
      const std::string content = content_of({id, row.uid});
      if (row.held && !content.empty()) tally_[content].touched = true;
      if (row.held && back && !content.empty()) ++tally_[content].adds;
    });
    decide(sim_.account, id, back ? Held::put_back : Held::accept);
  }
}

void World::quiesce() {
  log("--- quiesce");
  sim_.crash(random_());
  for (int round = 0; round < 8 && !wrong_; ++round) {
    sim_.account.set_now(sim_.account.now() + 4000);
    sim_.plan->poke_all();
    const bool settled = sim_.run(4000);
    wrong_ = watch();
    if (settled && round >= 2) return;
    if (round >= 2) decide_held();
  }
}

}  // namespace satchel::sync::test
