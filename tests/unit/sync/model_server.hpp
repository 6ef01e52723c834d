// A model of an upstream account: mailboxes, UIDs, flags, MODSEQs, no bytes of IMAP. Independent of
// proxy/: what it does is written from the RFCs. Contents are short strings; "alt:" before one is
// what a server that alters appends made of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "proxy/sync/ask.hpp"

namespace satchel::sync::test {

struct Traits {
  bool qresync = false;
  bool condstore = false;
  bool uidplus = false;
  bool move = false;
  bool object_id = false;
  bool email_id = false;
  bool merges = false;           // equal appends into one mailbox become one message
  bool alters = false;           // changes what is appended
  bool refuses_keyword = false;  // $Label
  bool uid_validity_one = false;
  bool list_status = false;
};
const std::map<std::string, Traits>& personalities();

struct ServerMail {
  std::string content;
  std::uint64_t message_id = 0;
  std::int64_t date = 0;
  std::uint32_t size = 0;
};

struct ServerMessage {
  std::uint32_t uid = 0;
  ServerMail mail;
  std::set<std::string> flags;
  std::uint64_t modseq = 0;
  std::uint64_t email_id = 0;
};

struct ServerMailbox {
  std::string name;
  std::uint64_t id = 0;
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint64_t highest_modseq = 1;
  std::map<std::uint32_t, ServerMessage> messages;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> expunged;  // (modseq, uid)
};

class ModelServer {
 public:
  static constexpr std::uint32_t too_big = 900;

  explicit ModelServer(Traits traits);

  const Traits& traits() const { return traits_; }
  std::map<std::string, ServerMailbox>& mailboxes() { return mailboxes_; }
  const std::map<std::string, ServerMailbox>& mailboxes() const { return mailboxes_; }
  std::set<std::string>& subscribed() { return subscribed_; }
  ServerMailbox* find(const std::string& name);

  bool create(const std::string& name);
  bool rename(const std::string& from, const std::string& to);
  bool remove(const std::string& name);
  ServerMessage& append(ServerMailbox& mailbox, ServerMail mail, std::set<std::string> flags);  // alters, merges
  ServerMessage& put(ServerMailbox& mailbox, const ServerMail& mail, std::set<std::string> flags,
                     std::uint64_t email_id);
  void expunge(ServerMailbox& mailbox, std::uint32_t uid);
  void set_flag(ServerMailbox& mailbox, std::uint32_t uid, const std::string& flag, bool on);
  void new_uid_validity(ServerMailbox& mailbox, std::uint64_t seed);

  // The next `times` questions that begin so (describe() in answers.hpp) are answered NO with that code.
  void refuse(std::string question, int times, std::string code);
  std::optional<std::string> refusal(const std::string& question);     // the code for the one that is asked now
  std::vector<std::pair<std::uint32_t, std::uint32_t>> also_vanished;  // ranges that VANISHED names besides
  int empty_lists = 0;                                                 // so many LISTs name nothing
  std::string refused_flag;                                            // STORE of it is answered NO [LIMIT]

  // Hears of each question for contents, and may answer otherwise.
  std::function<void(const ContentsAsk&, ContentsAnswer&)> on_contents;

  // What COPY and MOVE make instead of the message: a server whose UIDs name other messages by now.
  void copy_instead(ServerMail mail) { copied_instead_ = std::move(mail); }
  const ServerMail& copy_of(const ServerMail& mail) const { return copied_instead_ ? *copied_instead_ : mail; }

  // LIST with STATUS says nothing of the mailbox of this name: it is the one that is open. Empty: none is.
  void tell_no_status_of(std::string name) { no_status_of_ = std::move(name); }
  bool tells_status_of(const std::string& name) const { return traits_.list_status && name != no_status_of_; }

  // What once was under a name, UIDVALIDITY and UID, and is no more; empty: nothing.
  std::string buried(const std::string& name, std::uint32_t uid_validity, std::uint32_t uid) const;

 private:
  std::uint32_t fresh_uid_validity(const std::string& name);
  void bury(const ServerMailbox& mailbox);
  void touch(const ServerMessage& message);
  void forget(const ServerMailbox& mailbox);

  Traits traits_;
  std::map<std::string, ServerMailbox> mailboxes_;
  std::set<std::string> subscribed_;
  std::string refused_question_;
  int refusals_ = 0;
  std::string refusal_code_;
  std::string no_status_of_;
  std::optional<ServerMail> copied_instead_;
  std::map<std::string, std::uint32_t> last_uid_validity_;
  std::map<std::tuple<std::string, std::uint32_t, std::uint32_t>, std::string> buried_;
  std::uint64_t last_mailbox_ = 0;
  std::uint64_t last_email_id_ = 0;
  std::uint32_t clock_ = 1000;
};

std::string plain(const std::string& content);  // without what an altering server did

}  // namespace satchel::sync::test
