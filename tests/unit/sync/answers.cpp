#include "answers.hpp"

#include <algorithm>

namespace satchel::sync::test {

namespace {

std::map<std::string, ServerMail>& registry() {
  static std::map<std::string, ServerMail> all;
  return all;
}

Outcome no(std::string code) {
  return Outcome{Outcome::Kind::no, std::move(code), "no", 0};
}

store::FlagSet flag_set(const std::set<std::string>& names) {
  store::FlagSet set;
  for (const std::string& name : names) set.add(name);
  return set;
}

std::set<std::string> names_of(const store::FlagSet& set) {
  const auto names = set.names();
  return {names.begin(), names.end()};
}

class Performing {
 public:
  Performing(ModelServer& server, const MemoryAccount& account) : server_(server), account_(account) {}

  Answer operator()(const ListAsk&) {
    ListAnswer answer;
    if (server_.empty_lists > 0 && server_.empty_lists-- > 0) return answer;
    for (const auto& [name, mailbox] : server_.mailboxes()) {
      ListedMailbox one;
      one.name = name;
      one.delimiter = '/';
      if (server_.tells_status_of(name)) one.status = figures(mailbox);
      answer.mailboxes.push_back(std::move(one));
    }
    answer.subscribed.assign(server_.subscribed().begin(), server_.subscribed().end());
    return answer;
  }

  Answer operator()(const StatusAsk& ask) {
    StatusAnswer answer;
    if (const ServerMailbox* mailbox = server_.find(ask.mailbox))
      answer.figures = figures(*mailbox);
    else
      answer.outcome = no("NONEXISTENT");
    return answer;
  }

  Answer operator()(const SelectAsk& ask) {
    SelectAnswer answer;
    const ServerMailbox* mailbox = server_.find(ask.mailbox);
    if (!mailbox) {
      answer.outcome = no("NONEXISTENT");
      return answer;
    }
    const StatusFigures now = figures(*mailbox);
    answer.uid_validity = now.uid_validity;
    answer.uid_next = now.uid_next;
    answer.highest_modseq = now.highest_modseq;
    answer.mailbox_id = now.mailbox_id;
    answer.exists = now.messages;
    return answer;
  }

  Answer operator()(const ListUidsAsk& ask) {
    ListUidsAnswer answer;
    if (ServerMailbox* mailbox = open(ask.at, answer.outcome))
      for (const auto& [uid, message] : mailbox->messages) answer.uids.push_back(UpstreamUid{uid});
    return answer;
  }

  Answer operator()(const ChangesAsk& ask) {
    ChangesAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    for (const auto& [uid, message] : mailbox->messages)
      if (message.modseq > ask.since)
        answer.changed.push_back({UpstreamUid{uid}, flag_set(message.flags), message.modseq});
    if (!server_.traits().qresync) return answer;
    for (const auto& [modseq, uid] : mailbox->expunged)
      if (modseq > ask.since) answer.vanished.push_back({UpstreamUid{uid}, UpstreamUid{uid}});
    for (const auto& [first, last] : server_.also_vanished)
      answer.vanished.push_back({UpstreamUid{first}, UpstreamUid{last}});
    std::sort(answer.vanished.begin(), answer.vanished.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    return answer;
  }

  Answer operator()(const FlagsAsk& ask) {
    FlagsAnswer answer;
    if (ServerMailbox* mailbox = open(ask.at, answer.outcome))
      for (const auto& [uid, message] : mailbox->messages)
        if (uid >= ask.range.first.value && uid <= ask.range.last.value)
          answer.flags.push_back({UpstreamUid{uid}, flag_set(message.flags), message.modseq});
    return answer;
  }

  Answer operator()(const MetadataAsk& ask) {
    MetadataAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    for (UpstreamUid uid : ask.uids) {
      const auto found = mailbox->messages.find(uid.value);
      if (found == mailbox->messages.end()) continue;
      const ServerMessage& message = found->second;
      Metadata one;
      one.uid = uid;
      one.flags = flag_set(message.flags);
      one.identity.date = message.mail.date;
      one.identity.size = message.mail.size;
      if (server_.traits().email_id) one.email_id = message.email_id;
      if (ask.depth == Depth::headers) {
        one.identity.message_id = message.mail.message_id;
        one.identity.header = header_hash(message.mail.content);
        one.summary.envelope = "envelope";
      }
      answer.messages.push_back(std::move(one));
    }
    return answer;
  }

  Answer operator()(const ContentsAsk& ask) {
    ContentsAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    for (UpstreamUid uid : ask.uids) {
      const auto found = mailbox->messages.find(uid.value);
      if (found != mailbox->messages.end()) answer.contents.push_back({uid, stored_content(found->second.mail)});
    }
    if (server_.on_contents) server_.on_contents(ask, answer);
    return answer;
  }

  Answer operator()(const StoreAsk& ask) {
    StoreAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    if (ask.sign == StoreAsk::Sign::add && ask.flags.has(server_.refused_flag)) {
      answer.outcome = no("LIMIT");
      return answer;
    }
    for (UpstreamUid uid : ask.uids) {
      if (!mailbox->messages.contains(uid.value)) continue;
      for (const std::string& flag : ask.flags.names())
        server_.set_flag(*mailbox, uid.value, flag, ask.sign == StoreAsk::Sign::add);
      answer.flags.push_back({uid, flag_set(mailbox->messages.at(uid.value).flags), 0});
    }
    return answer;
  }

  Answer operator()(const AppendAsk& ask) {
    AppendAnswer answer;
    ServerMailbox* mailbox = server_.find(ask.mailbox);
    const std::string* bytes = account_.bytes(ask.content);
    ServerMail mail = bytes ? mail_of(*bytes) : ServerMail{};
    mail.date = ask.internal_date;
    if (!mailbox) answer.outcome = no("TRYCREATE");
    if (mail.size >= ModelServer::too_big) answer.outcome = no("TOOBIG");
    if (!answer.outcome.ok()) return answer;
    const std::uint32_t uid = server_.append(*mailbox, mail, names_of(ask.flags)).uid;
    if (!server_.traits().uidplus) return answer;
    answer.uid_validity = mailbox->uid_validity;
    answer.uid = UpstreamUid{uid};
    return answer;
  }

  Answer operator()(const TransferAsk& ask) {
    TransferAnswer answer;
    ServerMailbox* from = open(ask.at, answer.outcome);
    ServerMailbox* to = server_.find(ask.to);
    if (from && !to) answer.outcome = no("TRYCREATE");
    if (!from || !to) return answer;
    for (UpstreamUid uid : ask.uids) {
      const auto found = from->messages.find(uid.value);
      if (found == from->messages.end()) continue;
      const ServerMessage message = found->second;
      if (ask.verb == TransferAsk::Verb::move) server_.expunge(*from, uid.value);
      const std::uint32_t made =
          server_.put(*to, server_.copy_of(message.mail), message.flags, server_.traits().merges ? message.email_id : 0)
              .uid;
      if (server_.traits().uidplus) answer.uids.emplace_back(uid, UpstreamUid{made});
    }
    if (!answer.uids.empty()) answer.uid_validity = to->uid_validity;
    return answer;
  }

  Answer operator()(const UidExpungeAsk& ask) {
    PlainAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    if (!server_.traits().uidplus) {
      answer.outcome = Outcome{Outcome::Kind::bad, "", "bad", 0};
      return answer;
    }
    for (UpstreamUid uid : ask.uids) expunge_marked(*mailbox, uid.value);
    return answer;
  }

  Answer operator()(const ExpungeAsk& ask) {
    PlainAnswer answer;
    ServerMailbox* mailbox = open(ask.at, answer.outcome);
    if (!mailbox) return answer;
    std::vector<std::uint32_t> uids;
    for (const auto& [uid, message] : mailbox->messages) uids.push_back(uid);
    for (std::uint32_t uid : uids) expunge_marked(*mailbox, uid);
    return answer;
  }

  Answer operator()(const CreateAsk& ask) { return said(server_.create(ask.mailbox), "ALREADYEXISTS"); }
  Answer operator()(const RenameAsk& ask) {
    const bool there = server_.find(ask.from) != nullptr;
    return said(server_.rename(ask.from, ask.to), there ? "ALREADYEXISTS" : "NONEXISTENT");
  }
  Answer operator()(const DeleteAsk& ask) { return said(server_.remove(ask.mailbox), "NONEXISTENT"); }
  Answer operator()(const SubscribeAsk& ask) {
    if (server_.find(ask.mailbox)) server_.subscribed().insert(ask.mailbox);
    return said(server_.find(ask.mailbox) != nullptr, "NONEXISTENT");
  }
  Answer operator()(const UnsubscribeAsk& ask) {
    server_.subscribed().erase(ask.mailbox);
    return PlainAnswer{};
  }

 private:
  StatusFigures figures(const ServerMailbox& mailbox) const {
    StatusFigures now;
    now.messages = std::uint32_t(mailbox.messages.size());
    now.uid_next = mailbox.uid_next;
    now.uid_validity = mailbox.uid_validity;
    if (server_.traits().condstore) now.highest_modseq = mailbox.highest_modseq;
    if (server_.traits().object_id) now.mailbox_id = "F" + std::to_string(mailbox.id);
    return now;
  }

  ServerMailbox* open(const At& at, Outcome& outcome) {
    ServerMailbox* mailbox = server_.find(at.mailbox);
    if (!mailbox) {
      outcome = no("NONEXISTENT");
    } else if (at.uid_validity && at.uid_validity != mailbox->uid_validity) {
      outcome.kind = Outcome::Kind::uid_validity_changed;
      return nullptr;
    }
    return mailbox;
  }

  void expunge_marked(ServerMailbox& mailbox, std::uint32_t uid) {
    const auto found = mailbox.messages.find(uid);
    if (found != mailbox.messages.end() && found->second.flags.contains("\\Deleted")) server_.expunge(mailbox, uid);
  }

  static Answer said(bool done, const char* code) {
    PlainAnswer answer;
    if (!done) answer.outcome = no(code);
    return answer;
  }

  ModelServer& server_;
  const MemoryAccount& account_;
};

}  // namespace

std::uint64_t header_hash(const std::string& content) {
  return std::hash<std::string>{}(content) | 2;
}

void remember(const ServerMail& mail) {
  registry()[mail.content] = mail;
}

ServerMail mail_of(const std::string& content) {
  ServerMail mail = registry().at(plain(content));
  mail.content = content;
  if (content != plain(content)) mail.size += 7;
  return mail;
}

store::StoredContent stored_content(const ServerMail& mail) {
  store::StoredContent stored;
  stored.hash = mail.content;
  stored.size = mail.size;
  stored.message_id_hash = mail.message_id;
  stored.header_hash = header_hash(mail.content);
  return stored;
}

Abilities abilities_of(const Traits& traits) {
  Abilities abilities;
  abilities.qresync = traits.qresync;
  abilities.condstore = traits.condstore;
  abilities.uidplus = traits.uidplus;
  abilities.move = traits.move;
  abilities.object_id = traits.object_id;
  abilities.gmail = traits.merges;
  abilities.list_status = traits.list_status;
  return abilities;
}

Answer perform(ModelServer& server, const MemoryAccount& account, const Ask& ask) {
  if (const auto code = server.refusal(describe(ask))) {
    PlainAnswer answer;
    answer.outcome = no(code->c_str());
    return answer;
  }
  return std::visit(Performing(server, account), ask);
}

Answer lost_answer() {
  PlainAnswer answer;
  answer.outcome.kind = Outcome::Kind::lost;
  return answer;
}

bool changes_something(const Ask& ask) {
  return std::holds_alternative<AppendAsk>(ask) || std::holds_alternative<TransferAsk>(ask) ||
         std::holds_alternative<StoreAsk>(ask) || std::holds_alternative<UidExpungeAsk>(ask) ||
         std::holds_alternative<ExpungeAsk>(ask) || std::holds_alternative<CreateAsk>(ask) ||
         std::holds_alternative<RenameAsk>(ask) || std::holds_alternative<DeleteAsk>(ask);
}

std::string describe(const Ask& ask) {
  static const char* const names[] = {"LIST",     "STATUS",   "SELECT", "UIDS",   "CHANGES",   "FLAGS",
                                      "METADATA", "CONTENTS", "STORE",  "APPEND", "COPY",      "UIDEXPUNGE",
                                      "EXPUNGE",  "CREATE",   "RENAME", "DELETE", "SUBSCRIBE", "UNSUBSCRIBE"};
  std::string text = names[ask.index()];
  std::visit(
      [&](const auto& one) {
        if constexpr (requires { one.at; }) text += " " + one.at.mailbox;
        if constexpr (requires { one.mailbox; }) text += " " + one.mailbox;
        if constexpr (requires { one.uids; })
          for (UpstreamUid uid : one.uids) text += " " + std::to_string(uid.value);
        if constexpr (requires { one.to; }) text += " -> " + one.to;
      },
      ask);
  return text;
}

}  // namespace satchel::sync::test
