// The mail account behind the model server: mailboxes and messages, what a colleague does to them
// directly, and a record of all that took effect. Pure data: a copy of an Account is a backup of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "traits.hpp"

namespace satchel::sim::model {

using Uid = std::uint32_t;
using ModSeq = std::uint64_t;
using UidPairs = std::vector<std::pair<Uid, Uid>>;  // source and target, ascending by source

struct WithoutCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Flags = std::set<std::string, WithoutCase>;

// Who acts: a connection by its number, or the colleague.
using Who = int;
constexpr Who colleague = 0;

struct Message {
  Uid uid = 0;
  std::shared_ptr<const std::string> bytes;
  std::int64_t internal_date = 0;  // seconds since 1970, UTC
  int zone = 0;                    // minutes east of UTC
  Flags flags;                     // without \Recent
  ModSeq modseq = 0;
  std::uint64_t message_id = 0;  // EMAILID, X-GM-MSGID: the same for all copies
  std::uint64_t content = 0;     // hash of the bytes as they are kept
};

struct Expunged {
  Uid uid = 0;
  ModSeq modseq = 0;
};

struct Mailbox {
  std::string name;
  std::string id;  // MAILBOXID
  std::uint32_t uid_validity = 0;
  Uid uid_next = 1;
  ModSeq highest_modseq = 1;
  bool no_modseq = false;             // NOMODSEQ
  std::string special_use;            // as "\Sent"
  std::vector<Message> messages;      // by UID
  std::vector<Expunged> expunged;     // by MODSEQ
  std::vector<std::string> keywords;  // that ever were in use, in the spelling that came first
  Uid recent_from = 1;                // messages from here on no session was told of

  const Message* find(Uid uid) const;
  Message* find(Uid uid);
};

struct Act {
  enum class Kind {
    append,
    append_again,  // of what the mailbox has already: makes nothing (gmail_like)
    copy,
    move,
    expunge,
    set_flag,
    clear_flag,
    create,
    rename,
    remove,
    subscribe,
    unsubscribe,
    new_uid_validity,
    restore_backup,
  };
  Who who = colleague;
  Kind kind = Kind::append;
  std::string mailbox;
  Uid uid = 0;                // in `mailbox`, where the act is about a message
  std::uint64_t content = 0;  // hash of the message's bytes
  std::string to;             // mailbox that a copy, move or rename went to; the flag
  Uid to_uid = 0;             // of a copy or move
  std::uint64_t moment = 0;   // counts acts and lies
};

// A lie that was told (Traits::lie).
struct ToldLie {
  Who who = 0;
  Lie lie = Lie::none;
  std::string mailbox;
  std::uint64_t moment = 0;
};

// A message whose bytes were told as a whole.
struct ToldBody {
  Who who = 0;
  std::shared_ptr<const std::string> bytes;
};

enum class Done { done, missing, exists, not_allowed };

std::uint64_t hash_of(std::string_view bytes);

class Account {
 public:
  // With INBOX, and the mailboxes of special use; delimiter, prefix and habits are the traits'.
  explicit Account(const Traits& traits = qresync());

  // Names are as the client sees them. INBOX in any case. An act of a colleague leaves `who` out.
  std::optional<Uid> append(const std::string& mailbox, std::string bytes, const Flags& flags = {},
                            Who who = colleague);
  std::optional<Uid> append(const std::string& mailbox, std::string bytes, const Flags& flags,
                            std::int64_t internal_date, int zone, Who who);
  UidPairs copy(const std::string& from, const std::vector<Uid>& uids, const std::string& to, Who who = colleague);
  UidPairs move(const std::string& from, const std::vector<Uid>& uids, const std::string& to, Who who = colleague);
  void expunge(const std::string& mailbox, const std::vector<Uid>& uids, Who who = colleague);
  void set_flag(const std::string& mailbox, Uid uid, const std::string& flag, Who who = colleague);
  void clear_flag(const std::string& mailbox, Uid uid, const std::string& flag, Who who = colleague);
  // Flags of several messages as one change, with one MODSEQ. Tells whose flags became others.
  std::vector<Uid> change_flags(const std::string& mailbox, const std::vector<Uid>& uids, const Flags& set,
                                const Flags& clear, Who who = colleague);
  Done create(const std::string& mailbox, const std::string& special_use = {}, Who who = colleague);
  Done rename(const std::string& from, const std::string& to, Who who = colleague);
  Done remove(const std::string& mailbox, Who who = colleague);
  void subscribe(const std::string& mailbox, Who who = colleague);
  void unsubscribe(const std::string& mailbox, Who who = colleague);
  // Messages keep their order and get UIDs from 1 on.
  void new_uid_validity(const std::string& mailbox);
  // Everything as it was in the copy: UIDs and MODSEQs go back. Acts, lies and time go on; who is connected is thrown
  // out.
  void restore_backup(const Account& earlier);
  void set_no_modseq(const std::string& mailbox);

  const Mailbox* find(const std::string& mailbox) const;
  const Mailbox* find_id(const std::string& id) const;
  const std::map<std::string, Mailbox>& mailboxes() const { return mailboxes_; }
  const std::set<std::string>& subscribed() const { return subscribed_; }
  // The name with INBOX, or INBOX above it, in capitals.
  std::string canonical(std::string_view name) const;
  bool valid_name(const std::string& name) const;
  bool has_children(const std::string& name) const;
  // Mailboxes of gmail_like that have the message, as X-GM-LABELS names them, but for `except`.
  std::vector<std::string> labels(const Message& message, const Mailbox& except) const;

  const std::vector<Act>& acts() const { return acts_; }
  const std::vector<ToldLie>& lies() const { return lies_; }
  const std::vector<ToldBody>& bodies() const { return bodies_; }
  char delimiter() const { return delimiter_; }
  const std::string& prefix() const { return prefix_; }
  std::uint64_t epoch() const { return epoch_; }  // grows with each restore_backup()

  std::int64_t now() const { return now_; }
  void set_now(std::int64_t seconds) { now_ = seconds; }

  // For a connection.
  Who next_connection() { return ++connections_; }
  void note_lie(Who who, Lie lie, const std::string& mailbox);
  void note_body(Who who, const Message& message) { bodies_.push_back({who, message.bytes}); }
  void claim_recent(const std::string& id);

 private:
  Mailbox* box(const std::string& name);
  Mailbox& make(const std::string& name, const std::string& special_use);
  void note(Act act);
  Message& add(Mailbox& to, Message message);
  void take_out(Mailbox& from, const std::vector<Uid>& uids);
  UidPairs transfer(Mailbox& from, const std::vector<Uid>& uids, Mailbox& to, Act::Kind kind, Who who);
  void rename_inbox(const std::string& to, Who who);
  std::string spelling(Mailbox& mailbox, const std::string& flag);
  bool change_message(Mailbox& mailbox, Message& message, const Flags& set, const Flags& clear, Who who);

  // What is special about labels (account_labels.cpp).
  Mailbox* by_use(const std::string& special_use);
  bool is_bin(const Mailbox& mailbox) const;
  Message* same_message(Mailbox& mailbox, std::uint64_t message_id);
  std::uint64_t message_of(std::uint64_t content) const;
  void after_label(Mailbox& mailbox, const Message& message);
  void take_labels_off(std::uint64_t message_id, const Mailbox& except);
  void share_flags(const Mailbox& changed, const Message& message);
  void expunge_label(Mailbox& mailbox, const std::vector<Uid>& uids);

  char delimiter_;
  std::string prefix_;
  bool gmail_;
  bool alters_appended_;
  bool creates_parents_;
  Keywords keywords_;
  std::map<std::string, Mailbox> mailboxes_;
  std::set<std::string> subscribed_;
  std::vector<Act> acts_;
  std::vector<ToldLie> lies_;
  std::vector<ToldBody> bodies_;
  std::uint64_t moment_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t ids_ = 0;
  std::uint32_t validities_ = 1'600'000'000;
  Who connections_ = 0;
  std::int64_t now_ = 1'700'000'000;
};

}  // namespace satchel::sim::model
