// What the store holds in memory; for store's own files. The event loop's thread.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/rows.hpp"
#include "store/transaction.hpp"

namespace satchel::store {

// How many messages of an account mention a content (aliases resolved), and how many of these are
// visible. Numbers are dense, but may begin anywhere: a table in chunks.
class Holders {
 public:
  struct Count {
    std::uint16_t all = 0;
    std::uint16_t visible = 0;
  };

  Count of(ContentNumber content) const;
  void add(ContentNumber content, bool visible_too);
  void remove(ContentNumber content, bool visible_too);
  // What mentions `from` mentions `to` from now on.
  void merge(ContentNumber from, ContentNumber to);

 private:
  Count& at(ContentNumber content);

  static constexpr std::uint64_t chunk_size = 1024;
  using Chunk = std::array<Count, chunk_size>;

  std::unordered_map<std::uint64_t, std::unique_ptr<Chunk>> chunks_;
};

using Notify = std::function<void()>;
using Subscribers = std::map<std::uint64_t, Notify>;
void tell_all(std::shared_ptr<Subscribers> subscribers);  // one may go while another is told

// One account: its working state, and what clients see of the last durable moment.
struct AccountSlot {
  AccountSettings settings;
  AccountState state;
  std::shared_ptr<const View> view;
  std::uint64_t version = 0;
  std::uint64_t list_version = 0;
  Holders holders;
  std::map<ContentNumber, Rescued> rescued;
  std::shared_ptr<Subscribers> subscribers = std::make_shared<Subscribers>();
};

// Shared by all accounts.
struct ContentPlaces {
  std::unordered_map<ContentNumber, ContentNumber> aliases;  // to the number whose bytes it shares
  std::unordered_map<std::string, ContentNumber> recent;     // by hash: attached in the batch under way
  std::uint64_t swept_up_to = 0;                // a sweep is under way: contents up to this number may be dropped,
  std::shared_ptr<const ContentSet> mentioned;  // but for these (null: not known yet)

  ContentNumber resolve(ContentNumber content) const {
    const auto found = aliases.find(content);
    return found == aliases.end() ? content : found->second;
  }
  // Not about to be dropped: may be shared.
  bool stays(ContentNumber content) const {
    return content.value > swept_up_to || (mentioned && mentioned->contains(content));
  }
};

struct WorkingState {
  std::map<AccountId, std::unique_ptr<AccountSlot>> accounts;
  rows::Counters counters;
  ContentPlaces places;
};

// Everything from the database. Errors: corrupt (a row that does not decode), those of the database.
Result<> load(const Database& database, WorkingState& state);
// Whether the rows of an account agree with one another. Errors: corrupt, one sentence says what cannot be.
Result<> check_references(const AccountSlot& slot, const rows::Counters& counters);
// Makes the schema of a new database, or brings an older one up to date; refuses a newer one.
Result<> prepare_schema(Database& database);

std::shared_ptr<const View> make_view(const AccountSlot& slot);

}  // namespace satchel::store
