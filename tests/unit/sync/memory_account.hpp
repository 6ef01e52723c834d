// An account in memory behind store::Transaction: rows and contents, nothing on disk. A copy of it
// is what a backup of a home would be.
#pragma once

#include <map>
#include <set>
#include <string>

#include "store/transaction.hpp"

namespace satchel::sync::test {

class MemoryAccount final : public store::Transaction {
 public:
  MemoryAccount();
  MemoryAccount(const MemoryAccount& other);  // shares nothing that changes
  MemoryAccount& operator=(MemoryAccount&&) = default;

  const store::AccountState& state() const override { return state_; }
  std::int64_t now() const override { return now_; }
  store::Tick next_tick() override;
  const store::FlagSet& flags(store::FlagSetId id) const override { return (*state_.flags)[id]; }
  store::FlagSetId intern(const store::FlagSet& set) override { return state_.flags->intern(set); }
  store::MailboxId make_mailbox(std::string name) override;
  store::Mailbox* edit(store::MailboxId mailbox) override;
  void skip_numbers(store::MailboxId mailbox, std::uint32_t uids, std::uint64_t modseqs) override;
  Uid add_message(store::MailboxId mailbox, store::Message fields) override;
  void put_message(store::MailboxId mailbox, const store::Message& message) override;
  void erase_message(store::MessageRef ref) override;
  void refresh_flags(store::MessageRef ref) override;
  store::OperationId add_operation(store::Operation operation) override;
  void put_operation(const store::Operation& operation) override { state_.journal.put(operation); }
  void erase_operation(store::OperationId id) override { state_.journal.erase(id); }
  void put_subscription(const std::string& name, store::Subscription subscription) override;
  store::ContentNumber new_content() override;
  void attach(store::ContentNumber content, const store::StoredContent& stored) override;
  void attach_header(store::ContentNumber content, const store::Summary&) override { headers_.insert(content); }
  bool same_content(store::ContentNumber a, store::ContentNumber b) const override;
  store::ContentNumber find_content(std::string_view hash) const override;
  void rescue(const store::Mailbox& mailbox, const store::Message& message) override;
  void set_delimiter(char delimiter) override { state_.delimiter = delimiter; }
  void set_listed() override { state_.listed = true; }
  void set_list_started(store::Tick started) override { state_.list_started = started; }
  void set_upstream_alters() override { state_.upstream_alters = true; }

  // --- for the tests
  void set_now(std::int64_t now) { now_ = now; }
  const std::string* bytes(store::ContentNumber content) const;  // null: not here
  const std::set<std::string>& rescued() const { return rescued_; }
  const std::set<std::string>& ever_here() const { return ever_; }
  bool holds_visible(store::ContentNumber content) const;

 private:
  void count(store::ContentNumber content, int by);
  void recount(store::Mailbox& mailbox);

  store::AccountState state_;
  std::map<store::MailboxId, std::shared_ptr<store::Mailbox>> own_;
  std::map<store::ContentNumber, std::string> contents_;
  std::map<store::ContentNumber, int> uses_;
  std::set<store::ContentNumber> headers_;
  std::set<std::string> rescued_;
  std::set<std::string> ever_;
  std::int64_t now_ = 1000000;
  std::uint64_t last_content_ = 0;
  std::uint32_t last_uid_validity_ = 100;
};

}  // namespace satchel::sync::test
