// What the verbs do. One instance in a running proxy (verbs come through proxy/web) or, for verbs
// that need no proxy, in the command line's own process on the same home. The loop's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "proxy/account/engine.hpp"
#include "proxy/app/settings.hpp"
#include "proxy/stream/stream.hpp"
#include "proxy/sync/undo.hpp"
#include "store/store.hpp"

namespace satchel::app {

using boost::asio::awaitable;
using Json = boost::json::value;

struct Ports {
  std::uint16_t imap = 0;
  std::uint16_t imap_tls = 0;
  std::uint16_t web = 0;
};

struct ServiceParts {
  boost::asio::any_io_executor executor;
  store::Store* store = nullptr;
  stream::Clock* clock = nullptr;
  Settings settings;
  Ports ports;                  // all 0 where no proxy runs
  std::string certificate_pem;  // of the local door
  account::MakeConnector make_connector;
};

class Service {
 public:
  explicit Service(ServiceParts parts) : parts_(std::move(parts)) {}

  // Engines of all accounts; without it verbs that need upstream answer "unavailable".
  void start_engines();
  awaitable<void> stop_engines();

  // Does the verb ("account add", "status", ...). Errors carry the sentence for standard error.
  awaitable<Result<Json>> perform(std::string verb, boost::json::object arguments);

  account::Engine* engine(store::AccountId account) const;
  void heed(account::Hint hint);  // all engines do

 private:
  using Handler = awaitable<Result<Json>> (Service::*)(const boost::json::object&);
  struct Entry {
    const char* verb;
    Handler handler;
  };
  static const Entry entries[];

  // service_status.cpp
  awaitable<Result<Json>> status(const boost::json::object& arguments);
  awaitable<Result<Json>> sync(const boost::json::object& arguments);
  awaitable<Result<Json>> client_setup(const boost::json::object& arguments);
  awaitable<Result<Json>> certificate(const boost::json::object& arguments);
  // service_doctor.cpp
  awaitable<Result<Json>> doctor(const boost::json::object& arguments);
  // service_accounts.cpp
  awaitable<Result<Json>> account_add(const boost::json::object& arguments);
  awaitable<Result<Json>> account_list(const boost::json::object& arguments);
  awaitable<Result<Json>> account_show(const boost::json::object& arguments);
  awaitable<Result<Json>> account_remove(const boost::json::object& arguments);
  awaitable<Result<>> logs_in(store::AccountSettings settings);
  awaitable<Result<Json>> account_password(const boost::json::object& arguments);
  awaitable<Result<Json>> account_test(const boost::json::object& arguments);
  awaitable<Result<Json>> client_add(const boost::json::object& arguments);
  awaitable<Result<Json>> client_list(const boost::json::object& arguments);
  awaitable<Result<Json>> client_remove(const boost::json::object& arguments);
  // service_journal.cpp
  awaitable<Result<Json>> journal_list(const boost::json::object& arguments);
  awaitable<Result<Json>> journal_retry(const boost::json::object& arguments);
  awaitable<Result<Json>> journal_drop(const boost::json::object& arguments);
  // service_keep.cpp
  awaitable<Result<Json>> guard_list(const boost::json::object& arguments);
  awaitable<Result<Json>> guard_accept(const boost::json::object& arguments);
  awaitable<Result<Json>> guard_put_back(const boost::json::object& arguments);
  awaitable<Result<Json>> rescued_list(const boost::json::object& arguments);
  awaitable<Result<Json>> rescued_restore(const boost::json::object& arguments);

  awaitable<Result<Json>> decide_held(const boost::json::object& arguments, sync::Held decision);
  void start_engine(store::AccountId account, account::FirstLinePtr first = nullptr);
  std::chrono::seconds answer_limit() const;
  Result<store::AccountSettings> find_account(const boost::json::object& arguments, const char* key) const;
  // The one that "account" names, else all.
  Result<std::vector<store::AccountSettings>> accounts_of(const boost::json::object& arguments) const;
  Json show(const store::AccountSettings& settings) const;

  ServiceParts parts_;
  bool running_ = false;
  std::map<store::AccountId, std::unique_ptr<account::Engine>> engines_;
};

// The text of a string argument, or `fallback`.
std::string text_of(const boost::json::object& arguments, const char* key, const std::string& fallback);
bool flag_of(const boost::json::object& arguments, const char* key);

// "1:42": an account and a number in it. Errors: refused.
Result<std::pair<store::AccountId, std::uint64_t>> parse_id(const std::string& text);

}  // namespace satchel::app
