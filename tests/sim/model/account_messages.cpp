// Messages: appended, copied, moved, expunged, flagged.
#include <algorithm>

#include "account.hpp"

namespace satchel::sim::model {
namespace {

constexpr const char* system_flags[] = {"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
constexpr const char* added_header = "X-Kept-By: the mail server\r\n";

}  // namespace

// Empty where the mailbox does not keep such a flag.
std::string Account::spelling(Mailbox& mailbox, const std::string& flag) {
  const WithoutCase less;
  const auto same = [&less, &flag](const std::string& other) { return !less(flag, other) && !less(other, flag); };
  for (const char* const known : system_flags)
    if (same(known)) return known;
  if (flag.empty() || flag.front() == '\\' || keywords_ != Keywords::any) return {};
  for (const std::string& known : mailbox.keywords)
    if (same(known)) return known;
  mailbox.keywords.push_back(flag);
  return flag;
}

Message& Account::add(Mailbox& to, Message message) {
  Flags flags;
  for (const std::string& flag : message.flags)
    if (const std::string kept = spelling(to, flag); !kept.empty()) flags.insert(kept);
  message.flags = std::move(flags);
  message.uid = to.uid_next++;
  message.modseq = to.highest_modseq;
  to.messages.push_back(std::move(message));
  return to.messages.back();
}

std::optional<Uid> Account::append(const std::string& mailbox, std::string bytes, const Flags& flags, Who who) {
  return append(mailbox, std::move(bytes), flags, now_, 0, who);
}

std::optional<Uid> Account::append(const std::string& mailbox, std::string bytes, const Flags& flags,
                                   std::int64_t internal_date, int zone, Who who) {
  Mailbox* const to = box(mailbox);
  if (to == nullptr) return std::nullopt;
  Message message;
  if (alters_appended_) bytes.insert(0, added_header);
  message.content = hash_of(bytes);
  message.bytes = std::make_shared<const std::string>(std::move(bytes));
  message.internal_date = internal_date;
  message.zone = zone;
  message.flags = flags;
  message.message_id = gmail_ ? message_of(message.content) : 0;
  if (gmail_ && message.message_id != 0) {
    if (const Message* const same = same_message(*to, message.message_id)) {
      note({who, Act::Kind::append_again, to->name, same->uid, same->content, {}, 0, 0});
      return same->uid;
    }
  }
  if (message.message_id == 0) message.message_id = ++ids_;
  ++to->highest_modseq;
  const Message added = add(*to, std::move(message));
  note({who, Act::Kind::append, to->name, added.uid, added.content, {}, 0, 0});
  if (gmail_) after_label(*to, added);
  return added.uid;
}

void Account::take_out(Mailbox& from, const std::vector<Uid>& uids) {
  std::vector<Uid> there;
  for (const Uid uid : uids)
    if (from.find(uid) != nullptr) there.push_back(uid);
  if (there.empty()) return;
  std::sort(there.begin(), there.end());
  ++from.highest_modseq;
  for (const Uid uid : there) from.expunged.push_back({uid, from.highest_modseq});
  std::erase_if(from.messages, [&there](const Message& message) {
    return std::binary_search(there.begin(), there.end(), message.uid);
  });
}

UidPairs Account::transfer(Mailbox& from, const std::vector<Uid>& uids, Mailbox& to, Act::Kind kind, Who who) {
  UidPairs made;
  std::vector<Message> sources;
  for (const Uid uid : uids)
    if (const Message* const message = from.find(uid)) sources.push_back(*message);
  if (sources.empty()) return made;
  ++to.highest_modseq;
  for (const Message& source : sources) {
    const Message* target = gmail_ ? same_message(to, source.message_id) : nullptr;
    if (target == nullptr || (&from == &to && kind == Act::Kind::move)) {
      Message& added = add(to, source);
      if (gmail_) added.flags.erase("\\Deleted");  // that is of the label it came from
      target = &added;
    }
    made.emplace_back(source.uid, target->uid);
    note({who, kind, from.name, source.uid, source.content, to.name, target->uid, 0});
  }
  if (kind == Act::Kind::move) take_out(from, uids);
  if (gmail_)
    for (const Message& source : sources) after_label(to, source);
  return made;
}

UidPairs Account::copy(const std::string& from, const std::vector<Uid>& uids, const std::string& to, Who who) {
  Mailbox* const source = box(from);
  Mailbox* const target = box(to);
  if (source == nullptr || target == nullptr) return {};
  return transfer(*source, uids, *target, Act::Kind::copy, who);
}

UidPairs Account::move(const std::string& from, const std::vector<Uid>& uids, const std::string& to, Who who) {
  Mailbox* const source = box(from);
  Mailbox* const target = box(to);
  if (source == nullptr || target == nullptr) return {};
  return transfer(*source, uids, *target, Act::Kind::move, who);
}

void Account::expunge(const std::string& mailbox, const std::vector<Uid>& uids, Who who) {
  Mailbox* const from = box(mailbox);
  if (from == nullptr) return;
  for (const Uid uid : uids)
    if (const Message* const message = from->find(uid))
      note({who, Act::Kind::expunge, from->name, uid, message->content, {}, 0, 0});
  if (gmail_)
    expunge_label(*from, uids);
  else
    take_out(*from, uids);
}

bool Account::change_message(Mailbox& mailbox, Message& message, const Flags& set, const Flags& clear, Who who) {
  bool changed = false;
  for (const std::string& flag : clear) {
    const auto at = message.flags.find(flag);
    if (at == message.flags.end()) continue;
    note({who, Act::Kind::clear_flag, mailbox.name, message.uid, message.content, *at, 0, 0});
    message.flags.erase(at);
    changed = true;
  }
  for (const std::string& flag : set) {
    const std::string kept = spelling(mailbox, flag);
    if (kept.empty() || !message.flags.insert(kept).second) continue;
    note({who, Act::Kind::set_flag, mailbox.name, message.uid, message.content, kept, 0, 0});
    changed = true;
  }
  return changed;
}

std::vector<Uid> Account::change_flags(const std::string& mailbox, const std::vector<Uid>& uids, const Flags& set,
                                       const Flags& clear, Who who) {
  std::vector<Uid> changed;
  Mailbox* const in = box(mailbox);
  if (in == nullptr) return changed;
  for (const Uid uid : uids) {
    Message* const message = in->find(uid);
    if (message == nullptr || !change_message(*in, *message, set, clear, who)) continue;
    if (changed.empty()) ++in->highest_modseq;
    message->modseq = in->highest_modseq;
    changed.push_back(uid);
    if (gmail_) share_flags(*in, *message);
  }
  return changed;
}

void Account::set_flag(const std::string& mailbox, Uid uid, const std::string& flag, Who who) {
  change_flags(mailbox, {uid}, {flag}, {}, who);
}

void Account::clear_flag(const std::string& mailbox, Uid uid, const std::string& flag, Who who) {
  change_flags(mailbox, {uid}, {}, {flag}, who);
}

}  // namespace satchel::sim::model
