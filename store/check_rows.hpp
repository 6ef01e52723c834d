// The rows of a store, one after the other in the order of their keys, against what must hold between them. For
// check.cpp. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "store/check.hpp"
#include "store/rows.hpp"

namespace satchel::store {

class RowCheck {
 public:
  RowCheck(Findings& findings, const SummaryReads& reads) : findings_(findings), reads_(reads) {}

  void row(std::string_view key, std::string_view value);
  void finish();

  const ContentSet& contents() const { return places_; }  // those that have a location
  const std::string& hash_key() const { return hash_key_; }

 private:
  struct Account {
    bool there = false;  // has an "A" row
    bool has_state = false;
    AccountState state;  // counters, flag table and journal alone
    std::map<MailboxId, Mailbox> mailboxes;
    std::set<std::uint64_t> orders;
    std::set<std::string> names;                    // of live mailboxes
    std::unordered_set<MessageRef> expected;        // messages that operations need and that no row had yet
    ContentSet mentioned;                           // by messages and rescued ones
    std::map<MailboxId, std::vector<Uid>> visible;  // ascending
    std::uint64_t newest = 0;                       // tick
  };

  // check_rows.cpp: what all accounts share
  void counters(std::string_view value);
  void setting(std::string_view name, std::string_view value);
  void content(std::string_view key, std::string_view value);
  void alias(std::string_view key, std::string_view value);
  void hash(std::string_view key, std::string_view value);
  void summary(std::string_view key, std::string_view value);
  void finish_contents();

  // check_account_rows.cpp
  void account(std::string_view key, std::string_view value);
  void mailbox(std::string_view key, std::string_view value);
  void flag_set(std::string_view key, std::string_view value);
  void operation(std::string_view key, std::string_view value);
  void message(std::string_view key, std::string_view value);
  void message_flags(const Account& account, const Message& message, MessageRef ref, const std::string& where);
  void missing(std::string_view key);
  void rescued(std::string_view key, std::string_view value);
  void subscription(std::string_view key, std::string_view value);
  void vanished(std::string_view key, std::string_view value);
  void state(std::string_view key, std::string_view value);
  void finish_account(AccountId id, const Account& account);

  Account& account_of(std::string_view key);
  void mention(Account& account, ContentNumber content, const std::string& where);
  bool known_mailbox(const Account& account, MailboxId mailbox) const { return account.mailboxes.contains(mailbox); }

  Findings& findings_;
  const SummaryReads& reads_;
  std::string hash_key_;
  bool has_schema_ = false;
  rows::Counters counters_;
  std::map<AccountId, Account> accounts_;
  std::set<std::uint32_t> uid_validities_;
  ContentSet places_, aliases_, envelopes_, structures_, headers_;
  std::unordered_map<ContentNumber, std::uint64_t> hashes_;  // first bytes of that of each place
  MessageRef current_;                                       // the mailbox whose messages pass, and the last UID
  AccountId current_account_;
  std::unordered_set<std::uint32_t> bound_;  // upstream UIDs in it
};

}  // namespace satchel::store
