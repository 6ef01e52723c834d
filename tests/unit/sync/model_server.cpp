#include "model_server.hpp"

#include <algorithm>
#include <random>

namespace satchel::sync::test {

const std::map<std::string, Traits>& personalities() {
  static const std::map<std::string, Traits> all = [] {
    std::map<std::string, Traits> traits;
    Traits& qresync = traits["qresync"];
    qresync.qresync = qresync.condstore = qresync.uidplus = qresync.move = qresync.object_id = qresync.list_status =
        true;
    Traits& condstore = traits["condstore"];
    condstore.condstore = condstore.uidplus = condstore.move = true;
    Traits& without_move = traits["without_move"];
    without_move.condstore = without_move.uidplus = true;
    traits["plain"] = {};
    Traits& merging = traits["merging"];
    merging.condstore = merging.uidplus = merging.move = merging.email_id = merging.merges = true;
    Traits& altering = traits["altering"];
    altering.uidplus = altering.move = altering.alters = altering.refuses_keyword = true;
    Traits& altering_plain = traits["altering_plain"];
    altering_plain.alters = altering_plain.refuses_keyword = true;
    traits["uid_validity_one"].uid_validity_one = true;
    return traits;
  }();
  return all;
}

std::string plain(const std::string& content) {
  return content.starts_with("alt:") ? content.substr(4) : content;
}

ModelServer::ModelServer(Traits traits) : traits_(traits) {
  create("INBOX");
}

ServerMailbox* ModelServer::find(const std::string& name) {
  const auto found = mailboxes_.find(name);
  return found == mailboxes_.end() ? nullptr : &found->second;
}

std::uint32_t ModelServer::fresh_uid_validity(const std::string& name) {
  if (traits_.uid_validity_one) return 1;
  ++clock_;
  return std::max(100 + clock_ / 2, last_uid_validity_[name] + 1);
}

void ModelServer::forget(const ServerMailbox& mailbox) {
  std::uint32_t& last = last_uid_validity_[mailbox.name];
  last = std::max(last, mailbox.uid_validity);
}

bool ModelServer::create(const std::string& name) {
  if (mailboxes_.contains(name)) return false;
  ServerMailbox& mailbox = mailboxes_[name];
  mailbox.name = name;
  mailbox.id = ++last_mailbox_;
  mailbox.uid_validity = fresh_uid_validity(name);
  return true;
}

bool ModelServer::rename(const std::string& from, const std::string& to) {
  if (!mailboxes_.contains(from) || mailboxes_.contains(to)) return false;
  bury(mailboxes_.at(from));
  auto node = mailboxes_.extract(from);
  forget(node.mapped());
  node.key() = to;
  node.mapped().name = to;
  // Name, UIDVALIDITY and UID name one message for ever, also where a name is taken over.
  if (!traits_.uid_validity_one && last_uid_validity_[to] >= node.mapped().uid_validity)
    node.mapped().uid_validity = last_uid_validity_[to] + 1;
  mailboxes_.insert(std::move(node));
  return true;
}

bool ModelServer::remove(const std::string& name) {
  const auto found = mailboxes_.find(name);
  if (found == mailboxes_.end()) return false;
  forget(found->second);
  bury(found->second);
  mailboxes_.erase(found);
  return true;
}

void ModelServer::bury(const ServerMailbox& mailbox) {
  for (const auto& [uid, message] : mailbox.messages)
    buried_[{mailbox.name, mailbox.uid_validity, uid}] = message.mail.content;
}

std::string ModelServer::buried(const std::string& name, std::uint32_t uid_validity, std::uint32_t uid) const {
  const auto found = buried_.find({name, uid_validity, uid});
  return found == buried_.end() ? std::string() : found->second;
}

ServerMessage& ModelServer::append(ServerMailbox& mailbox, ServerMail mail, std::set<std::string> flags) {
  if (traits_.alters) {
    mail.content = "alt:" + plain(mail.content);
    mail.size += 7;
  }
  if (traits_.refuses_keyword) flags.erase("$Label");
  return put(mailbox, mail, std::move(flags), 0);
}

ServerMessage& ModelServer::put(ServerMailbox& mailbox, const ServerMail& mail, std::set<std::string> flags,
                                std::uint64_t email_id) {
  if (traits_.merges && !email_id)
    for (const auto& [name, other] : mailboxes_)
      for (const auto& [uid, message] : other.messages)
        if (message.mail.content == mail.content) email_id = message.email_id;
  if (traits_.merges && email_id)
    for (auto& [uid, message] : mailbox.messages)
      if (message.email_id == email_id) return message;
  ServerMessage message;
  message.uid = mailbox.uid_next++;
  message.mail = mail;
  message.flags = std::move(flags);
  message.modseq = ++mailbox.highest_modseq;
  message.email_id = email_id ? email_id : ++last_email_id_;
  return mailbox.messages[message.uid] = std::move(message);
}

void ModelServer::expunge(ServerMailbox& mailbox, std::uint32_t uid) {
  const auto found = mailbox.messages.find(uid);
  if (found == mailbox.messages.end()) return;
  buried_[{mailbox.name, mailbox.uid_validity, uid}] = found->second.mail.content;
  mailbox.messages.erase(found);
  mailbox.expunged.emplace_back(++mailbox.highest_modseq, uid);
}

void ModelServer::set_flag(ServerMailbox& mailbox, std::uint32_t uid, const std::string& flag, bool on) {
  if (on && traits_.refuses_keyword && flag == "$Label") return;
  const auto found = mailbox.messages.find(uid);
  if (found == mailbox.messages.end()) return;
  const bool changed = on ? found->second.flags.insert(flag).second : found->second.flags.erase(flag) > 0;
  if (changed) found->second.modseq = ++mailbox.highest_modseq;
}

void ModelServer::new_uid_validity(ServerMailbox& mailbox, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  bury(mailbox);
  mailbox.uid_validity =
      traits_.uid_validity_one ? 1 : std::max(fresh_uid_validity(mailbox.name), mailbox.uid_validity + 1);
  clock_ = std::max(clock_, (mailbox.uid_validity - std::min(mailbox.uid_validity, 100u)) * 2);
  std::vector<ServerMessage> all;
  for (auto& [uid, message] : mailbox.messages) all.push_back(message);
  if (random() % 10 < 3) std::shuffle(all.begin(), all.end(), random);
  mailbox.messages.clear();
  mailbox.expunged.clear();
  mailbox.highest_modseq = 1;
  if (random() % 10 < 7) mailbox.uid_next = 1;
  for (ServerMessage& message : all) {
    message.uid = mailbox.uid_next++;
    message.modseq = ++mailbox.highest_modseq;
    mailbox.messages[message.uid] = message;
  }
}

void ModelServer::refuse(std::string question, int times, std::string code) {
  refused_question_ = std::move(question);
  refusals_ = times;
  refusal_code_ = std::move(code);
}

std::optional<std::string> ModelServer::refusal(const std::string& question) {
  if (refusals_ == 0 || !question.starts_with(refused_question_)) return std::nullopt;
  --refusals_;
  return refusal_code_;
}

}  // namespace satchel::sync::test
