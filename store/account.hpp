// One account's state: what clients are shown (View) and what only the synchroniser works with.
// Working state is changed by Transaction, inside Store::change(), on the event loop's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/content_set.hpp"
#include "store/mailbox.hpp"
#include "store/operation.hpp"

namespace satchel::store {

// By name, since clients subscribe names, mailbox or not (RFC 3501 section 6.3.6).
struct Subscription {
  bool base = false;       // what upstream is last known to say
  bool effective = false;  // base, then unsettled subscribe and unsubscribe
};

// The subscriptions of one moment; copies share them.
class SharedSubscriptions {
 public:
  using Map = std::map<std::string, Subscription>;

  SharedSubscriptions() : map_(std::make_shared<const Map>()) {}
  explicit SharedSubscriptions(Map map) : map_(std::make_shared<const Map>(std::move(map))) {}

  Map::const_iterator begin() const { return map_->begin(); }
  Map::const_iterator end() const { return map_->end(); }
  Map::const_iterator find(const std::string& name) const { return map_->find(name); }
  Map::const_iterator lower_bound(const std::string& name) const { return map_->lower_bound(name); }
  bool contains(const std::string& name) const { return map_->contains(name); }
  const Subscription& at(const std::string& name) const { return map_->at(name); }
  std::size_t size() const { return map_->size(); }
  bool empty() const { return map_->empty(); }

 private:
  std::shared_ptr<const Map> map_;
};

// What clients may see of an account at one durable moment. Cheap to copy; sessions keep one.
struct View {
  AccountId id;
  std::vector<MailboxPtr> mailboxes;  // ascending id, retired ones left out
  SharedSubscriptions subscriptions;
  char delimiter = '/';
  bool listed = false;                     // the first LIST was answered: before it nothing is served
  std::uint64_t version = 0;               // grows with each published batch of this account
  std::uint64_t list_version = 0;          // grows when a mailbox, a name or a subscription changed
  std::shared_ptr<const FlagTable> flags;  // append only: numbers in any older View hold
  ContentSet missing;                      // contents whose bytes are not here

  const Mailbox* find(MailboxId mailbox) const;
  MailboxPtr find_name(std::string_view name) const;  // live ones; INBOX in any case; null if none
  bool here(ContentNumber content) const { return !missing.contains(content); }
};

struct AccountState {
  AccountId id;
  std::map<MailboxId, MailboxPtr> mailboxes;  // retired ones included
  Journal journal;
  std::map<std::string, Subscription> subscriptions;
  std::shared_ptr<FlagTable> flags;
  ContentSet missing;
  char delimiter = '/';
  bool listed = false;
  bool upstream_alters = false;  // upstream was seen to alter appended messages
  Tick tick;
  Tick list_started;  // start of the last complete LIST
  std::uint32_t last_mailbox = 0;
  std::uint64_t last_operation = 0;

  const Mailbox* find(MailboxId mailbox) const;
  const Message* find(MessageRef ref) const;
};

// What the settings of an account hold; kept sealed in the database.
enum class Security : std::uint8_t { tls, starttls, none };

struct ClientPassword {
  std::string name;      // of the client program, as the user calls it
  std::string password;  // random, 128 bits
};

struct AccountSettings {
  AccountId id;
  std::string name;
  std::string email;
  std::string host;
  std::uint16_t port = 993;
  Security security = Security::tls;
  std::string user;
  std::string password;  // towards upstream
  std::string ca_pem;    // trusted for this account alone; empty: the system's
  std::vector<ClientPassword> clients;
};

// A message that upstream dropped and that no mailbox holds any more.
struct Rescued {
  ContentNumber content;
  Identity identity;    // as clients saw it
  std::string mailbox;  // its name then
  std::int64_t internal_date = 0;
  std::int16_t zone = 0;
  FlagSet flags;
  std::int64_t rescued_at = 0;  // seconds since 1970
};

}  // namespace satchel::store
