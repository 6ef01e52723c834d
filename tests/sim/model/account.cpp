// Mailboxes: made, renamed, removed, subscribed; backups.
#include "account.hpp"

#include <algorithm>

namespace satchel::sim::model {
namespace {

char upper(char c) {
  return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
}

bool is_inbox(std::string_view name) {
  const WithoutCase less;
  return !less(name, "INBOX") && !less("INBOX", name);
}

}  // namespace

bool WithoutCase::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return upper(x) < upper(y); });
}

std::uint64_t hash_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char byte : bytes) hash = (hash ^ std::uint8_t(byte)) * 0x100000001b3;
  return hash;
}

const Message* Mailbox::find(Uid uid) const {
  const auto at = std::lower_bound(messages.begin(), messages.end(), uid,
                                   [](const Message& message, Uid value) { return message.uid < value; });
  return at != messages.end() && at->uid == uid ? &*at : nullptr;
}

Message* Mailbox::find(Uid uid) {
  return const_cast<Message*>(std::as_const(*this).find(uid));
}

Account::Account(const Traits& traits)
    : delimiter_(traits.delimiter),
      prefix_(traits.prefix),
      gmail_(traits.gmail),
      alters_appended_(traits.alters_appended),
      creates_parents_(traits.creates_parents),
      keywords_(traits.keywords) {
  make("INBOX", "");
  const std::string top = gmail_ ? std::string("[Gmail]") + delimiter_ : prefix_;
  const std::pair<const char*, const char*> folders[] = {
      {"Archive", "\\Archive"}, {"Drafts", "\\Drafts"}, {"Junk", "\\Junk"}, {"Sent", "\\Sent"}, {"Trash", "\\Trash"}};
  const std::pair<const char*, const char*> labels[] = {
      {"All Mail", "\\All"}, {"Drafts", "\\Drafts"}, {"Sent Mail", "\\Sent"}, {"Spam", "\\Junk"}, {"Trash", "\\Trash"}};
  for (const auto& [name, use] : gmail_ ? labels : folders) make(top + name, use);
  for (const auto& [name, mailbox] : mailboxes_) subscribed_.insert(name);
}

Mailbox& Account::make(const std::string& name, const std::string& special_use) {
  Mailbox mailbox;
  mailbox.name = name;
  mailbox.id = "F" + std::to_string(++ids_);
  mailbox.uid_validity = ++validities_;
  mailbox.special_use = special_use;
  return mailboxes_[name] = std::move(mailbox);
}

Mailbox* Account::box(const std::string& name) {
  return const_cast<Mailbox*>(find(name));
}

const Mailbox* Account::find(const std::string& mailbox) const {
  const auto found = mailboxes_.find(canonical(mailbox));
  return found == mailboxes_.end() ? nullptr : &found->second;
}

const Mailbox* Account::find_id(const std::string& id) const {
  for (const auto& [name, mailbox] : mailboxes_)
    if (mailbox.id == id) return &mailbox;
  return nullptr;
}

std::string Account::canonical(std::string_view name) const {
  if (is_inbox(name)) return "INBOX";
  if (name.size() > 6 && name[5] == delimiter_ && is_inbox(name.substr(0, 5)))
    return "INBOX" + std::string(name.substr(5));
  return std::string(name);
}

bool Account::valid_name(const std::string& name) const {
  if (name.empty() || name.size() > 255 || name.front() == delimiter_ || name.back() == delimiter_) return false;
  if (name.find(std::string(2, delimiter_)) != std::string::npos) return false;
  if (!prefix_.empty() && (!name.starts_with(prefix_) || name.size() == prefix_.size())) return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return std::uint8_t(c) < 0x20 || c == 0x7f || c == '*' || c == '%'; });
}

bool Account::has_children(const std::string& name) const {
  const std::string under = name + delimiter_;
  const auto next = mailboxes_.lower_bound(under);
  return next != mailboxes_.end() && next->first.starts_with(under);
}

void Account::note(Act act) {
  act.moment = ++moment_;
  acts_.push_back(std::move(act));
}

void Account::note_lie(Who who, Lie lie, const std::string& mailbox) {
  lies_.push_back({who, lie, mailbox, ++moment_});
}

Done Account::create(const std::string& mailbox, const std::string& special_use, Who who) {
  std::string name = canonical(mailbox);
  if (!name.empty() && name.back() == delimiter_) name.pop_back();  // only says that children will follow
  if (find(name) != nullptr) return Done::exists;
  if (!valid_name(name)) return Done::not_allowed;
  if (creates_parents_) {
    for (std::size_t at = name.find(delimiter_, prefix_.size()); at != std::string::npos;
         at = name.find(delimiter_, at + 1))
      if (find(name.substr(0, at)) == nullptr) make(name.substr(0, at), "");
  }
  make(name, special_use);
  note({who, Act::Kind::create, name, 0, 0, {}, 0, 0});
  return Done::done;
}

void Account::rename_inbox(const std::string& to, Who who) {
  make(to, "");
  Mailbox& inbox = mailboxes_.at("INBOX");
  std::vector<Uid> uids;
  for (const Message& message : inbox.messages) uids.push_back(message.uid);
  transfer(inbox, uids, mailboxes_.at(to), Act::Kind::move, who);
}

Done Account::rename(const std::string& from, const std::string& to, Who who) {
  const std::string old_name = canonical(from);
  std::string new_name = canonical(to);
  const bool there = find(old_name) != nullptr;
  if (!there && !has_children(old_name)) return Done::missing;
  const std::string under = old_name + delimiter_;
  if (new_name.starts_with(under)) return Done::not_allowed;
  if (find(new_name) != nullptr || has_children(new_name)) return Done::exists;
  if (!valid_name(new_name)) return Done::not_allowed;
  note({who, Act::Kind::rename, old_name, 0, 0, new_name, 0, 0});
  if (old_name == "INBOX") {
    rename_inbox(new_name, who);
    return Done::done;
  }
  std::vector<std::string> names;
  for (const auto& [name, mailbox] : mailboxes_)
    if (name == old_name || name.starts_with(under)) names.push_back(name);
  for (const std::string& name : names) {
    auto node = mailboxes_.extract(name);
    node.key() = new_name + name.substr(old_name.size());
    node.mapped().name = node.key();
    mailboxes_.insert(std::move(node));
  }
  return Done::done;
}

Done Account::remove(const std::string& mailbox, Who who) {
  const std::string name = canonical(mailbox);
  if (find(name) == nullptr) return has_children(name) ? Done::not_allowed : Done::missing;
  if (name == "INBOX" || (gmail_ && !find(name)->special_use.empty())) return Done::not_allowed;
  mailboxes_.erase(name);
  note({who, Act::Kind::remove, name, 0, 0, {}, 0, 0});
  return Done::done;
}

void Account::subscribe(const std::string& mailbox, Who who) {
  const std::string name = canonical(mailbox);
  if (subscribed_.insert(name).second) note({who, Act::Kind::subscribe, name, 0, 0, {}, 0, 0});
}

void Account::unsubscribe(const std::string& mailbox, Who who) {
  const std::string name = canonical(mailbox);
  if (subscribed_.erase(name) != 0) note({who, Act::Kind::unsubscribe, name, 0, 0, {}, 0, 0});
}

void Account::new_uid_validity(const std::string& mailbox) {
  Mailbox* const changed = box(mailbox);
  if (changed == nullptr) return;
  changed->uid_validity = ++validities_;
  changed->uid_next = 1;
  changed->highest_modseq = 1;
  changed->expunged.clear();
  changed->recent_from = 1;
  for (Message& message : changed->messages) {
    message.uid = changed->uid_next++;
    message.modseq = 1;
  }
  note({colleague, Act::Kind::new_uid_validity, changed->name, 0, 0, {}, 0, 0});
}

void Account::restore_backup(const Account& earlier) {
  mailboxes_ = earlier.mailboxes_;
  subscribed_ = earlier.subscribed_;
  ++epoch_;
  note({colleague, Act::Kind::restore_backup, {}, 0, 0, {}, 0, 0});
}

void Account::set_no_modseq(const std::string& mailbox) {
  if (Mailbox* const found = box(mailbox)) found->no_modseq = true;
}

void Account::claim_recent(const std::string& id) {
  if (const Mailbox* const found = find_id(id)) box(found->name)->recent_from = found->uid_next;
}

}  // namespace satchel::sim::model
